"""Changes ``.env`` without touching what else is in it, and never halfway."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from bot.flows.errors import SettingsError

_PRIVATE = 0o600
_PLAIN = re.compile(r"[\w.,:/@+=-]*")
_ESCAPING = re.compile(r"\\(?=\\|$)")  # a backslash that python-dotenv would take with what follows


def values_in(file: Path) -> dict[str, str]:
    """Return what a file sets; a name without a value counts as not set.

    Raises:
        SettingsError: it is not saved as UTF-8 text.
    """
    if not file.is_file():
        return {}
    try:
        found = dotenv_values(file, encoding="utf-8", interpolate=False)
    except UnicodeDecodeError:
        raise SettingsError(str(file), "it is not saved as UTF-8 text") from None
    return {name: value.strip() for name, value in found.items() if value and value.strip()}


def set_values(
    file: Path, values: Mapping[str, str], comments: Mapping[str, str] | None = None
) -> None:
    """Set values in a file that only this user can read, and keep every other line.

    A new file takes the place of the old one in one step, so whoever interrupts this finds either
    the old lines or all of the new ones. A link stays a link.

    Args:
        file: ``.env``; need not exist.
        values: by name; each stands on one line.
        comments: by name; stands above a value that the file had no line for.

    Raises:
        SettingsError: a value has a line end.
        OSError: the file can't be written.
    """
    place = Path(os.path.realpath(file))
    before = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
    lines = with_values(before, values, comments)
    handle, name = tempfile.mkstemp(prefix=".env-", dir=place.parent)  # mode 600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as new:
            new.write("".join(f"{line}\n" for line in lines))
            new.flush()
            os.fsync(new.fileno())
        Path(name).chmod(_PRIVATE)
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def with_values(
    lines: list[str], values: Mapping[str, str], comments: Mapping[str, str] | None = None
) -> list[str]:
    """Return the lines with these values: in the place of a line for that name, a commented one
    included, else at the end, below a comment if there is one."""
    changed, left = list(lines), dict(values)
    for pattern in (r"\s*(?:export\s+)?{}\s*=", r"\s*#\s*{}\s*="):
        for number, line in enumerate(changed):
            for name in [n for n in left if re.match(pattern.format(re.escape(n)), line)]:
                changed[number] = _line(name, left.pop(name))
    for name, value in left.items():
        if comments and name in comments:
            changed.append(f"# {comments[name]}")
        changed.append(_line(name, value))
    return changed


def _line(name: str, value: str) -> str:
    if "\n" in value or "\r" in value or "'" in value:
        raise SettingsError(name, "it holds a line end or a quotation mark")
    if _PLAIN.fullmatch(value):
        return f"{name}={value}"
    # Any other backslash stays single: every reader of .env takes it as it stands.
    quoted = _ESCAPING.sub(r"\\\\", value)
    return f"{name}='{quoted}'"
