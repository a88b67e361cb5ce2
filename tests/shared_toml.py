"""Parses each text of TOML once per process. The playbook is a dozen files, and tests that change
one line of one of them load it hundreds of times. What is read is validated each time."""

from __future__ import annotations

import contextlib
import functools
import marshal
import tomllib
from collections.abc import Iterator
from typing import Any
from unittest import mock


@contextlib.contextmanager
def toml_parsed_once() -> Iterator[None]:
    """Keep what was parsed for as long as this is open; whoever asks gets a copy of their own."""
    parse = tomllib.loads

    @functools.cache
    def parsed(text: str) -> bytes:
        return marshal.dumps(parse(text))  # raises for a date, of which the playbook has none

    def loads(text: str, /) -> dict[str, Any]:
        copy: dict[str, Any] = marshal.loads(parsed(text))  # noqa: S302 - written right above
        return copy

    with mock.patch("bot.playbook.toml_file.tomllib.loads", loads):
        yield
