"""What ``reframe doctor`` says about Slack, the settings and the database, and in which form."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.faults import Fault
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Workspace
from bot.slack.identity import OPTIONAL_SCOPES, SCOPES
from bot.store.database import Database
from bot.store.encryption import generate_secret
from tests.postgres import Postgres
from tests.processes.reframe import reframe

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """Return a Slack that has given the app all scopes."""
    async with FakeSlack() as running:
        running.workspace.granted_scopes = ",".join(sorted(SCOPES))
        yield running


@pytest.fixture(autouse=True)
def _migrated_folder(tmp_path: Path, migrated_sqlite: Path) -> None:
    """Put the database there that ``reframe migrate`` makes. Tests of others name another."""
    shutil.copy(migrated_sqlite, tmp_path / "reframe.db")


async def doctor(folder: Path, slack: FakeSlack, **values: str) -> dict[str, dict[str, Any]]:
    """Return what the command says in JSON, by name; ``exit`` holds the exit code's truth."""
    environment = {
        "SLACK_BOT_TOKEN": slack.workspace.bot_token,
        "SLACK_APP_TOKEN": slack.workspace.app_token,
        "SLACK_API_URL": slack.api_url,
        **values,
    }
    done = await asyncio.to_thread(
        lambda: reframe(folder, "doctor", "--json", environment=environment)
    )
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert done.returncode == (0 if found["ok"] else 1)
    for check in found["checks"]:  # whatever is wrong comes with the line that mends it
        assert check["fix"] or check["state"] in ("ok", "-"), check
    return {check["name"]: check for check in found["checks"]} | {"exit": {"ok": found["ok"]}}


async def test_everything_is_in_order(tmp_path: Path, slack: FakeSlack) -> None:
    """Both tokens, scopes, a real Socket Mode connection, a channel, an admin, and the clock."""
    admin = slack.workspace.add_user("ana")
    channel = slack.workspace.add_channel("deal", [admin])
    found = await doctor(tmp_path, slack, REFRAME_CHANNELS=channel, REFRAME_ADMINS=admin)

    assert found["exit"]["ok"], found
    assert "bot U0REFRAME" in found["Slack"]["detail"]
    assert found["scopes"]["detail"] == "all that the manifest asks for"
    assert found["Socket Mode"]["detail"] == "connects"
    assert slack.socket_mode.connections_opened == 1
    assert found[f"channel {channel}"]["state"] == found[f"admin {admin}"]["state"] == "ok"
    assert found["clock"]["state"] == "ok"


async def test_people_see_a_line_that_mends_it(tmp_path: Path, slack: FakeSlack) -> None:
    """The table names the thing, and the next line starts with an arrow."""
    values = {"SLACK_BOT_TOKEN": "xoxb-wrong", "SLACK_API_URL": slack.api_url}
    done = await asyncio.to_thread(lambda: reframe(tmp_path, "doctor", environment=values))

    assert done.returncode == 1
    assert "Slack refuses the bot token: invalid_auth" in done.stdout
    assert "-> Slack rejected the bot token (invalid_auth). Copy the current one" in done.stdout


@pytest.mark.parametrize(
    ("fault", "values", "name", "said"),
    [
        (("auth.test", Fault.error("token_revoked")), {}, "Slack", "token_revoked"),
        (("auth.test", Fault.http(502)), {}, "Slack", "does not answer"),
        ((), {"SLACK_APP_TOKEN": "xapp-1-A0REFRAME-old"}, "Socket Mode", "invalid_auth"),
        ((), {"SLACK_APP_TOKEN": "xapp-1-A0OTHER-x"}, "Socket Mode", "of the app A0OTHER"),
        ((), {"SLACK_APP_TOKEN": ""}, "events", "neither SLACK_APP_TOKEN nor"),
        ((), {"SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN", "belongs in SLACK_BOT_TOKEN"),
        ((), {"SLACK_BOT_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN", "belongs in SLACK_APP_TOKEN"),
        ((), {"SLACK_BOT_TOKEN": "xoxp-1"}, "SLACK_BOT_TOKEN", "a user token"),
        ((), {"SLACK_SIGNING_SECRET": "xapp-1"}, "SLACK_SIGNING_SECRET", "the signing secret"),
        ((), {"REFRAME_DAILYCAP": "3"}, "settings", "REFRAME_DAILY_CAP?"),
        ((), {"REFRAME_DAILY_CAP": "x"}, "settings", "REFRAME_DAILY_CAP can't be used"),
        ((), {"REFRAME_CHANNELS": "C0404"}, "channel C0404", "no channel has this ID"),
        ((), {"REFRAME_ADMINS": "U0404"}, "admin U0404", "nobody in this workspace"),
        ((), {"REFRAME_LANGUAGE": "xx"}, "words", "strings.xx.toml"),
        ((), {"DATABASE_URL": "sqlite:///none/r.db"}, "database", "doesn't exist"),
        ((), {"DATABASE_URL": "sqlite:///new.db"}, "database", "doesn't exist yet"),
        ((), {"REFRAME_PROMPTS_DIR": "none"}, "settings", "/none is no folder that exists"),
        ((), {"REFRAME_DAILY_LIMIT": "3"}, "settings", "did you mean REFRAME_DAILY_CAP?"),
        ((), {"DATABASE_URL": "data/r.db"}, "database", "which kind of database"),
        ((), {"DATABASE_URL": "mysql://x/y"}, "database", "not supported"),
        ((), {"DATABASE_URL": "postgresql://x@127.0.0.1:1/y"}, "database", "127.0.0.1:1"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_named(
    tmp_path: Path,
    slack: FakeSlack,
    fault: tuple[str, Fault] | tuple[()],
    values: dict[str, str],
    name: str,
    said: str,
) -> None:
    """One thing is wrong; its check says so, and the exit code is 1."""
    if fault:
        slack.faults.inject(*fault, times=9)
    found = await doctor(tmp_path, slack, **values)

    assert not found["exit"]["ok"]
    assert said in found[name]["detail"]
    assert found[name]["state"] == "not ok"
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize(
    ("granted", "state", "said"),
    [
        (SCOPES - {"commands"}, "not ok", "missing: commands"),
        (SCOPES - OPTIONAL_SCOPES, "warning", "private channels stay silent"),
        (frozenset[str](), "-", "Slack doesn't say"),
    ],
)
async def test_scopes(
    tmp_path: Path, slack: FakeSlack, granted: frozenset[str], state: str, said: str
) -> None:
    """Compare what Slack granted (its header) with what the manifest asks for."""
    slack.workspace.granted_scopes = ",".join(granted)
    found = await doctor(tmp_path, slack)

    assert (found["scopes"]["state"], found["exit"]["ok"]) == (state, state != "not ok")
    assert said in found["scopes"]["detail"]


@pytest.mark.parametrize(("mode", "is_named"), [(0o644, True), (0o640, True), (0o600, False)])
async def test_who_may_read_the_tokens(
    tmp_path: Path, slack: FakeSlack, mode: int, is_named: bool
) -> None:
    """A file with tokens that other users of the machine can read deserves a look."""
    (tmp_path / ".env").write_text("")
    (tmp_path / ".env").chmod(mode)
    found = await doctor(tmp_path, slack)

    assert (".env" in found) == is_named
    assert found["exit"]["ok"]


async def test_channels_that_the_bot_cannot_read(tmp_path: Path, slack: FakeSlack) -> None:
    """Not in it, archived, or without the scope to read it; each with a line that mends it."""
    w = slack.workspace
    outside = w.add_channel("outside", with_bot=False)
    archived = w.add_channel("archived", is_archived=True)
    closed = w.add_channel("closed")
    slack.faults.inject("conversations.history", Fault.error("missing_scope"), times=1, after=1)
    ids = (outside, archived, closed)
    found = await doctor(tmp_path, slack, REFRAME_CHANNELS=",".join(ids))
    states = [found[f"channel {each}"]["state"] for each in ids]
    details = [found[f"channel {each}"]["detail"] for each in ids]

    assert states == ["not ok"] * 3
    assert "isn't in it" in details[0]
    assert "archived" in details[1]
    assert "missing_scope" in details[2]


async def test_in_no_channel_yet(tmp_path: Path, slack: FakeSlack) -> None:
    """With ``*`` count where the bot is; public ones alone if it may not see private ones."""
    w = slack.workspace
    none = await doctor(tmp_path, slack)
    w.add_channel("deal")
    slack.faults.inject("users.conversations", Fault.error("missing_scope"))
    one = await doctor(tmp_path, slack)

    assert "/invite @Reframe" in none["channels"]["fix"]
    assert one["channels"]["detail"] == "the bot is in 1"


async def test_an_admin_who_is_a_guest(tmp_path: Path, slack: FakeSlack) -> None:
    guest = slack.workspace.add_user("gus", is_restricted=True)
    found = await doctor(tmp_path, slack, REFRAME_ADMINS=guest)

    assert "is a guest" in found[f"admin {guest}"]["detail"]


@pytest.mark.parametrize(
    ("off", "state"), [(1_000.0, "not ok"), (-1_000.0, "not ok"), (100.0, "warning"), (2.0, "ok")]
)
async def test_the_clock(tmp_path: Path, off: float, state: str) -> None:
    """Compare this machine's clock with the Date of Slack's answers."""
    async with FakeSlack(Workspace(lambda: time.time() - off)) as slack:
        found = await doctor(tmp_path, slack)

    assert found["clock"]["state"] == state
    assert found["clock"]["detail"][0] == f"{off:+.0f}"[0]


@pytest.mark.parametrize(
    ("secret", "state", "said"),
    [
        (SECRET, "ok", ""),
        (f"  {SECRET}\n", "ok", ""),
        (f"{SECRET[:16]} {SECRET[16:]}", "warning", "a blank"),
        ("too-short", "warning", "this one has 9"),
    ],
)
async def test_the_form_of_the_signing_secret(
    tmp_path: Path, slack: FakeSlack, secret: str, state: str, said: str
) -> None:
    """A line end or blank around it is no matter; whatever else differs is told, and not shown."""
    found = await doctor(tmp_path, slack, SLACK_SIGNING_SECRET=secret)

    assert found["SLACK_SIGNING_SECRET"]["state"] == state
    assert said in found["SLACK_SIGNING_SECRET"]["detail"]
    assert secret.strip() not in json.dumps(found)


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("reframe.db", "sqlite:///reframe.db"),
        ("data/r.db", "sqlite:///data/r.db"),
        ("/var/lib/reframe.db", "sqlite:////var/lib/reframe.db"),
        ("file:///var/lib/r.db", "sqlite:////var/lib/r.db"),
        ("sqlite:/var/lib/r.db", "sqlite:////var/lib/r.db"),
        ("sqlite:r.db", "sqlite:///r.db"),
        ("sqlite://data/r.db", "sqlite:///data/r.db"),
        ("sqlite://r.db", "sqlite:///r.db"),
    ],
)
async def test_a_path_in_place_of_the_address_of_a_database(
    tmp_path: Path, slack: FakeSlack, address: str, meant: str
) -> None:
    """The address that was meant is told, to copy."""
    found = await doctor(tmp_path, slack, DATABASE_URL=address)

    assert f"write DATABASE_URL={meant} (" in found["database"]["fix"]


async def test_a_password_without_an_address_is_not_shown(tmp_path: Path, slack: FakeSlack) -> None:
    found = await doctor(tmp_path, slack, DATABASE_URL="ana:hush-7f3a@db/reframe")

    assert found["database"]["state"] == "not ok"
    assert "hush" not in json.dumps(found)


async def test_a_setting_under_its_old_name(tmp_path: Path, slack: FakeSlack) -> None:
    """It works, and stands in the table under both names; the log's line about it stays away."""
    found = await doctor(tmp_path, slack, REFRAME_SEAL_KEY=generate_secret())

    assert found["REFRAME_SEAL_KEY"]["state"] == "warning"
    assert "REFRAME_ENCRYPTION_KEY" in found["REFRAME_SEAL_KEY"]["fix"]


async def test_socket_mode_without_a_hello(tmp_path: Path, slack: FakeSlack) -> None:
    """A token that is accepted is not enough: the connection must come to be."""
    slack.socket_mode.refuse_connections = True
    found = await doctor(tmp_path, slack)

    assert "can't connect" in found["Socket Mode"]["detail"]
    assert not found["exit"]["ok"]


async def test_a_proxy_whose_port_is_none(tmp_path: Path, slack: FakeSlack) -> None:
    found = await doctor(tmp_path, slack, HTTPS_PROXY="http://ana:hush-7f3a@127.0.0.1:99999")

    assert found["proxy"]["detail"] == "calls to Slack go through a proxy"
    assert "HTTPS_PROXY" in found["Slack"]["fix"]
    assert "hush" not in json.dumps(found)


async def test_a_proxy_is_named_without_its_password(tmp_path: Path, slack: FakeSlack) -> None:
    proxy = "http://ana:hush-7f3a@127.0.0.1:9"
    found = await doctor(tmp_path, slack, HTTPS_PROXY=proxy)

    assert found["proxy"]["detail"] == "calls to Slack go through 127.0.0.1:9"
    assert "HTTPS_PROXY" in found["Slack"]["fix"]
    assert "hush" not in json.dumps(found)


@pytest.mark.parametrize(
    ("revision", "said"), [("0001", "is at migration 0001"), ("9999", "by a newer version")]
)
async def test_the_migration_of_the_database(
    tmp_path: Path, slack: FakeSlack, revision: str, said: str
) -> None:
    """Tell a database of an older version from one of a newer version."""
    database = Database(f"sqlite:///{tmp_path}/reframe.db")
    async with database.begin() as connection:
        await connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
    await database.close()
    found = await doctor(tmp_path, slack)

    assert said in found["database"]["detail"]
    assert not found["exit"]["ok"]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://nobody_here@/postgres?host={folder}", "no user nobody_here"),
        ("postgresql://postgres@/none_such?host={folder}", "no database none_such"),
        ("postgresql://postgres@/postgres?host={folder}", "has no tables yet"),
        ("postgresql://postgres@no-such-host.invalid/x", "no database server named"),
    ],
)
async def test_which_part_of_a_postgresql_address_is_wrong(
    tmp_path: Path, slack: FakeSlack, postgres: Postgres, address: str, said: str
) -> None:
    found = await doctor(tmp_path, slack, DATABASE_URL=address.format(folder=postgres.folder))

    assert said in found["database"]["detail"]
    assert not found["exit"]["ok"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"SLACK_BOT_TOKEN": "xapp-1", "SLACK_APP_TOKEN": "xoxb-1"}, "belongs in SLACK_APP_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxp-1", "SLACK_APP_TOKEN": "xapp-1"}, "a user token"),
    ],
)
def test_run_refuses_misplaced_tokens(tmp_path: Path, values: dict[str, str], said: str) -> None:
    """Without asking Slack, which can't be reached here."""
    address = {"SLACK_API_URL": "http://127.0.0.1:9/"}
    done = reframe(tmp_path, "run", environment=values | address)

    assert done.returncode == 2
    assert done.stderr.startswith("The setting SLACK_BOT_TOKEN can't be used")
    assert said in done.stderr


def test_run_warns_of_an_odd_signing_secret(tmp_path: Path) -> None:
    """The warnings that need no network come before anything is asked."""
    values = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "hush 7f3a",
        "SLACK_API_URL": "http://127.0.0.1:9/",
        "DATABASE_URL": "sqlite:///none/r.db",
    }
    done = reframe(tmp_path, "run", "--http", environment=values)

    assert done.returncode == 2
    assert "SLACK_SIGNING_SECRET: it has a blank" in done.stderr
    assert "hush" not in done.stderr


async def test_many_workspaces_need_no_token(tmp_path: Path, slack: FakeSlack) -> None:
    """What is missing is said with the line that mends it; Slack is asked whether it is there."""
    many = {
        "SLACK_BOT_TOKEN": "",
        "SLACK_APP_TOKEN": "",
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "x",
        "SLACK_SIGNING_SECRET": SECRET,
        "REFRAME_ENCRYPTION_KEY": generate_secret(),
    }
    found = await doctor(tmp_path, slack, **many)
    assert "any workspace may install the bot" in found["Slack"]["detail"]
    assert found["Slack"]["state"] == "ok"

    found = await doctor(tmp_path, slack, **many | {"REFRAME_ENCRYPTION_KEY": ""})
    assert "REFRAME_ENCRYPTION_KEY" in found["Slack"]["detail"]
    assert "new-key" in found["Slack"]["fix"]

    away = {"SLACK_API_URL": "http://127.0.0.1:9/"}
    found = await doctor(tmp_path, slack, **many | away)
    assert "does not answer" in found["Slack"]["detail"]
