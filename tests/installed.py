"""Builds and installs the wheel, so that tests run what users get, outside the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
_NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", ".train", ".*_cache", "__pycache__", "dist", "build"
)


def run_python(
    folder: Path, *arguments: str, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run this Python in a folder; the environment has only a path to packages."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PATH": os.defpath, **({"PYTHONPATH": str(path)} if path else {})},
        capture_output=True,
        text=True,
        timeout=180,
    )


def build_wheel(folder: Path) -> Path:
    """Build the wheel from a copy of the checkout, offline and in this environment."""
    copy = folder / "copy"
    shutil.copytree(ROOT, copy, ignore=_NOT_COPIED)
    built = run_python(copy, "-m", "hatchling", "build", "-t", "wheel")
    assert built.returncode == 0, built.stderr
    (found,) = (copy / "dist").glob("*.whl")
    return found


def install(wheel: Path, folder: Path) -> None:
    """Install the wheel, and nothing else, into a folder."""
    done = run_python(
        folder,
        *("-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--no-index", "--target", str(folder), str(wheel)),
    )
    assert done.returncode == 0, done.stderr
