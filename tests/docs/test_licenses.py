"""The page of licenses, and the search for published vulnerabilities."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import pytest
import yaml

from tests.docs.pages import ROOT


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """Return the script that writes the page; ``docs`` is no package."""
    path = ROOT / "docs" / "make_licenses_page.py"
    spec = importlib.util.spec_from_file_location("make_licenses_page", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(script: ModuleType) -> None:
    """Each pinned package is on the page, with a license that is allowed."""
    assert (ROOT / "docs" / "licenses.md").read_text(encoding="utf-8") == script.page()
    assert len(script.pinned()) > 50


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("x", "GPL-3.0-only"),
        ("x", "MIT AND AGPL-3.0-only"),
        ("x", "LGPL-3.0-only"),
        ("x", ""),
        ("x", "Other/Proprietary License"),
    ],
)
def test_other_licenses_are_refused(script: ModuleType, name: str, stated: str) -> None:
    """A license that nobody looked at stops the build, and so does none."""
    with pytest.raises(script.LicenseProblem):
        script.check(name, stated)


def test_the_exception_is_for_one_package(script: ModuleType) -> None:
    """The driver for PostgreSQL may have the license that it has."""
    script.check("psycopg", "LGPL-3.0-only")
    script.check("x", "(MIT OR Apache-2.0) AND BSD-3-Clause")


def test_the_bots_own_packages_are_known(script: ModuleType) -> None:
    """What the bot needs is told from what only the tests need."""
    runs = script.needed_to_run()

    assert {"slack-bolt", "greenlet", "psycopg-binary", "cryptography", "cffi"} <= runs
    assert not {"pytest", "mypy", "hypothesis"} & runs


def test_vulnerabilities_are_searched_where_the_data_is() -> None:
    """A workflow of its own runs every day and fails if it finds something, or can't search.

    ``.ci/run`` also runs where no list of vulnerabilities can be reached, so it doesn't search, and
    says so instead of looking as if it had.
    """
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "audit.yml").read_text())
    steps = workflow["jobs"]["audit"]["steps"]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    audit = re.search(r"^audit:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert workflow[True]["schedule"]  # YAML reads the key "on" as true
    assert any(step.get("run") == "make audit" for step in steps)
    assert "continue-on-error" not in str(workflow)
    assert audit is not None
    assert "pip_audit" in audit[1]
    assert "|| true" not in audit[1]
    assert "not checked for published vulnerabilities" in ci
