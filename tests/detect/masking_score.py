"""Scores the masking rules on a file of lines: ``python -m tests.detect.masking_score FILE``.

Each line of the file is JSON with ``text`` and ``secret``: the part that must not leave, or null
for an ordinary message, of which every number and name must stay.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from bot.detect.masking import mask

NUMBER_OR_NAME = re.compile(r"\S*\d\S*|\b[A-Z][\w'-]+")


class Line(NamedTuple):
    """An invented message.

    Attributes:
        text: what is said in it.
        secret: the part that must be masked; ``None`` in an ordinary message.
    """

    text: str
    secret: str | None


class Score(NamedTuple):
    """How the rules did.

    Attributes:
        secrets: number of messages with a secret.
        passed: those of which the secret was not masked.
        ordinary: number of numbers and names in ordinary messages.
        lost: those that were masked, with their message.
    """

    secrets: int
    passed: list[str]
    ordinary: int
    lost: list[tuple[str, str]]


def read_lines(path: Path) -> list[Line]:
    """Read a file of lines.

    Raises:
        OSError: it can't be read.
        ValueError: a line is not JSON.
    """
    return [Line(**json.loads(line)) for line in path.read_text("utf-8").splitlines() if line]


def score(lines: Iterable[Line]) -> Score:
    """Mask every line, and count what should have been masked and what should have stayed."""
    secrets, passed, ordinary = 0, list[str](), 0
    lost = list[tuple[str, str]]()
    for line in lines:
        masked = mask(line.text)
        if line.secret:
            secrets += 1
            if line.secret in masked:
                passed.append(line.text)
            continue
        parts = NUMBER_OR_NAME.findall(line.text)
        ordinary += len(parts)
        lost += [(part, line.text) for part in parts if part not in masked]
    return Score(secrets, passed, ordinary, lost)


def main() -> None:
    """Print the score of a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--show", action="store_true", help="print the lines that went wrong")
    arguments = parser.parse_args()
    result = score(read_lines(arguments.file))
    sys.stdout.write(f"secrets masked: {result.secrets - len(result.passed)} of {result.secrets}\n")
    sys.stdout.write(f"ordinary numbers and names lost: {len(result.lost)} of {result.ordinary}\n")
    if arguments.show:
        for text in result.passed:
            sys.stdout.write(f"passed: {text!a}\n")
        for part, text in result.lost:
            sys.stdout.write(f"lost: {part!a} in {text!a}\n")


if __name__ == "__main__":
    main()
