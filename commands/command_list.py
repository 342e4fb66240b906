"""The operator's commands, in the order in which `flask` lists them."""

from commands.backup import backup, restore
from commands.demo import demo
from commands.desk import desk
from commands.doctor import doctor
from commands.history import history
from commands.hours import holiday
from commands.migrate import migrate
from commands.number import number
from commands.phones import phones
from commands.replay.command import replay
from commands.reports.stats import stats
from commands.reports.summary import summary
from commands.reports.waits import waits
from commands.setup import queue, servicer, setup
from commands.twilio import twilio
from commands.words import words

SETTING_UP = (migrate, setup, number, queue, desk, servicer, holiday)
RUNNING = (phones, history, replay, stats, summary, backup, restore, twilio, doctor, demo, waits, words)
COMMANDS = (*SETTING_UP, *RUNNING)
