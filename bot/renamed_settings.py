"""Settings renamed in 0.2: reads their old names and values until 0.3, with a warning for each."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

log = logging.getLogger(__name__)

NEW_NAMES = {
    "REFRAME_SEAL_KEY": "REFRAME_ENCRYPTION_KEY",
    "REFRAME_IN_DOUBT_SECONDS": "REFRAME_UNCONFIRMED_SECONDS",
    "REFRAME_WORDS": "REFRAME_LLM_WRITES",
}
"""Old name -> new name."""

NEW_VALUES = {
    "REFRAME_JUDGE": {"suspicious": "candidates", "doubtful": "likely"},
    "REFRAME_WORDS": {"asked": "on_demand", "playbook": "nothing"},
}
"""Per name as it is set: old value -> new value."""


def new_value(name: str, value: Any) -> Any:
    """Return the new form of a value of this setting; log a warning if it was an old one."""
    new = NEW_VALUES.get(name, {}).get(value) if isinstance(value, str) else None
    if new is None:
        return value
    new_name = NEW_NAMES.get(name, name)
    log.warning("%s=%s is now %s=%s; the old form works until 0.3.", name, value, new_name, new)
    return new


def with_new_names(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values under their new names; a new name that is set wins over its old one."""
    current = {name: value for name, value in values.items() if name not in NEW_NAMES}
    for old, new in NEW_NAMES.items():
        if old in values and new not in values:
            current[new] = _translate(old, values[old])
    return current


class OldNamesSource(PydanticBaseSettingsSource):
    """Supplies settings that still have their old name in the environment or in ``.env``.

    Args:
        settings_cls: The settings to fill.
        sources: The sources to search, most important first. A new name in any of them wins.
    """

    def __init__(
        self, settings_cls: type[BaseSettings], sources: tuple[PydanticBaseSettingsSource, ...]
    ) -> None:
        super().__init__(settings_cls)
        self._sources = [s for s in sources if isinstance(s, EnvSettingsSource)]

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return nothing: ``__call__`` supplies all values together."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the values of old names that are set, under their new names."""
        return {
            new: _translate(old, value)
            for old, new in NEW_NAMES.items()
            if not self._lookup(new) and (value := self._lookup(old))
        }

    def _lookup(self, name: str) -> str | None:
        """Return the first value set for this name; empty counts as not set."""
        values = (source.env_vars.get(name.lower()) for source in self._sources)
        return next((value for value in values if value), None)


def _translate(old: str, value: Any) -> Any:
    """Return the value of a setting found under its old name, with exactly one warning."""
    new = new_value(old, value)
    if new == value:
        log.warning("%s is now %s; the old name works until 0.3.", old, NEW_NAMES[old])
    return new
