"""The settings: where they come from, what they refuse, and what they never show."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot import settings
from bot.core.policy import QuietHours
from bot.settings import SettingsProblem

ROOT = Path(__file__).parent.parent
HIDDEN = "hush-7f3a"
SECRETS = {
    "SLACK_BOT_TOKEN": f"xoxb-{HIDDEN}",
    "SLACK_APP_TOKEN": f"xapp-{HIDDEN}",
    "SLACK_SIGNING_SECRET": HIDDEN,
    "OPENAI_API_KEY": f"sk-{HIDDEN}",
    "DATABASE_URL": f"postgresql://reframe:{HIDDEN}@db/reframe",
}
DESCRIBED = settings.describe()
NAMES = [name for name, _, _ in DESCRIBED]
SPANS = [str(f.alias) for f in settings.Settings.model_fields.values() if f.annotation is float]


def seen_by_a_process(folder: Path, environment: dict[str, str]) -> list[str]:
    """Port, host and daily cap as a process in this folder and environment reads them."""
    script = "from bot import settings; s = settings.load(); print(s.port, s.host, s.daily_cap)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env={"PATH": os.defpath, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.split()


def test_the_env_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    """.env of the working folder counts, the environment counts more, and empty means not set."""
    (tmp_path / ".env").write_text("PORT=4001\nHOST=0.0.0.0\nREFRAME_DAILY_CAP=\n", "utf-8")
    seen = seen_by_a_process(tmp_path, {"PORT": "4002", "HOST": ""})

    assert seen == ["4002", "0.0.0.0", "1"]  # noqa: S104 - a value to be read, nothing listens


def test_without_an_env_file_the_defaults_hold(tmp_path: Path) -> None:
    """Nothing set gives the written defaults."""
    assert seen_by_a_process(tmp_path, {}) == ["3000", "127.0.0.1", "1"]


def test_given_values_stand_alone(tmp_path: Path) -> None:
    """Settings from given values look at neither environment nor .env."""
    (tmp_path / ".env").write_text("PORT=4001\n", "utf-8")
    loaded = settings.load({"REFRAME_DAILY_CAP": "3"}, env_file=tmp_path / ".env")

    assert (loaded.daily_cap, loaded.port) == (3, 3000)
    assert loaded.slack_bot_token is None


def test_secrets_are_never_shown() -> None:
    """No way of printing the settings shows a secret, and each is there for those who ask."""
    loaded = settings.load(SECRETS)
    fields = settings.Settings.model_fields
    kept = {str(f.alias): getattr(loaded, name) for name, f in fields.items()}

    for shown in (repr(loaded), str(loaded), loaded.model_dump_json(), repr(loaded.model_dump())):
        assert HIDDEN not in shown
    assert {name: kept[name].get_secret_value() for name in SECRETS} == SECRETS


def test_a_wrong_value_is_not_shown() -> None:
    """The problem names the setting, not its value, and hides no first error behind it."""
    with pytest.raises(SettingsProblem) as caught:
        settings.load({"PORT": HIDDEN})

    assert caught.value.name == "PORT"
    assert HIDDEN not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_settings_are_frozen() -> None:
    """Nobody changes a setting while the bot runs."""
    loaded = settings.load({})

    with pytest.raises(ValidationError):
        loaded.port = 1


def test_each_setting_has_a_sentence_of_its_own() -> None:
    """describe() knows every setting, and tells something else of each."""
    sentences = [sentence for _, _, sentence in DESCRIBED]

    assert [str(f.alias) for f in settings.Settings.model_fields.values()] == NAMES
    assert len(set(sentences)) == len(sentences)
    assert all(len(s) > 10 and s.endswith(".") for s in sentences), sentences


def test_the_described_defaults_are_the_defaults() -> None:
    """Who writes every described default into .env changes nothing."""
    written = {name: default for name, default, _ in DESCRIBED if default}

    assert settings.load(written) == settings.load({})


@pytest.mark.parametrize("name", SPANS)
@pytest.mark.parametrize("value", ["inf", "nan"])
def test_a_span_is_a_number_with_an_end(name: str, value: str) -> None:
    """No span is endless: an endless pause has no day that could be told to its seller."""
    with pytest.raises(SettingsProblem) as caught:
        settings.load({name: value})

    assert caught.value.name == name


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("20:00-07:00", QuietHours()),
        ("9:30-10:15", QuietHours(time(9, 30), time(10, 15))),
        (" 18:00 - 08:00 ", QuietHours(time(18), time(8))),
        ("18:00-08:00,weekdays", QuietHours(time(18), time(8), weekends=False)),
        ("18:00-08:00 , Weekdays", QuietHours(time(18), time(8), weekends=False)),
        ("off", None),
        ("OFF", None),
        ("none", None),
        ("0", None),
    ],
)
def test_quiet_hours(written: str, meant: QuietHours | None) -> None:
    """Quiet hours are two times of day, with or without weekends, or off."""
    loaded = settings.load({"REFRAME_QUIET_HOURS": written})

    assert loaded.quiet_hours == meant
    assert loaded.limits.quiet_hours == meant


@pytest.mark.parametrize(
    "written",
    ["evening", "20-7", "24:00-07:00", "20:60-07:00", "20:00", "20:00-07:00,weekends", "8pm-7am"],
)
def test_quiet_hours_that_are_none(written: str) -> None:
    """Anything else is refused by the setting's name."""
    with pytest.raises(SettingsProblem) as caught:
        settings.load({"REFRAME_QUIET_HOURS": written})

    assert caught.value.name == "REFRAME_QUIET_HOURS"


@pytest.mark.parametrize("name", ["SLACK_API_URL", "OPENAI_BASE_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "https://slack.example/api",
        "http://127.0.0.1:8080/api",
        "http://localhost/api",
        "http://[::1]:8080/api",
    ],
)
def test_tokens_travel_encrypted_or_on_this_machine(name: str, url: str) -> None:
    """https goes anywhere, http to this machine."""
    loaded = settings.load({name: url})

    assert url in (loaded.slack_api_url.rstrip("/"), loaded.openai_base_url)


@pytest.mark.parametrize("name", ["SLACK_API_URL", "OPENAI_BASE_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "http://slack.example/api",
        "http://127.0.0.1.slack.example/api",
        "http://127.0.0.1@slack.example/api",
        "ftp://localhost/api",
        "slack.example/api",
    ],
)
def test_tokens_travel_no_other_way(name: str, url: str) -> None:
    """http is for this machine alone, however the address dresses up."""
    with pytest.raises(SettingsProblem) as caught:
        settings.load({name: url})

    assert caught.value.name == name


@pytest.mark.parametrize(
    ("channels", "watched"),
    [("*", True), ("C1", True), ("C2, C1", True), ("C2\nC1", True), ("C2", False), ("C11", False)],
)
def test_the_channels_to_watch(channels: str, watched: bool) -> None:
    """* is every channel; else only whole ids count."""
    assert settings.load({"REFRAME_CHANNELS": channels}).watches("C1") is watched


def test_the_example_file_has_every_setting_and_no_other() -> None:
    """.env.example holds each setting once, under its own name."""
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert sorted(re.findall(r"(?m)^(?:# ?)?([A-Z][A-Z0-9_]*)=", example)) == sorted(NAMES)


def test_the_example_file_changes_nothing(tmp_path: Path) -> None:
    """A copy of .env.example, nothing filled in, is a .env with all defaults."""
    (tmp_path / ".env").write_bytes((ROOT / ".env.example").read_bytes())

    assert seen_by_a_process(tmp_path, {}) == ["3000", "127.0.0.1", "1"]


def test_the_readme_tells_of_each_setting() -> None:
    """README.md has each setting under its own name."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [name for name in NAMES if f"`{name}`" not in readme] == []
