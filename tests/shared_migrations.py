"""Reads the files of the migrations once per process, instead of at each start of a bot, of which
that is a fifth. What a migration does stays the same."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from unittest import mock

from alembic.config import Config
from alembic.script import ScriptDirectory

from bot.store.migrations import migrations_folder


@contextlib.contextmanager
def migrations_read_once() -> Iterator[None]:
    """Keep what was read for as long as this is open; the ones that ship are read at once."""
    read = ScriptDirectory.from_config

    @functools.cache
    def read_once(folder: str) -> ScriptDirectory:
        config = Config()
        config.set_main_option("script_location", folder)
        config.set_main_option("path_separator", "os")
        return read(config)

    def from_config(config: Config) -> ScriptDirectory:
        return read_once(config.get_main_option("script_location", ""))

    with mock.patch.object(ScriptDirectory, "from_config", from_config):
        read_once(str(migrations_folder())).get_current_head()
        yield
