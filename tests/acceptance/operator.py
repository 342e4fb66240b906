"""`flask …` several times in one process, as most of what a command takes goes into starting it:
`python -m tests.acceptance.operator` with a list of [words, what is typed] as JSON.
"""

import json
import sys

import click
from flask.cli import FlaskGroup

from app import create_app


def main() -> None:
    with click.Context(FlaskGroup()):  # as `flask` asks for the app: without the pages
        runner = create_app().test_cli_runner()
    for words, typed in json.load(sys.stdin):
        done = runner.invoke(args=words, input=typed)
        print(done.output)
        if done.exit_code != 0:
            sys.exit(f"flask {' '.join(words)} ended with {done.exit_code}")


if __name__ == "__main__":
    main()
