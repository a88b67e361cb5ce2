"""No word of a message is readable on disk, at no step of its way, whatever happens to the bot.

The files of the database are searched, its write-ahead log, PostgreSQL's whole folder, the bot's
log, and what temporary files it may write.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Workspace
from bot.store.database import Database
from bot.store.encryption import Encryptor, derive_key, generate_secret
from bot.store.unit_of_work import SqlStore
from tests.harness import ENTITLEMENT, NO_LIMITS
from tests.postgres import Postgres, migrate
from tests.processes.reframe import command as reframe_program

CANARY = "zanzibarquince"


class Disk:
    """Where a bot may leave words."""

    def __init__(self, folder: Path, address: str, server: Postgres | None) -> None:
        self.folder = folder
        self.address = address
        self._server = server

    def readable(self) -> list[str]:
        """Return the files in which the canary can be read, everything written out first."""
        if self._server is not None:
            with psycopg.connect(self.address, autocommit=True) as connection:
                connection.execute("CHECKPOINT")
        places = [self.folder, *([self._server.folder] if self._server else [])]
        found = []
        for file in (f for place in places for f in place.rglob("*") if f.is_file()):
            with contextlib.suppress(FileNotFoundError):
                if CANARY.encode() in file.read_bytes():
                    found.append(file.name)
        return found


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path}/reframe.db"
        migrate(address)
        yield Disk(tmp_path, address, None)
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database(migrated=True) as address:
        yield Disk(tmp_path, address, server)


@pytest.mark.parametrize("has_key", [True, False], ids=["with a key", "without a key"])
async def test_no_word_is_readable_on_disk(disk: Disk, *, has_key: bool) -> None:
    """A message that waits, is killed with its bot, is decided and answered; and what is asked."""
    async with FakeSlack(Workspace()) as slack:
        slack.delivery.retry_scale = 0.005
        workspace = slack.workspace
        ana = workspace.add_user("ana")
        deal = workspace.add_channel("deal", [ana])
        settings = {
            **NO_LIMITS,
            "REFRAME_DELIVERY": "thread",
            "REFRAME_SETTLE_SECONDS": 1,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_SIGNING_SECRET": workspace.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": disk.address,
            "REFRAME_LOG_LEVEL": "DEBUG",
            "REFRAME_ENCRYPTION_KEY": generate_secret() if has_key else "",
            "TMPDIR": str(disk.folder),
        }
        environment = {name: str(value) for name, value in settings.items()}
        program = (*reframe_program(), "run")
        bot = BotProcess(environment, disk.folder, "--http", program=program)
        await bot.start()
        slack.set_request_url(bot.url)
        try:
            ts = await slack.post_message(ana, deal, f"{CANARY}: {ENTITLEMENT}")
            await slack.wait_for_deliveries()
            assert disk.readable() == []
            await bot.kill()
            assert disk.readable() == []
            await bot.start()
            await bot.wait_until_idle()
            assert disk.readable() == []
            assert len(workspace.replies(deal, ts)) == 1

            await slack.run_command(ana, deal, "/reframe", f"{CANARY} {ENTITLEMENT}")
            assert disk.readable() == []
            await slack.post_message(ana, workspace.dm_channel(ana), f"{CANARY} {ENTITLEMENT}")
            await slack.wait_for_deliveries()
            assert disk.readable() == []
            await bot.wait_until_idle()
            assert disk.readable() == []
            assert CANARY in str(workspace.messages(deal))  # it was said, only not written down
        finally:
            await bot.stop()


async def test_words_in_the_outbox_are_not_readable(disk: Disk) -> None:
    """Those of a model, or a person's plan, from when they are queued until Slack has them."""
    database = Database(disk.address)
    store = SqlStore(database, Encryptor(derive_key(generate_secret(), b"salt")))
    said = OutgoingMessage(
        "reflection-1",
        MessageKind.MESSAGE,
        "T1",
        "U1",
        recipient_id="U1",
        content={"text": "Look back"},
        private_content={"text": f"If {CANARY}, then call"},
    )
    async with store.begin() as uow:
        await uow.outbox.enqueue(said, now=0.0)
        (claimed,) = await uow.outbox.claim_ready(now=0.0, limit=9, owner="w", lease_until=9.0)
    assert CANARY in str(claimed.message.content)
    assert disk.readable() == []
    await database.close()
    assert disk.readable() == []
