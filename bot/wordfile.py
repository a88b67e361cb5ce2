"""One file of words, able to say on which line something stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class PlaybookProblem(Exception):
    """A file of words is bad. ``file``, ``line`` (from 1) and ``why`` are fit to be shown."""

    def __init__(self, file: str, line: int, why: str) -> None:
        super().__init__(f"{file}, line {line}: {why}")
        self.file = file
        self.line = line
        self.why = why


class WordFile:
    """One TOML file.

    Args:
        folder: where it lies. name: below that folder.

    Raises:
        PlaybookProblem: it can't be read, or is no TOML.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        path = folder / name
        try:
            self.text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as failure:
            raise PlaybookProblem(
                str(path), 1, f"can't be read ({type(failure).__name__})"
            ) from None
        self.path = path
        try:
            self.data = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as bad:
            where = re.search(r"line (\d+)", str(bad))
            last = self.text.count("\n") + 1  # "at end of document"
            line = int(where.group(1)) if where else last
            raise PlaybookProblem(str(path), line, str(bad)) from None

    def problem(
        self, why: str, near: str = "", *, under: str = "", nth: int = 0
    ) -> PlaybookProblem:
        """A problem with the ``nth`` line that holds the words ``near`` below the header ``under``;
        with the header itself where there is none. Comments don't count."""
        lines = ["" if line.lstrip().startswith("#") else line for line in self.text.splitlines()]
        headers = [n for n, line in enumerate(lines) if under and line.strip() == under]
        start = headers[0] if headers else 0
        found = [n for n in range(start, len(lines)) if near in lines[n]] if near else []
        at = found[nth] if nth < len(found) else start
        return PlaybookProblem(str(self.path), at + 1, why)

    def text_at(self, table: Mapping[str, Any], key: str, *, default: str | None = None) -> str:
        """A text in a table of this file."""
        value = table.get(key, default)
        if not isinstance(value, str):
            raise self.problem(f'"{key}" must be a text', _name_of(table, key))
        return value.strip()

    def texts_at(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """A list of texts in a table of this file; empty where it is not there."""
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.problem(f'"{key}" must be a list of texts', _name_of(table, key))
        return tuple(value)

    def tables_at(self, key: str) -> list[Mapping[str, Any]]:
        """A list of tables such as ``[[questions]]``, each with an id of its own."""
        value = self.data.get(key)
        if not isinstance(value, list) or not value:
            raise self.problem(f"there is no [[{key}]]")
        ids: set[str] = set()
        for nth, table in enumerate(value):
            name = table.get("id") if isinstance(table, dict) else None
            if not isinstance(name, str) or not name:
                raise self.problem(f"an entry of [[{key}]] has no id", f"[[{key}]]", nth=nth)
            if name in ids:
                raise self.problem(f'the id "{name}" stands twice', f'"{name}"')
            ids.add(name)
        return value


def _name_of(table: Mapping[str, Any], key: str) -> str:
    return f'"{table["id"]}"' if "id" in table else f"{key} ="
