"""docs/troubleshooting.md explains every reason for silence, and says what an admin can do."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from types import ModuleType

import pytest

from bot import settings
from bot.core.model import Reason
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """Return the module that writes the tables."""
    path = ROOT / "docs" / "make_reasons_tables.py"
    spec = importlib.util.spec_from_file_location("make_reasons_tables", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_reason_is_explained_once(script: ModuleType) -> None:
    """No reason is missing, invented, or explained twice."""
    listed = Counter(reason for todo in script.TO_DO.values() for reason in todo)

    assert listed == Counter(Reason)


def test_the_tables_are_current(script: ModuleType) -> None:
    """The page holds what make_reasons_tables.py would write now."""
    assert script.page_with_tables(PAGE) == PAGE, "run: python docs/make_reasons_tables.py"


def test_what_to_do_names_settings_that_exist(script: ModuleType) -> None:
    known = {name for name, _, _ in settings.describe()}
    named = set(re.findall(r"REFRAME_[A-Z_]+", script.tables()))

    assert named
    assert named <= known


def test_a_page_without_its_markers_is_refused(script: ModuleType) -> None:
    with pytest.raises(ValueError, match="comments"):
        script.page_with_tables("# When it says nothing")
