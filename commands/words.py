"""`flask words evaluate`: how well texts are understood, by a list of texts with what they mean."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from bot.understanding import normal_keyword
from bot.understanding.scoring import Score, score
from commands.command_line.errors import PlainGroup, Refused

COLUMNS = {"lang", "text", "label", "also", "never"}
KEYWORDS = ("CET236", "DEMO")
MOST_FAULTS = 200

words = PlainGroup("words", help="How well texts are understood.")


@words.command("evaluate")
@click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path))
@click.option(
    "--keyword", "keywords", multiple=True, help="A keyword used in the texts.  [default: CET236, DEMO]"
)
@click.option("--faults", is_flag=True, help="Also list each text that was not understood.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate_words(file: Path, keywords: Sequence[str], faults: bool, as_json: bool) -> None:
    """Count, for each language, how many texts of a list are understood.

    The list is CSV with the columns lang,text,label and, if you like, also,never. `label` is the right
    meaning. `also` lists other right ones and `never` wrong ones that would do harm, several with | between
    them; `ask` means asking back. A text is "hurt" if it got a meaning of `never`.
    """
    found = score(_rows(file), [normal_keyword(one) for one in keywords or KEYWORDS])
    if as_json:
        click.echo(json.dumps({language: _figures(one) for language, one in found.items()}, indent=2))
        return
    click.echo(_table(found))
    for language, one in found.items() if faults else ():
        for fault in one.faults[:MOST_FAULTS]:
            click.echo(f"{language}: {fault}")


def _rows(file: Path) -> list[Mapping[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            rows: list[Mapping[str, str]] = list(reader)
    except OSError as problem:
        raise Refused(f"{file} can't be read: {problem.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as problem:
        raise Refused(f"{file} is not a list of texts: {problem}.") from None
    columns = set(reader.fieldnames or ())
    if not {"lang", "text"} <= columns or columns.isdisjoint({"label", "never"}) or columns - COLUMNS:
        raise Refused(f"{file} must have the columns lang,text,label, and may have also,never.")
    for place, row in enumerate(rows, start=2):
        if not row["lang"] or row["text"] is None:
            raise Refused(f"{file}, line {place}: no language or no text.")
    return rows


def _figures(one: Score) -> dict[str, object]:
    figures = asdict(one)
    return figures | {"share": one.share}


def _table(found: Mapping[str, Score]) -> str:
    heads = (
        f"{'':6}{'texts':>7}{'understood':>12}{'share':>8}{'asked':>7}{'wrong':>7}{'nevers':>8}{'hurt':>6}"
    )
    rows = [
        f"{language:6}{one.texts:>7}{one.understood:>12}{'–' if one.share is None else f'{one.share:.1%}':>8}"
        f"{one.asked:>7}{one.wrong:>7}{one.nevers:>8}{one.hurt:>6}"
        for language, one in sorted(found.items())
    ]
    return "\n".join([heads, *rows])
