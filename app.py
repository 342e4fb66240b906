"""create_app(): what the web server and the `flask` command start with.

For one of our commands it imports no page: that would take most of the command's time.
`python -m app` makes what is kept for all starts.
"""

import sys
from tempfile import TemporaryDirectory

import click
from flask import Flask
from flask.cli import FlaskGroup

from commands.command_line.register import register_commands, run_first
from config.importing import import_much
from config.locations import keep_files_private
from config.settings import Settings, SettingsError
from config.zone_rules import use_newest_rules


def create_app(settings: Settings | None = None) -> Flask:
    """The web application. Ends the process with a one-line message if a setting is invalid."""
    keep_files_private()
    use_newest_rules()
    if settings is None:
        try:
            settings = Settings.from_environment()
        except SettingsError as error:
            sys.exit(str(error))
    if _is_for_our_commands():
        return _without_pages(settings)
    return _with_pages(settings)


def warm_up() -> None:
    """Makes what is kept for all starts beside the bytecode, for services that may not write there."""
    import_much("bot.understanding.grammar").grammar()
    with TemporaryDirectory() as data_dir:
        pages = create_app(Settings.from_environment({"DATA_DIR": data_dir})).jinja_env
        for name in pages.list_templates():
            if name.startswith("web/"):
                pages.get_template(name)


def _is_for_our_commands() -> bool:
    """Flask's own, such as `run`, ask for the application while they run; for ours, `flask` asks."""
    context = click.get_current_context(silent=True)
    return context is not None and isinstance(context.command, FlaskGroup)


def _with_pages(settings: Settings) -> Flask:
    import_much("models.schema")
    import_much("models.people.phone_ciphers")  # else the first text would wait for it
    database = import_much("commands.set_up_process").set_up_process(settings)
    read_in_time = import_much("web.http.slow_bodies").read_in_time
    webhooks = import_much("webhooks.application").webhooks_application(settings, read_in_time)
    app: Flask = import_much("web.application").make_application(settings, database, webhooks)
    register_commands(app)
    return app


def _without_pages(settings: Settings) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["SETTINGS"] = settings
    register_commands(app)
    run_first(app, lambda: import_much("commands.set_up_process").set_up_process(settings))
    return app


if __name__ == "__main__":
    warm_up()
