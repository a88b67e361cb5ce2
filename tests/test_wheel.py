"""The wheel: it holds what it needs and nothing more, and runs far away from the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", ".train", ".*_cache", "__pycache__", "dist", "build"
)


def python(
    folder: Path, *arguments: str, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs this Python in a folder, with nothing in the environment but a path to packages."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PATH": os.defpath, **({"PYTHONPATH": str(path)} if path else {})},
        capture_output=True,
        text=True,
        timeout=180,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the repository without network or a second environment."""
    copy = tmp_path_factory.mktemp("wheel") / "copy"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    built = python(copy, "-m", "hatchling", "build", "-t", "wheel")
    assert built.returncode == 0, built.stderr
    (found,) = (copy / "dist").glob("*.whl")
    return found


@pytest.fixture(scope="module")
def held(wheel: Path) -> set[str]:
    """The names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of its own with the wheel installed in it, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    done = python(
        folder,
        *("-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--no-index", "--target", str(folder), str(wheel)),
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path, installed: Path) -> Path:
    """An empty folder in which ``bot`` is the installed one."""
    seen = python(tmp_path, "-c", "import bot; print(bot.__file__)", path=installed)
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
def test_everything_the_bot_reads_is_inside(held: set[str], folder: str, inside: str) -> None:
    """Sources, words, migrations, the trained model and the written week travel along."""
    files = [p for p in (ROOT / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    wanted = {f"{inside}/{p.relative_to(ROOT / folder).as_posix()}" for p in files}

    assert wanted
    assert wanted - held == set()


@pytest.mark.parametrize(
    "name",
    ["bot/detect/offline.json", "bot/sandbox/week.toml", "bot/prompts/voice.toml"],
)
def test_what_is_easily_forgotten_is_inside(held: set[str], name: str) -> None:
    """Files that are no Python are named once more, since the checkout could lack them too."""
    assert name in held


def test_nothing_else_is_inside(held: set[str]) -> None:
    """No tests, no settings, no caches: only the package and what tells of it."""
    tops = {name.split("/")[0] for name in held}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"bot"}
    assert not [name for name in held if "tests" in name.split("/") or name.endswith(".pyc")]
    assert not [name for name in held if Path(name).name.startswith(".env")]


def test_say_runs_from_the_wheel(elsewhere: Path, installed: Path) -> None:
    """The installed command finds its words and its model."""
    done = python(elsewhere, "-m", "bot", "say", "The call is on Thursday.", path=installed)

    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()][:2] == ["trap", "score"]


def test_migrate_runs_from_the_wheel(elsewhere: Path, installed: Path) -> None:
    """The installed command finds its migrations."""
    done = python(elsewhere, "-m", "bot", "migrate", path=installed)

    assert done.returncode == 0, done.stderr
    assert (elsewhere / "reframe.db").stat().st_size > 0


def test_the_demo_runs_from_the_wheel(elsewhere: Path, installed: Path) -> None:
    """The installed demo plays its week and leaves nothing behind in the folder it ran in."""
    done = python(elsewhere, "-m", "bot", "demo", "--json", path=installed)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["lost"], told["doubled"]) == (0, 0)
    assert told["coached"] > 0
    assert list(elsewhere.iterdir()) == []
