"""Tests of the wheel: it has all it needs and nothing more, and runs outside the checkout.

``tests/cli/test_demo.py`` runs the demo from it.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.installed import ROOT, run_python

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def contents(wheel: Path) -> set[str]:
    """Return the names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


@pytest.fixture
def elsewhere(tmp_path: Path, installed: Path) -> Path:
    """Return an empty folder in which ``import bot`` finds the installed package."""
    seen = run_python(tmp_path, "-c", "import bot; print(bot.__file__)", path=installed)
    assert Path(seen.stdout.strip()) == installed / "bot" / "__init__.py", seen.stderr
    return tmp_path


@pytest.mark.parametrize(
    ("folder", "inside"),
    [
        ("bot", "bot"),
        ("prompts", "bot/prompts"),
        ("alembic", "bot/migrations"),
    ],
)
def test_everything_the_bot_reads_is_inside(contents: set[str], folder: str, inside: str) -> None:
    """Pack the sources, prompts, migrations, the trained model and the demo script."""
    files = [p for p in (ROOT / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    wanted = {f"{inside}/{p.relative_to(ROOT / folder).as_posix()}" for p in files}

    assert wanted
    assert wanted - contents == set()


@pytest.mark.parametrize(
    "name",
    [
        "bot/detect/offline.json",
        "bot/manifest.json",
        "bot/prompts/strings.toml",
        "bot/sandbox/demo_script.toml",
    ],
)
def test_data_files_are_inside(contents: set[str], name: str) -> None:
    """Name files that are not Python once more: the checkout could lack them, too."""
    assert name in contents


def test_nothing_else_is_inside(contents: set[str]) -> None:
    """Pack no tests, settings or caches, only the package and its metadata."""
    tops = {name.split("/")[0] for name in contents}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"bot"}
    assert not [name for name in contents if "tests" in name.split("/") or name.endswith(".pyc")]
    assert not [name for name in contents if Path(name).name.startswith(".env")]


def test_say_runs_from_the_wheel(elsewhere: Path, installed: Path) -> None:
    """Find the prompts and the model in the installed package."""
    done = run_python(elsewhere, "-m", "bot", "say", "The call is on Thursday.", path=installed)

    assert done.returncode == 0, done.stderr
    heading, *facts = (line for line in done.stdout.splitlines() if line.strip())
    assert heading == "Written in a channel:"
    assert [line.split()[0] for line in facts[:2]] == ["trap", "sure"]


def test_the_manifest_is_printed_from_the_wheel(elsewhere: Path, installed: Path) -> None:
    """Print the same manifest as from the checkout."""
    done = run_python(elsewhere, "-m", "bot", "manifest", path=installed)

    assert done.stdout == (ROOT / "manifest.json").read_text(encoding="utf-8"), done.stderr


def test_migrate_runs_from_the_wheel(elsewhere: Path, installed: Path) -> None:
    """Find the migrations in the installed package."""
    done = run_python(elsewhere, "-m", "bot", "migrate", path=installed)

    assert done.returncode == 0, done.stderr
    assert (elsewhere / "reframe.db").stat().st_size > 0
