"""What sellers and channels asked for, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from bot.core.model import Feedback, Message, Past, Reply, Trap, Verdict
from bot.core.policy import DAY
from bot.flows.ports import PostKind
from bot.store.database import Database
from bot.store.inbox import SqlInbox
from bot.store.outbox import SqlOutbox
from bot.store.people import SqlPeople
from bot.store.tables import findings, outbox

NOW = 1_760_000_000.0
MUTE_UNTIL = NOW + 14 * DAY
PAUSE_UNTIL = NOW + 7 * DAY
SEEN = Verdict(Trap.FIXING, 0.97, suspicious=True, sure=True, detector="test")
REPLY = Reply("fixing-01", "A gap is in view.", "What did they say?", "Idea from: an article")
ASKED = Message("Ev1", "T1", "C1", "1760000001.000100", "U1", "words", version="1760000001.000100")
KEY = f"nudge-C1-{ASKED.ts}"
WORDS = {str(f): f"the line for {f}" for f in Feedback} | {"only_author": "not yours"}
EVERY = list(Feedback)


@pytest.fixture
async def people(database: Database) -> SqlPeople:
    """Preferences, after one nudge that stands in the thread."""
    box, out = SqlInbox(database), SqlOutbox(database)
    await box.accept(ASKED, due_at=NOW, now=NOW)
    (suspect,) = await box.due(NOW, 1)
    await box.decide(suspect, SEEN, REPLY, now=NOW, playbook="p")
    (post,) = await out.ready(NOW, 1)
    await out.begin(post, now=NOW, doubt_until=NOW + 15)
    await out.sent(post, "1760000002.000100", now=NOW)
    return SqlPeople(database)


async def press(
    people: SqlPeople,
    feedback: Feedback,
    *,
    user: str = "U1",
    key: str = KEY,
    now: float = NOW,
    pause_until: float = PAUSE_UNTIL,
) -> Feedback | None:
    return await people.answer(
        key,
        user,
        feedback,
        now=now,
        words=WORDS,
        mute_until=MUTE_UNTIL,
        pause_until=pause_until,
    )


async def past(
    database: Database,
    *,
    team: str = "T1",
    user: str = "U1",
    channel: str = "C1",
    trap: Trap = Trap.FIXING,
) -> Past:
    """What policy sees when this person writes next."""
    later = Message("Ev2", team, channel, "1760000900.000100", user, "more words")
    return await SqlInbox(database).past(later, trap, now=NOW, cool_down_seconds=0)


async def kept(database: Database) -> tuple[str | None, float | None]:
    """The answer in the finding, and when it was given."""
    async with database.begin() as connection:
        row = (await connection.execute(select(findings))).one()
    return row.feedback, row.answered_at


async def to_say(database: Database) -> list[tuple[str, str, str | None]]:
    """(kind, for whom or about what, words) of all that an answer put into the outbox."""
    posts = await SqlOutbox(database).ready(NOW, 99)
    return sorted((p.kind, p.target, p.body.get("line")) for p in posts)


def whisper(what: str, user: str = "U1") -> tuple[str, str, str | None]:
    return (PostKind.WHISPER, user, WORDS[what])


RETRACTION = (PostKind.RETRACT, "1760000002.000100", None)


@pytest.mark.parametrize(
    ("feedback", "also", "muted_until", "paused_until"),
    [
        (Feedback.HELPFUL, [], None, None),
        (Feedback.NOT_THIS_TIME, [], None, None),
        (Feedback.WRONG, [RETRACTION], MUTE_UNTIL, None),
        (Feedback.PAUSE, [], None, PAUSE_UNTIL),
    ],
)
async def test_an_answer_does_what_it_asks(
    people: SqlPeople,
    database: Database,
    feedback: Feedback,
    also: list[Any],
    muted_until: float | None,
    paused_until: float | None,
) -> None:
    """Each answer is kept and acknowledged; only Wrong and Pause change what comes next."""
    assert await press(people, feedback) is feedback

    next_time = await past(database)
    assert (next_time.muted_until, next_time.paused_until) == (muted_until, paused_until)
    assert await kept(database) == (feedback, NOW)
    assert await to_say(database) == sorted([*also, whisper(feedback)])


@pytest.mark.parametrize("feedback", EVERY)
async def test_a_repeat_changes_nothing(
    people: SqlPeople, database: Database, feedback: Feedback
) -> None:
    """A second press, later, neither says more, nor moves a time, nor asks for longer."""
    await press(people, feedback)
    before = (await kept(database), await to_say(database), await past(database))
    again = await press(people, feedback, now=NOW + 60, pause_until=PAUSE_UNTIL + 60)

    assert again is feedback
    assert (await kept(database), await to_say(database), await past(database)) == before


@pytest.mark.parametrize("feedback", EVERY)
async def test_presses_at_once_count_once(
    people: SqlPeople, database: Database, feedback: Feedback
) -> None:
    """Four deliveries of one press at the same time are one answer."""
    given = await asyncio.gather(*(press(people, feedback) for _ in range(4)))

    assert given == [feedback] * 4
    assert (await to_say(database)).count(whisper(feedback)) == 1
    assert (await to_say(database)).count(RETRACTION) == (feedback is Feedback.WRONG)


async def test_different_presses_at_once_are_all_heard(
    people: SqlPeople, database: Database
) -> None:
    """All four buttons at the same time: every wish is done, and one of them is the answer."""
    assert await asyncio.gather(*(press(people, f) for f in EVERY)) == EVERY

    next_time = await past(database)
    assert (next_time.muted_until, next_time.paused_until) == (MUTE_UNTIL, PAUSE_UNTIL)
    assert (await kept(database))[0] in EVERY
    assert await to_say(database) == sorted([RETRACTION, *map(whisper, EVERY)])


async def test_a_change_of_mind_is_kept(people: SqlPeople, database: Database) -> None:
    """The latest answer stands, with its time."""
    await press(people, Feedback.NOT_THIS_TIME)
    await press(people, Feedback.HELPFUL, now=NOW + 60)

    assert await kept(database) == (Feedback.HELPFUL, NOW + 60)


@pytest.mark.parametrize("feedback", EVERY)
async def test_only_the_author_answers(
    people: SqlPeople, database: Database, feedback: Feedback
) -> None:
    """Others hear once each, in private, that it is not theirs; nothing else happens."""
    for user in ("U2", "U2", "U3"):
        assert await press(people, feedback, user=user) is None

    assert await kept(database) == (None, None)
    assert await to_say(database) == [whisper("only_author", "U2"), whisper("only_author", "U3")]
    for user in ("U1", "U2"):
        theirs = await past(database, user=user)
        assert (theirs.muted_until, theirs.paused_until) == (None, None)


@pytest.mark.parametrize("key", ["nudge-C1-1.0", "", f"retract-{KEY}", "x' OR '1'='1"])
async def test_an_unknown_key_is_nobodys(people: SqlPeople, database: Database, key: str) -> None:
    """A press on something that is no nudge of ours keeps nothing and says nothing."""
    assert await press(people, Feedback.WRONG, key=key) is None

    assert await kept(database) == (None, None)
    async with database.begin() as connection:
        assert (await connection.execute(select(outbox.c.key))).scalars().all() == [KEY]


@pytest.mark.parametrize("other", [{"user": "U2"}, {"team": "T2"}, {"trap": Trap.BLAME}])
async def test_a_mute_is_for_one_trap_of_one_person(
    people: SqlPeople, database: Database, other: dict[str, Any]
) -> None:
    """Wrong mutes that trap for that person, in every channel, and nothing else."""
    await press(people, Feedback.WRONG)

    assert (await past(database, channel="C2")).muted_until == MUTE_UNTIL
    assert (await past(database, **other)).muted_until is None


@pytest.mark.parametrize("other", [{"user": "U2"}, {"team": "T2"}])
async def test_a_pause_is_for_one_person(
    people: SqlPeople, database: Database, other: dict[str, Any]
) -> None:
    """Pause keeps the bot still for that person, whatever the trap and channel."""
    await press(people, Feedback.PAUSE)

    assert (await past(database, channel="C2", trap=Trap.BLAME)).paused_until == PAUSE_UNTIL
    assert (await past(database, **other)).paused_until is None


async def test_resume_ends_the_pause_and_no_mute(people: SqlPeople, database: Database) -> None:
    """A seller who resumes is heard again at once; what was muted stays muted."""
    await press(people, Feedback.WRONG)
    await press(people, Feedback.PAUSE)
    await people.resume("T1", "U1", now=NOW)

    next_time = await past(database)
    assert (next_time.muted_until, next_time.paused_until) == (MUTE_UNTIL, None)


async def test_resume_is_for_one_person(people: SqlPeople, database: Database) -> None:
    """Someone else's resume, here or in another workspace, ends no pause."""
    await press(people, Feedback.PAUSE)
    await people.resume("T1", "U2", now=NOW)
    await people.resume("T2", "U1", now=NOW)

    assert (await past(database)).paused_until == PAUSE_UNTIL


async def test_resume_without_a_pause_is_harmless(people: SqlPeople, database: Database) -> None:
    """Resuming what was never paused, twice, leaves no pause."""
    await people.resume("T1", "U1", now=NOW)
    await people.resume("T1", "U1", now=NOW)

    assert (await past(database)).paused_until is None


async def test_pause_works_again_after_resume(people: SqlPeople, database: Database) -> None:
    """A seller who resumed and presses Pause on the same nudge is left in peace again."""
    await press(people, Feedback.PAUSE)
    await people.resume("T1", "U1", now=NOW)
    await press(people, Feedback.PAUSE, now=NOW + 60, pause_until=PAUSE_UNTIL + 60)

    assert (await past(database)).paused_until == PAUSE_UNTIL + 60


@pytest.mark.parametrize("other", [{"channel": "C2"}, {"team": "T2"}])
async def test_a_channel_pause_is_for_one_channel(
    people: SqlPeople, database: Database, other: dict[str, Any]
) -> None:
    """A paused channel is paused for everyone in it, and for no other channel."""
    await people.pause_channel("T1", "C1", until=NOW + DAY, why="is_archived")

    assert (await past(database, user="U2")).channel_paused_until == NOW + DAY
    assert (await past(database, **other)).channel_paused_until is None


async def test_the_latest_channel_pause_counts(people: SqlPeople, database: Database) -> None:
    """Pausing a channel again sets the new time, also when two come at once."""
    await people.pause_channel("T1", "C1", until=NOW + DAY, why="is_archived")
    await asyncio.gather(
        *(people.pause_channel("T1", "C1", until=NOW + 2 * DAY, why="is_archived") for _ in "ab")
    )

    assert (await past(database)).channel_paused_until == NOW + 2 * DAY
