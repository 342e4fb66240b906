"""Reads Dockerfile and compose.yaml as far as ours go: stages with instructions, services merged."""

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from honcho.environ import parse_procfile

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = {
    name: shlex.split(line)
    for name, line in parse_procfile((ROOT / "Procfile").read_text()).processes.items()
}


@dataclass
class Stage:
    base: str
    name: str | None
    steps: list[tuple[str, str]] = field(default_factory=list)

    def last(self, instruction: str) -> str:
        return [words for name, words in self.steps if name == instruction][-1]

    @property
    def command(self) -> list[str]:
        return list(json.loads(self.last("CMD")))

    @property
    def health(self) -> list[str]:
        return list(json.loads(self.last("HEALTHCHECK").partition("CMD ")[2]))

    @property
    def environment(self) -> dict[str, str]:
        pairs = [pair for name, words in self.steps if name == "ENV" for pair in shlex.split(words)]
        return dict(pair.split("=", 1) for pair in pairs)

    @property
    def copied(self) -> list[tuple[str, list[str], str]]:
        """From which stage ("" is the folder), what, and to where."""
        found = []
        for name, words in self.steps:
            if name == "COPY":
                options = [word for word in words.split() if word.startswith("--from=")]
                *what, where = [word for word in words.split() if word not in options]
                found.append(("".join(options).removeprefix("--from="), what, where))
        return found


def stages() -> list[Stage]:
    text = (ROOT / "Dockerfile").read_text()
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    found: list[Stage] = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        instruction, _, words = line.partition(" ")
        if instruction == "FROM":
            base, _, name = words.partition(" AS ")
            found.append(Stage(base, name or None))
        else:
            found[-1].steps.append((instruction, " ".join(words.split())))
    return found


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text()))
