"""No secret and no text shows where an object is printed: settings, errors, store objects."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

import pytest

from bot import settings
from bot.cli import problems
from bot.core.model import Message
from bot.flows.errors import DatabaseError, SettingsError
from bot.slack.workspaces import SingleWorkspace
from bot.store.database import Database, engine_url
from bot.store.encryption import Encryptor, ScryptCost, derive_key, generate_secret
from bot.store.unit_of_work import SqlStore

HIDDEN = "hush7f3a"
SECRETS = {
    "SLACK_BOT_TOKEN": f"xoxb-{HIDDEN}",
    "SLACK_APP_TOKEN": f"xapp-{HIDDEN}",
    "SLACK_SIGNING_SECRET": f"sign-{HIDDEN}",
    "SLACK_CLIENT_SECRET": f"client-{HIDDEN}",
    "OPENAI_API_KEY": f"sk-{HIDDEN}",
    "DATABASE_URL": f"postgresql://reframe:{HIDDEN}@localhost/reframe",
    "REFRAME_METRICS_TOKEN": f"a long token with {HIDDEN}",
    "REFRAME_ENCRYPTION_KEY": f"a long phrase with {HIDDEN}",
    "REFRAME_ENCRYPTION_KEY_OLD": f"an older phrase with {HIDDEN}",
}


def test_every_secret_of_the_settings_is_hidden() -> None:
    """A setting that is a secret has a canary above, so a new one can't be forgotten."""
    secret = {
        str(field.alias)
        for field in settings.Settings.model_fields.values()
        if "SecretStr" in str(field.annotation)
    }
    named = {
        name
        for name, _, _ in settings.describe()
        if any(part in name for part in ("TOKEN", "SECRET", "KEY", "DATABASE_URL"))
    }

    assert secret == set(SECRETS) == named


@pytest.mark.fault_case(44)
def test_no_secret_shows_in_settings() -> None:
    """Print the settings in every way that a log or a traceback does."""
    loaded = settings.load(SECRETS)
    shown = [repr(loaded), str(loaded), f"{loaded}", str(loaded.model_dump()), str(vars(loaded))]
    shown += [loaded.model_dump_json(), repr(loaded.limits), repr(loaded.judge_limits)]

    assert [text for text in shown if HIDDEN in text] == []


@pytest.mark.parametrize("name", SECRETS)
def test_a_refused_setting_is_not_shown(
    name: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Name the setting that can't be used, not its value, in error, traceback, and sentence."""
    bad = {**SECRETS, name: {"not": HIDDEN}}
    with (
        caplog.at_level(logging.DEBUG, "bot"),
        pytest.raises(SettingsError) as refused,
    ):
        settings.load(bad)
    problems.explain(refused.value)

    for text in (str(refused.value), repr(refused.value), everything_about(refused.value)):
        assert HIDDEN not in text
    assert HIDDEN not in capsys.readouterr().err + caplog.text


def everything_about(error: BaseException) -> str:
    """Return the traceback of an error, as a log shows it."""
    return "".join(traceback.format_exception(error))


@pytest.mark.fault_case(44)
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Database(SECRETS["DATABASE_URL"]), id="database"),
        pytest.param(lambda: engine_url(SECRETS["DATABASE_URL"]), id="address"),
        pytest.param(lambda: SqlStore(Database(SECRETS["DATABASE_URL"]), encryptor()), id="store"),
        pytest.param(lambda: encryptor(), id="encryptor"),
        pytest.param(
            lambda: derive_key(SECRETS["REFRAME_ENCRYPTION_KEY"], b"", ScryptCost(2, 8, 1)),
            id="key",
        ),
        pytest.param(
            lambda: encryptor().decrypt(encryptor().encrypt(HIDDEN, ("t",)) or "", ("t",)),
            id="opened",
        ),
        pytest.param(lambda: settings.load(SECRETS).slack_bot_token, id="token"),
        pytest.param(
            lambda: Message("Ev", "T1", "C1", "1.5", "", "U1", HIDDEN, "1.5"), id="message"
        ),
    ],
)
def test_no_secret_shows_in_an_object(make: Callable[[], object]) -> None:
    """Whatever is printed by accident shows names and ids only."""
    made = make()

    assert HIDDEN not in f"{made!r} {made!s} {[made]}"


def encryptor() -> Encryptor:
    """Return an encryptor with the secret of these tests."""
    return Encryptor(derive_key(SECRETS["REFRAME_ENCRYPTION_KEY"], b"", ScryptCost(2, 8, 1)))


def test_a_generated_key_shows_nowhere() -> None:
    """Neither the secret nor what is derived from it is in a repr."""
    secret = generate_secret()
    key = derive_key(secret, b"salt")

    assert secret not in repr(key) + repr(Encryptor(key))
    assert secret[5:20] not in repr(vars(Encryptor(key)))


async def test_a_database_that_is_away_shows_no_password() -> None:
    """Name the database without its password if it can't be reached."""
    database = Database(f"postgresql://reframe:{HIDDEN}@localhost:1/reframe")
    with pytest.raises(DatabaseError) as away:
        await database.open()

    assert HIDDEN not in f"{away.value} {away.value!r} {away.value.what}"
    assert HIDDEN not in everything_about(away.value)


def test_clients_show_no_token() -> None:
    """An object that holds clients doesn't print their tokens."""
    assert SingleWorkspace.__repr__ is object.__repr__
