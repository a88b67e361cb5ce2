"""The page of fault cases, and that no case was forgotten."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest

from tests.docs.pages import ROOT


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """Return the script that writes the page; ``docs`` is no package."""
    path = ROOT / "docs" / "make_fault_cases_page.py"
    spec = importlib.util.spec_from_file_location("make_fault_cases_page", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_case_has_a_test_or_a_reason(script: ModuleType) -> None:
    """Each of the 56 cases is proven by a test, or says why it isn't; a test names known cases."""
    cases, tests = script.cases(), script.tests_by_case()
    reasons = {number for number, (_, reason) in cases.items() if reason}

    assert sorted(cases) == list(range(1, 57))
    assert len({title for title, _ in cases.values()}) == len(cases)
    assert sorted(set(cases) - set(tests)) == sorted(reasons)
    assert set(tests) <= set(cases)


def test_the_page_of_fault_cases_is_current(script: ModuleType) -> None:
    """docs/fault-cases.md is what the script would write now."""
    text = (ROOT / "docs" / "fault-cases.md").read_text(encoding="utf-8")

    assert text == script.page(), "run: python docs/make_fault_cases_page.py"
