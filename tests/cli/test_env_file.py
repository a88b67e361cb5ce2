"""Tests of changes to ``.env``: nothing else is touched, nothing is half-written."""

from __future__ import annotations

from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import example, given
from hypothesis import strategies as st

from bot.cli.env_file import set_values, values_in, with_values
from bot.flows.errors import SettingsError

NAMES = st.sampled_from(["SLACK_BOT_TOKEN", "REFRAME_ADMINS", "DATABASE_URL", "X"])
VALUES = st.text(st.characters(blacklist_categories=["C", "Z"], blacklist_characters="'"))


def test_other_lines_stay_as_they_are(tmp_path: Path) -> None:
    """A comment, a blank line, an order, and a value that nobody asked for."""
    file = tmp_path / ".env"
    file.write_text("# x\n\nPORT=3001\nSLACK_BOT_TOKEN=\n# REFRAME_ADMINS=\nexport A='b c'\n")
    set_values(file, {"SLACK_BOT_TOKEN": "xoxb-1", "REFRAME_ADMINS": "U1", "NEW": "x y"})

    assert file.read_text() == (
        "# x\n\nPORT=3001\nSLACK_BOT_TOKEN=xoxb-1\nREFRAME_ADMINS=U1\nexport A='b c'\nNEW='x y'\n"
    )


def test_only_this_user_may_read_it(tmp_path: Path) -> None:
    """Also if others could read it before."""
    file = tmp_path / ".env"
    file.write_text("A=1\n")
    file.chmod(0o644)
    set_values(file, {"B": "2"})

    assert file.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in tmp_path.iterdir()] == [".env"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """As where .env leads to a folder of secrets."""
    real = tmp_path / "real"
    real.write_text("A=1\n")
    (tmp_path / ".env").symlink_to(real)
    set_values(tmp_path / ".env", {"B": "2"})

    assert (tmp_path / ".env").is_symlink()
    assert real.read_text() == "A=1\nB=2\n"


@pytest.mark.parametrize("value", ["a\nSLACK_APP_TOKEN=b", "a\rb", "it's"])
def test_a_value_that_would_end_its_line(tmp_path: Path, value: str) -> None:
    """Refuse it; the file is as before, and nothing lies beside it."""
    file = tmp_path / ".env"
    file.write_text("A=1\n")
    with pytest.raises(SettingsError):
        set_values(file, {"A": value})

    assert file.read_text() == "A=1\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_stop_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever interrupts finds the old file, and no second one."""
    file = tmp_path / ".env"
    file.write_text("A=1\n")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.cli.env_file.os.fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        set_values(file, {"A": "2"})

    assert file.read_text() == "A=1\n"
    assert list(tmp_path.iterdir()) == [file]


@example({}, {"X": "\\"})
@example({"X": "a\\b"}, {"DATABASE_URL": "\\\\host\\"})
@given(st.dictionaries(NAMES, VALUES), st.dictionaries(NAMES, VALUES))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, before: dict[str, str], after: dict[str, str]
) -> None:
    """Whatever a value is made of, python-dotenv reads the same from the line."""
    file = tmp_path_factory.mktemp("env") / ".env"
    file.write_text("\n".join(with_values(with_values([], before), after)) + "\n", "utf-8")
    wanted = before | after

    assert dotenv_values(file, interpolate=False) == wanted
    assert values_in(file) == {name: value for name, value in wanted.items() if value}
