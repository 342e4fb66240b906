"""The operator's commands, in the groups of `flask --help`: where each is, and its first line.

The lines stand here too, so that a help can list commands without importing them; a test compares.
"""

from typing import NamedTuple


class Listed(NamedTuple):
    module: str
    help: str


GROUPS = {
    "Setting up": {
        "setup": Listed("commands.setup", "Make a business and its first manager."),
        "number": Listed("commands.number", "Numbers that customers text."),
        "queue": Listed("commands.command_line.groups", "Queues that people wait in."),
        "desk": Listed("commands.desk", "Desks that customers are called to."),
        "servicer": Listed("commands.command_line.groups", "People who serve or manage."),
        "holiday": Listed("commands.queues.hours", "Days on which no queue opens by itself."),
        "twilio": Listed("commands.twilio", "Your Twilio account."),
    },
    "Running": {
        "doctor": Listed("commands.doctor.command", "Check settings, database, clock, carrier and mail."),
        "backup": Listed(
            "commands.backup", "Write the whole database to FILE, while everything keeps running."
        ),
        "restore": Listed("commands.backup", "Restore the backup FILE into an empty database."),
        "restored": Listed("commands.restored", "Mark the database as a restored copy."),
        "migrate": Listed("commands.migrate", "Bring the database to the newest schema."),
        "phones": Listed("commands.phones", "Stored phone numbers."),
    },
    "Figures": {
        "stats": Listed("commands.reports.stats", "How long people waited and were served."),
        "summary": Listed("commands.reports.summary", "Print or send the summary of a day or week."),
        "waits": Listed("commands.reports.waits", "How accurate the estimated waits are."),
        "whatif": Listed("commands.reports.whatif", "Print a past day with more or fewer servicers."),
        "history": Listed("commands.history", "Past tickets: import and export as CSV."),
        "words": Listed("commands.words", "How well texts are understood."),
    },
    "Trying out": {
        "demo": Listed("commands.demo", "Make a demo business with the queue DEMO."),
        "replay": Listed("commands.replay.command", "Play a recorded day through the running installation."),
    },
}
COMMANDS = {name: listed for group in GROUPS.values() for name, listed in group.items()}
OF_QUEUES = {
    "add": Listed("commands.queues.add", "Make a queue that customers join by texting KEYWORD, and open it."),
    "hours": Listed("commands.queues.hours", "Set or print when a queue opens and closes by itself."),
    "open": Listed("commands.queues.states", "Open a queue, like the button Open."),
    "close": Listed("commands.queues.states", "Close a queue for the day, like the button Close."),
    "list": Listed("commands.queues.states", "List the queues, with state and addresses."),
}
OF_SERVICERS = {
    "add": Listed("commands.setup", "Make an account for somebody who serves or manages."),
    "password": Listed("commands.password", "Set a new password for the account EMAIL."),
    "summary": Listed(
        "commands.reports.summary", "Choose which summaries a manager gets, by mail or by text."
    ),
}
