"""What to type next is said as it works where this program was started."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bot.cli.problems import sentence
from bot.cli.program import program, program_here


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of an installed program that was started; the current folder is another."""
    path = tmp_path / "venv" / "bin" / "reframe"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(sys, "argv", [str(path)])
    monkeypatch.setenv("PATH", os.defpath)
    return path


def test_not_on_the_path(installed: Path) -> None:
    assert program_here() == program() == str(installed)
    assert f"{installed} doctor" in sentence("init_not_done")


def test_on_the_path(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(installed.parent), prepend=os.pathsep)

    assert program_here() == "reframe"
    assert "run: reframe doctor" in sentence("init_not_done")


def test_below_this_folder(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(installed.parent.parent.parent)

    assert program_here() == "venv/bin/reframe"


def test_as_a_module(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program beside Python is shorter, if there is one."""
    monkeypatch.setattr(sys, "argv", ["/somewhere/bot/__main__.py"])
    monkeypatch.setattr(sys, "executable", str(installed.with_name("python")))

    assert program_here() == str(installed)
    installed.unlink()
    assert program_here() == program() == f"{installed.with_name('python')} -m bot"


def test_in_a_test() -> None:
    assert program_here() == ".venv/bin/reframe"
