"""What was asked is answered, though the process is killed with -9 or the database is away."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from bot.sandbox.faults import Fault
from tests.faults.storm import TEXTS, Storm
from tests.house import ENTITLEMENT, House

ASKS = 60
KILLS = 8


@pytest.mark.slow
async def test_no_ask_is_lost_and_no_direct_answer_doubled(tmp_path: Path) -> None:
    """Of sixty direct messages each has one answer, and each acknowledged command has its answer,
    though the bot died eight times on the way."""
    chance = random.Random(11)
    storm = Storm(tmp_path, f"sqlite:///{tmp_path}/reframe.db", chance)
    slack, workspace = storm.slack, storm.workspace
    taken: list[str] = []

    async def asking() -> None:
        for number in range(ASKS):
            user = workspace.add_user(f"asker{number}")
            dm = workspace.direct_channel(user)
            await slack.say(user, dm, TEXTS[number % len(TEXTS)])
            channel = workspace.add_channel(f"c{number}", [user])
            attempt = await slack.command(user, channel, "/reframe", TEXTS[number % len(TEXTS)])
            if attempt.status == 200:
                taken.append(channel)
            await asyncio.sleep(0.03)

    async with slack:
        slack.delivery.retry_scale, slack.echo_own_posts = 0.02, False
        await storm.start()
        pouring = asyncio.create_task(asking())
        for _ in range(KILLS):
            slack.faults.next("chat.postMessage", Fault.slow(0.2), after=3)
            await asyncio.sleep(chance.uniform(0.1, 0.6))
            await storm.bot.kill()
            await storm.start()
        slack.faults.clear()
        await pouring
        await slack.settled(60)
        await storm.bot.idle(60)
        await storm.bot.stop()

    answers = Counter(channel for channel, _ in workspace.own_posts())
    directs = [c.id for c in workspace.channels.values() if c.is_im]
    acknowledged = {
        a.event_id for a in slack.attempts if a.status == 200 and a.event_id.startswith("Ev")
    }
    assert len(acknowledged) > ASKS / 2
    assert max(answers.values()) == 1
    assert sum(answers[d] for d in directs) == len(acknowledged)
    assert taken
    assert all(workspace.channels[c].ephemerals for c in taken)


async def taken(house: House) -> sqlite3.Connection:
    """The database, locked by somebody else, as soon as the bot lets go of it for a moment."""
    other = sqlite3.connect(f"{house.folder}/reframe.db", timeout=0, isolation_level=None)
    async with asyncio.timeout(5):
        while True:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                await asyncio.sleep(0.005)
            else:
                return other


async def test_a_command_is_not_taken_while_the_database_is_away(house: House) -> None:
    """What can't be stored is not acknowledged: Slack tells the person that it did not work."""
    other = await taken(house)
    attempt = await house.slack.command(house.ana, house.deal, "/reframe", ENTITLEMENT)
    other.execute("ROLLBACK")
    other.close()
    await house.idle()

    assert attempt.status == 503
    assert attempt.seconds < 3
    assert house.shown() == []


async def test_a_direct_message_waits_for_the_database(house: House) -> None:
    """A direct message that could not be stored is sent again by Slack, and answered once."""
    other = await taken(house)
    dm = house.workspace.direct_channel(house.ana)
    saying = asyncio.create_task(house.slack.say(house.ana, dm, ENTITLEMENT))
    await house.until(lambda: any(a.status == 503 for a in house.slack.attempts), 5)
    other.execute("ROLLBACK")
    other.close()
    await saying
    await house.idle()

    assert len(house.direct()) == 1


@pytest.mark.parametrize("fault", [Fault.cut_after(), Fault.http(502, "<html>"), Fault.hang(2)])
async def test_a_direct_answer_in_doubt_is_looked_for(house: House, fault: Fault) -> None:
    """After a cut connection the conversation is searched for the answer's key; it stands there
    once."""
    house.slack.faults.next("chat.postMessage", fault)
    dm = house.workspace.direct_channel(house.ana)
    await house.slack.say(house.ana, dm, ENTITLEMENT)
    await house.idle()

    assert len(house.direct()) == 1
