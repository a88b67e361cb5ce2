"""Read a file of ``prompts/`` and check its shape, with errors that name the line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.flows.errors import PlaybookError

ShapeT = TypeVar("ShapeT", bound=BaseModel)

_HEADER = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*(?:#.*)?$")
_PLAIN_WORDS = {
    "missing": " is missing",
    "extra_forbidden": " is not a known key: remove it, or correct its spelling",
    "string_type": " must be a text in quotation marks",
    "string_too_short": " is empty",
    "string_pattern_mismatch": " must read: If ..., then I will ... .",
    "tuple_type": " must be a list",
    "too_short": " has too few entries ({actual_length}); the minimum is {min_length}",
    "model_type": " must be a section under a header of its own",
    "dict_type": " must be a section under a header of its own",
    "enum": " must be {expected}",
    "value_error": ": {error}",
}


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file.

    Raises:
        PlaybookError: The file is missing, unreadable or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        why = "the file doesn't exist; copy it from the folder prompts that ships with Reframe"
    except PermissionError:
        why = "this user may not read the file; change its permissions"
    except UnicodeDecodeError:
        why = "the file is not saved as UTF-8 text; save it as such"
    except OSError as error:
        why = f"the file can't be read ({type(error).__name__})"
    raise PlaybookError(str(path), 1, why)


def parse_toml(path: Path, shape: type[ShapeT], context: object = None) -> ShapeT:
    """Read a TOML file and validate it.

    Args:
        path: The file.
        shape: The pydantic model of its contents.
        context: Passed to the validators of the model.

    Raises:
        PlaybookError: The first thing that is wrong.
    """
    text = read_text(path)
    try:
        return shape.model_validate(tomllib.loads(text), context=context)
    except tomllib.TOMLDecodeError as error:
        named = re.search(r"line (\d+)", str(error))
        last = text.count("\n") + 1  # tomllib says "at end of document" instead of a line
        raise PlaybookError(str(path), int(named[1]) if named else last, str(error)) from None
    except ValidationError as invalid:
        first = invalid.errors(include_url=False)[0]
        key = [part for part in first["loc"] if isinstance(part, str)][-1]
        words = _PLAIN_WORDS.get(first["type"], ": {msg}")
        why = words.format(msg=first["msg"], **first.get("ctx", {}))
        line = _line_of(first["loc"], text.splitlines())
        raise PlaybookError(str(path), line, f'"{key}"{why}') from None


def _line_of(loc: Sequence[Any], lines: Sequence[str]) -> int:
    """Return the line, from 1, of a value that pydantic locates as ``("questions", 4, "text")``.

    That is the line of the key; without one the line of its entry's id, of the header, or line 1.
    """
    name, *inner = loc
    headers = {n: found[1] for n, line in enumerate(lines) if (found := _HEADER.match(line))}
    sections = [n for n, header in headers.items() if header == name]
    start, keys = -1, [name]
    if sections:
        nth = next((part for part in inner if isinstance(part, int)), 0)
        start = sections[min(nth, len(sections) - 1)]
        keys = [*[part for part in inner if isinstance(part, str)][:1], "id"] if inner else []
    end = min((n for n in headers if n > start), default=len(lines))
    for key in keys:
        for n in range(start + 1, end):
            if re.match(rf"\s*{re.escape(key)}\s*=", lines[n]):
                return n + 1
    return max(start + 1, 1)
