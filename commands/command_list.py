"""The operator's commands, in the groups in which `flask --help` lists them."""

# The first two add their commands to the groups of commands/setup.py.
import commands.password
import commands.queues.states  # noqa: F401
from commands.backup import backup, restore
from commands.demo import demo
from commands.desk import desk
from commands.doctor.command import doctor
from commands.history import history
from commands.migrate import migrate
from commands.number import number
from commands.phones import phones
from commands.queues.hours import holiday
from commands.replay.command import replay
from commands.reports.stats import stats
from commands.reports.summary import summary
from commands.reports.waits import waits
from commands.restored import restored
from commands.setup import queue, servicer, setup
from commands.twilio import twilio
from commands.words import words

GROUPS = {
    "Setting up": (setup, number, queue, desk, servicer, holiday, twilio),
    "Running": (doctor, backup, restore, restored, migrate, phones),
    "Figures": (stats, summary, waits, history, words),
    "Trying out": (demo, replay),
}
COMMANDS = tuple(command for group in GROUPS.values() for command in group)
