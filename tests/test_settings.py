"""Tests of the settings: sources, validation, renamed names, and what is never printed."""

from __future__ import annotations

import logging
import os
import re
from datetime import time
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot import renamed_settings, settings
from bot.core.policy import JudgeLimits, Limits
from bot.core.quiet_hours import QuietHours
from bot.flows.errors import SettingsError
from bot.store.encryption import generate_secret

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
NAMES = [setting.name for setting in DESCRIBED]
DURATIONS = [str(f.alias) for f in settings.Settings.model_fields.values() if f.annotation is float]
KEY = "a-secret-of-the-tests"
RENAMED = [
    ("REFRAME_SEAL_KEY", KEY, "REFRAME_ENCRYPTION_KEY", KEY),
    ("REFRAME_IN_DOUBT_SECONDS", "7", "REFRAME_UNCONFIRMED_SECONDS", "7"),
    ("REFRAME_WORDS", "all", "REFRAME_LLM_WRITES", "all"),
    ("REFRAME_WORDS", "asked", "REFRAME_LLM_WRITES", "on_demand"),
    ("REFRAME_WORDS", "playbook", "REFRAME_LLM_WRITES", "nothing"),
    ("REFRAME_JUDGE", "suspicious", "REFRAME_JUDGE", "candidates"),
    ("REFRAME_JUDGE", "doubtful", "REFRAME_JUDGE", "likely"),
]
"""Old name, old value, new name, new value."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty working folder; the environment is empty, too."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        monkeypatch.delenv(name)
    return tmp_path


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the warnings logged since the last clear."""
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


def test_the_environment_wins_over_the_env_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read .env from the working folder; the environment wins; an empty value counts as unset."""
    (folder / ".env").write_text("PORT=4001\nHOST=0.0.0.0\nREFRAME_DAILY_CAP=\n", "utf-8")
    monkeypatch.setenv("PORT", "4002")
    monkeypatch.setenv("HOST", "")
    loaded = settings.load()

    assert (loaded.port, loaded.host) == (4002, "0.0.0.0")  # noqa: S104 - only read, never bound
    assert loaded.daily_cap == 1


@pytest.mark.usefixtures("folder")
def test_defaults_apply_without_an_env_file() -> None:
    """Use the documented defaults if nothing is set."""
    assert dict(settings.load()) == dict(settings.load({}))
    assert (settings.load().port, settings.load().host) == (3000, "127.0.0.1")


def test_given_values_replace_every_other_source(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read neither the environment nor .env if values are given."""
    (folder / ".env").write_text("PORT=4001\nREFRAME_WORDS=all\n", "utf-8")
    monkeypatch.setenv("REFRAME_SEAL_KEY", KEY)
    monkeypatch.setenv("HOST", "localhost")
    loaded = settings.load({"REFRAME_DAILY_CAP": "3"}, env_file=folder / ".env")

    assert loaded == settings.load({}).model_copy(update={"daily_cap": 3})


@pytest.mark.parametrize("source", ["environment", ".env", "values"])
@pytest.mark.parametrize(("old", "old_value", "new", "new_value"), RENAMED)
def test_an_old_name_works_with_one_warning(
    source: str,
    old: str,
    old_value: str,
    new: str,
    new_value: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Accept old names and values from every source, and name the new one in one log line."""
    if source == "environment":
        monkeypatch.setenv(old, old_value)
    elif source == ".env":
        (folder / ".env").write_text(f"{old}={old_value}\n", "utf-8")
    loaded = settings.load({old: old_value} if source == "values" else None)
    (warning,) = warnings_in(caplog)
    caplog.clear()

    assert dict(loaded) == dict(settings.load({new: new_value}))
    assert warnings_in(caplog) == []
    assert new in warning
    assert "until 0.3" in warning
    assert KEY not in warning


@pytest.mark.parametrize(
    ("environment", "env_file"),
    [
        ({"REFRAME_LLM_WRITES": "all", "REFRAME_WORDS": "asked"}, ""),
        ({"REFRAME_WORDS": "asked"}, "REFRAME_LLM_WRITES=all"),
        ({"REFRAME_LLM_WRITES": "all"}, "REFRAME_WORDS=playbook"),
        ({}, "REFRAME_WORDS=playbook\nREFRAME_LLM_WRITES=all"),
    ],
)
def test_the_new_name_wins(
    environment: dict[str, str],
    env_file: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Ignore an old name if the new one is set in the environment or in .env."""
    (folder / ".env").write_text(env_file, "utf-8")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert settings.load().llm_writes == "all"
    assert warnings_in(caplog) == []


def test_an_empty_new_name_does_not_hide_the_old_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Count an empty value as unset, for new names as for all others."""
    (folder / ".env").write_text("REFRAME_LLM_WRITES=\n", "utf-8")
    monkeypatch.setenv("REFRAME_WORDS", "playbook")

    assert settings.load().llm_writes == "nothing"


@pytest.mark.parametrize(
    ("old", "value"),
    [
        ("REFRAME_SEAL_KEY", "short"),
        ("REFRAME_IN_DOUBT_SECONDS", "-1"),
        ("REFRAME_WORDS", "some"),
    ],
)
def test_an_old_name_is_validated_like_the_new_one(old: str, value: str) -> None:
    """Reject a bad value under an old name, naming the new one."""
    with pytest.raises(SettingsError) as caught:
        settings.load({old: value})

    assert caught.value.name == renamed_settings.NEW_NAMES[old]


def test_every_renamed_setting_is_tested() -> None:
    """Keep the cases above complete: every old name and every old value."""
    tested = {(old, value) for old, value, _, _ in RENAMED}

    assert {old for old, _ in tested} >= renamed_settings.NEW_NAMES.keys()
    assert set(renamed_settings.NEW_NAMES.values()) <= set(NAMES)
    for name, values in renamed_settings.NEW_VALUES.items():
        assert {(name, value) for value in values} <= tested


def test_secrets_are_never_printed() -> None:
    """Hide secrets however the settings are printed; return them to code that asks."""
    loaded = settings.load(SECRETS)
    fields = settings.Settings.model_fields
    kept = {str(f.alias): getattr(loaded, name) for name, f in fields.items()}

    for shown in (repr(loaded), str(loaded), loaded.model_dump_json(), repr(loaded.model_dump())):
        assert HIDDEN not in shown
    assert {name: kept[name].get_secret_value() for name in SECRETS} == SECRETS


def test_a_wrong_value_is_not_printed() -> None:
    """Name the setting in the error, not its value, and chain no error that has the value."""
    with pytest.raises(SettingsError) as caught:
        settings.load({"PORT": HIDDEN})

    assert caught.value.name == "PORT"
    assert HIDDEN not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_settings_are_frozen() -> None:
    """Reject changes to a setting at run time."""
    loaded = settings.load({})

    with pytest.raises(ValidationError):
        loaded.port = 1


def test_each_setting_has_its_description() -> None:
    """Describe every setting in one sentence, each a different one."""
    sentences = [setting.description for setting in DESCRIBED]

    assert [str(f.alias) for f in settings.Settings.model_fields.values()] == NAMES
    assert len(set(sentences)) == len(sentences)
    assert all(len(s) > 10 and s.endswith(".") and "\n" not in s for s in sentences), sentences


def test_the_described_defaults_are_the_defaults() -> None:
    """Writing every described default into .env changes nothing."""
    written = {setting.name: setting.default for setting in DESCRIBED if setting.default}

    assert settings.load(written) == settings.load({})


def test_the_limits_have_one_source() -> None:
    """Default every limit to the one in bot.core.policy."""
    assert settings.load({}).limits == Limits()
    assert settings.load({}).judge_limits == JudgeLimits()


@pytest.mark.parametrize("name", DURATIONS)
@pytest.mark.parametrize("value", ["inf", "nan"])
def test_a_duration_is_finite(name: str, value: str) -> None:
    """Reject endless durations: an endless pause has no end date to show its seller."""
    with pytest.raises(SettingsError) as caught:
        settings.load({name: value})

    assert caught.value.name == name


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("20:00-07:00", QuietHours()),
        ("9:30-10:15", QuietHours(time(9, 30), time(10, 15))),
        (" 18:00 - 08:00 ", QuietHours(time(18), time(8))),
        ("18:00-08:00,weekdays", QuietHours(time(18), time(8), days=frozenset())),
        ("18:00-08:00 , Weekdays", QuietHours(time(18), time(8), days=frozenset())),
        ("20:00-07:00,fri-sat", QuietHours(days=frozenset({4, 5}))),
        ("20:00-07:00, fri sat", QuietHours(days=frozenset({4, 5}))),
        ("20:00-07:00,fri,sat", QuietHours(days=frozenset({4, 5}))),
        ("20:00-07:00,Friday - Saturday", QuietHours(days=frozenset({4, 5}))),
        ("20:00-07:00,sat-mon", QuietHours(days=frozenset({5, 6, 0}))),
        ("20:00-07:00,sun", QuietHours(days=frozenset({6}))),
        ("20:00-07:00,wed,sat-sun", QuietHours(days=frozenset({2, 5, 6}))),
        ("off", None),
        ("OFF", None),
        ("none", None),
        ("0", None),
    ],
)
def test_quiet_hours(written: str, meant: QuietHours | None) -> None:
    """Accept two times of day, with or without weekends, or off."""
    loaded = settings.load({"REFRAME_QUIET_HOURS": written})

    assert loaded.quiet_hours == meant
    assert loaded.limits.quiet_hours == meant


@pytest.mark.parametrize(
    "written",
    ["evening", "20-7", "24:00-07:00", "20:60-07:00", "20:00", "20:00-07:00,weekends", "8pm-7am"]
    + [f"20:00-07:00,{days}" for days in ("fr", "fri-", "-sat", "fri-sat-sun", "5-6", "fri;sat")],
)
def test_invalid_quiet_hours(written: str) -> None:
    """Reject anything else, naming the setting."""
    with pytest.raises(SettingsError) as caught:
        settings.load({"REFRAME_QUIET_HOURS": written})

    assert caught.value.name == "REFRAME_QUIET_HOURS"


@pytest.mark.fault_case(45)
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
    """Accept https to any host, and http to this machine."""
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
    """Reject http to another machine, however the address is disguised."""
    with pytest.raises(SettingsError) as caught:
        settings.load({name: url})

    assert caught.value.name == name


@pytest.mark.parametrize(
    "name", ["SLACK_API_URL", "OPENAI_BASE_URL", "OTEL_EXPORTER_OTLP_ENDPOINT"]
)
@pytest.mark.parametrize("port", ["99999", "0", "hush-7f3a", "-1"])
def test_a_port_that_is_none(name: str, port: str) -> None:
    """It is named at the start, not met by the first call, and nothing of it is quoted."""
    with pytest.raises(SettingsError) as caught:
        settings.load({name: f"http://127.0.0.1:{port}/api"})

    assert caught.value.name == name
    assert "port from 1 to 65535" in caught.value.why
    assert "hush" not in caught.value.why


@pytest.mark.parametrize(
    ("channels", "watched"),
    [("*", True), ("C1", True), ("C2, C1", True), ("C2\nC1", True), ("C2", False), ("C11", False)],
)
def test_the_watched_channels(channels: str, watched: bool) -> None:
    """Watch every channel with *, else the listed IDs only."""
    assert settings.load({"REFRAME_CHANNELS": channels}).watches("T1", "C1") is watched


@pytest.mark.parametrize(
    ("name", "value", "help_word"),
    [
        ("REFRAME_CHANNELS", "#deal-acme", "About"),
        ("REFRAME_CHANNELS", "C012AB3CD, deal-acme", "About"),
        ("REFRAME_CHANNELS", "U012AB3CD", "About"),
        ("REFRAME_ADMINS", "@ana", "Copy member ID"),
        ("REFRAME_ADMINS", "ana@example.com", "Copy member ID"),
    ],
)
def test_names_are_no_ids(name: str, value: str, help_word: str) -> None:
    """What Slack would never match is refused, with the way to the ID."""
    with pytest.raises(SettingsError) as caught:
        settings.load({name: value})

    assert caught.value.name == name
    assert help_word in caught.value.why


@pytest.mark.parametrize("around", ["\n", "\r\n", " ", "\t", "\n\n"])
def test_line_ends_and_blanks_are_not_part_of_a_setting(around: str) -> None:
    """Secrets that come from files and copied lines often end with a line end."""
    for field in settings.Settings.model_fields:
        check_around(field, around)


def check_around(field: str, around: str) -> None:
    """Load one setting as it is and with something around it."""
    info = settings.Settings.model_fields[field]
    example = {
        "slack_app_id": "A1",
        "encryption_key": "sixteen-characters",
        "metrics_token": "sixteen-characters",
        "prompts_dir": "prompts",
        "holidays": "12-25",
    }
    default = "x-secret" if "SecretStr" in str(info.annotation) else (info.default or "")
    value = str(example.get(field) or described(str(info.alias)) or default)
    clean = getattr(settings.load({str(info.alias): value}), field)
    padded = getattr(settings.load({str(info.alias): f"{around}{value}{around}"}), field)

    assert padded == clean
    assert shown(clean) == shown(padded)


def described(name: str) -> str:
    """Return the documented default of a setting."""
    return next(s.default for s in settings.describe() if s.name == name)


def shown(value: object) -> str:
    """Return a value, secret or not."""
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def test_names_that_are_no_setting_are_found(tmp_path: Path) -> None:
    """A mistyped name is told, with the setting that was meant, from both places."""
    env_file = tmp_path / ".env"
    env_file.write_text("REFRAME_QUITE_HOURS=off\nREFRAME_DAILY_CAP=1\nOTHER=1\n")
    found = settings.unknown_names(
        {"reframe_admins": "U1", "REFRAME_FOO": "1", "PATH": "x", "REFRAME_SEAL_KEY": "x"},
        env_file=env_file,
    )

    assert found == ["REFRAME_FOO", "REFRAME_QUITE_HOURS (did you mean REFRAME_QUIET_HOURS?)"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("SLACK_BOT_TOKN", "SLACK_BOT_TOKEN"),
        ("SLACK_SIGNIN_SECRET", "SLACK_SIGNING_SECRET"),
        ("OPENAI_MODLE", "OPENAI_MODEL"),
        ("DATABASE_ULR", "DATABASE_URL"),
        ("database_ulr", "DATABASE_URL"),
    ],
)
def test_a_slip_in_a_name_without_our_beginning_is_found(typed: str, meant: str) -> None:
    found = settings.unknown_names({typed: "x"}, env_file=None)

    assert found == [f"{typed} (did you mean {meant}?)"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("REFRAME_DAILY_LIMIT", "REFRAME_DAILY_CAP"),
        ("REFRAME_MAX_PER_DAY", ""),
        ("REFRAME_HOLIDAY_DATES", "REFRAME_HOLIDAYS"),
        ("REFRAME_CHANNEL_IDS", "REFRAME_CHANNELS"),
        ("REFRAME_ADMIN_USERS", "REFRAME_ADMINS"),
        ("REFRAME_TEXTS_DIR", "REFRAME_PROMPTS_DIR"),
        ("REFRAME_LONGEST_WAITING_TIME_SECONDS", ""),
    ],
)
def test_a_name_of_other_words_is_found_by_those_it_shares(typed: str, meant: str) -> None:
    """A word that many names have, such as SECONDS, tells nothing."""
    (found,) = settings.unknown_names({typed: "x"}, env_file=None)

    assert found == (f"{typed} (did you mean {meant}?)" if meant else typed)


@pytest.mark.parametrize(
    "name",
    ["SLACK_WEBHOOK_URL", "OPENAI_ORG_ID", "OPENAI_API_BASE", "HOSTNAME", "TEST_DATABASE_URL"],
)
def test_other_programs_names_are_theirs(name: str) -> None:
    assert settings.unknown_names({name: "x"}, env_file=None) == []


def test_encryption_keys_are_listed_newest_first() -> None:
    """Split several keys at commas, in order, without the spaces around them."""
    loaded = settings.load({"REFRAME_ENCRYPTION_KEY": "the-newest-secret , the-older-secret"})

    assert loaded.encryption_keys == ["the-newest-secret", "the-older-secret"]
    assert settings.load({}).encryption_keys == []


def test_old_encryption_keys_may_be_weak() -> None:
    """Accept any old key, since a weak one is what needs replacing."""
    loaded = settings.load({"REFRAME_ENCRYPTION_KEY_OLD": "short, older-secret ,"})

    assert loaded.old_encryption_keys == ["short", "older-secret"]
    assert settings.load({}).old_encryption_keys == []


def test_a_mistyped_generated_key_is_refused() -> None:
    """Refuse a generated key that lost a character, without showing it."""
    secret = generate_secret()
    with pytest.raises(SettingsError) as refused:
        settings.load({"REFRAME_ENCRYPTION_KEY": secret[:-1]})

    assert "missing or changed" in str(refused.value)
    assert secret[5:-1] not in str(refused.value)


def test_the_example_file_has_every_setting_and_no_other() -> None:
    """List each setting in .env.example once, under its current name."""
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert sorted(re.findall(r"(?m)^(?:# ?)?([A-Z][A-Z0-9_]*)=", example)) == sorted(NAMES)


def test_the_example_file_changes_nothing(folder: Path) -> None:
    """A copy of .env.example with nothing filled in is a .env with all defaults."""
    (folder / ".env").write_bytes((ROOT / ".env.example").read_bytes())

    assert dict(settings.load()) == dict(settings.load({}))


def test_ids_may_be_typed_in_small_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's ids are in capitals, and no two differ by that alone."""
    monkeypatch.setenv("REFRAME_ADMINS", "u0123abc, W0")
    monkeypatch.setenv("REFRAME_CHANNELS", "c0123abc")
    loaded = settings.load(env_file=None)

    assert loaded.admins == {"U0123ABC", "W0"}
    assert loaded.channels == "C0123ABC"
