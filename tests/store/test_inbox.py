"""The inbox, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from sqlalchemy import select

from bot.core.model import Message, Reason, Reply, Suspect, Trap, Verdict
from bot.store.database import Database
from bot.store.inbox import SqlInbox
from bot.store.outbox import SqlOutbox
from bot.store.tables import findings, inbox

SURE = Verdict(Trap.BLAME, 0.97, suspicious=True, sure=True, detector="test")
REPLY = Reply("blame-01", "No answer so far.", "What could help?", "Idea from: an article")
NOW = 1_760_000_000.0


def message(n: int = 1, **changes: str) -> Message:
    at = f"{1_760_000_000 + n}.000100"
    made = Message(f"Ev{n}", "T1", "C1", at, "U1", f"they owe us {n}", version=at)
    return dataclasses.replace(made, **changes)


@pytest.fixture
def box(database: Database) -> SqlInbox:
    return SqlInbox(database)


async def only(box: SqlInbox, now: float = NOW) -> Suspect:
    (suspect,) = await box.due(now, 10)
    return suspect


async def test_the_same_event_is_stored_once(box: SqlInbox) -> None:
    """Four deliveries of one event at the same time make one row."""
    stored = await asyncio.gather(*(box.accept(message(), due_at=NOW, now=NOW) for _ in range(4)))

    assert sorted(stored) == [False, False, False, True]
    assert len(await box.due(NOW, 10)) == 1


async def test_two_events_for_one_message_are_stored_once(box: SqlInbox) -> None:
    """A message that comes under two event ids is one message."""
    await box.accept(message(), due_at=NOW, now=NOW)

    assert not await box.accept(message(event_id="EvOther"), due_at=NOW, now=NOW)


async def test_a_message_settles_before_it_is_due(box: SqlInbox) -> None:
    """Nothing is handed out before its time, and the box knows when that is."""
    await box.accept(message(), due_at=NOW + 15, now=NOW)

    assert await box.due(NOW, 10) == []
    assert await box.next_due() == NOW + 15


async def test_the_text_is_erased_with_the_decision(box: SqlInbox, database: Database) -> None:
    """After a decision the words are gone and the reason stays."""
    await box.accept(message(), due_at=NOW, now=NOW)
    await box.decide(await only(box), SURE, Reason.DAILY_CAP, now=NOW, playbook="p1")

    async with database.begin() as connection:
        row = (await connection.execute(select(inbox))).one()
        found = (await connection.execute(select(findings))).one()
    assert (row.text, row.reason) == (None, "daily_cap")
    assert (found.outcome, found.trap, found.playbook) == ("daily_cap", "blame", "p1")


async def test_one_decision_wins(box: SqlInbox, database: Database) -> None:
    """Two workers with the same suspect can't both decide it."""
    await box.accept(message(), due_at=NOW, now=NOW)
    suspect = await only(box)

    assert await box.decide(suspect, SURE, REPLY, now=NOW, playbook="p")
    assert not await box.decide(suspect, SURE, REPLY, now=NOW, playbook="p")
    assert len(await SqlOutbox(database).ready(NOW, 10)) == 1


async def test_an_edit_replaces_the_waiting_text(box: SqlInbox) -> None:
    """What is judged is the latest wording, after a settling time of its own."""
    await box.accept(message(), due_at=NOW, now=NOW)
    edited = message(text="they still owe us", version="1760000009.000100", event_id="EvEdit")
    await box.amend(edited, due_at=NOW + 5, now=NOW)

    assert (await only(box, NOW + 5)).message.text == "they still owe us"


async def test_an_older_edit_changes_nothing(box: SqlInbox) -> None:
    """Edits that arrive out of order leave the latest wording."""
    await box.accept(message(), due_at=NOW, now=NOW)
    await box.amend(message(text="third", version="1760000030.0"), due_at=NOW, now=NOW)
    await box.amend(message(text="second", version="1760000020.0"), due_at=NOW, now=NOW)

    assert (await only(box)).message.text == "third"


async def test_an_edit_before_the_original_wins(box: SqlInbox) -> None:
    """The first writing, arriving late, does not bring old words back."""
    await box.amend(message(text="later", version="1760000030.0"), due_at=NOW, now=NOW)
    await box.accept(message(event_id="EvFirst"), due_at=NOW, now=NOW)

    assert (await only(box)).message.text == "later"


async def test_an_edit_while_we_think_voids_the_decision(box: SqlInbox) -> None:
    """A decision on words that are no longer there is not taken."""
    await box.accept(message(), due_at=NOW, now=NOW)
    suspect = await only(box)
    await box.amend(message(text="new", version="1760000030.0"), due_at=NOW, now=NOW)

    assert not await box.decide(suspect, SURE, REPLY, now=NOW, playbook="p")
    assert (await only(box)).message.text == "new"


async def gone(box: SqlInbox, reason: Reason = Reason.DELETED) -> None:
    await box.withdraw(
        "T1", "C1", message().ts, event_id="EvGone", version="9999999999.9", reason=reason, now=NOW
    )


async def test_a_deleted_message_is_never_decided(box: SqlInbox, database: Database) -> None:
    """A deletion while it waits ends it and erases the words."""
    await box.accept(message(), due_at=NOW, now=NOW)
    await gone(box)

    assert await box.due(NOW, 10) == []
    async with database.begin() as connection:
        row = (await connection.execute(select(inbox))).one()
    assert (row.text, row.reason) == (None, "deleted")


async def test_a_deletion_before_the_original_stands(box: SqlInbox) -> None:
    """A deletion that overtakes its message leaves a tombstone without words."""
    await gone(box)

    assert not await box.accept(message(), due_at=NOW, now=NOW)
    assert await box.due(NOW, 10) == []


async def test_a_deletion_stops_an_answer_on_its_way(box: SqlInbox, database: Database) -> None:
    """An answer that still lies in the outbox is not said."""
    await box.accept(message(), due_at=NOW, now=NOW)
    await box.decide(await only(box), SURE, REPLY, now=NOW, playbook="p")
    await gone(box)

    assert await SqlOutbox(database).ready(NOW, 10) == []


async def test_a_deletion_takes_the_answer_away(box: SqlInbox, database: Database) -> None:
    """An answer that was given goes when its message goes, also if both cross."""
    outbox = SqlOutbox(database)
    await box.accept(message(), due_at=NOW, now=NOW)
    await box.decide(await only(box), SURE, REPLY, now=NOW, playbook="p")
    (nudge,) = await outbox.ready(NOW, 10)
    await outbox.begin(nudge, now=NOW, doubt_until=NOW + 15)
    await gone(box)

    assert await outbox.ready(NOW, 10) == []  # not known yet whether it is out
    await outbox.sent(nudge, "1760000050.000200", now=NOW)
    (retract,) = await outbox.ready(NOW, 10)
    assert (retract.kind, retract.target) == ("retract", "1760000050.000200")


async def test_an_edit_after_the_answer_leaves_it(box: SqlInbox, database: Database) -> None:
    """Rewriting a message that was answered neither removes nor repeats the answer."""
    outbox = SqlOutbox(database)
    await box.accept(message(), due_at=NOW, now=NOW)
    await box.decide(await only(box), SURE, REPLY, now=NOW, playbook="p")
    (nudge,) = await outbox.ready(NOW, 10)
    await outbox.sent(nudge, "1760000050.000200", now=NOW)
    await box.amend(message(text="again", version="1760000060.0"), due_at=NOW, now=NOW)
    await gone(box, Reason.WITHDRAWN_BY_EDIT)

    assert await box.due(NOW, 10) == []
    assert await outbox.ready(NOW, 10) == []


async def test_second_thoughts_end_what_waits(box: SqlInbox) -> None:
    """Taking it back ends the author's own waiting messages there, and nobody else's."""
    await box.accept(message(1), due_at=NOW, now=NOW)
    await box.accept(message(2, author="U2"), due_at=NOW, now=NOW)

    assert await box.second_thoughts("T1", "C1", "U1", now=NOW) == 1
    assert [s.message.author for s in await box.due(NOW, 10)] == ["U2"]


async def test_the_past_counts_what_was_said(box: SqlInbox, database: Database) -> None:
    """Caps, threads, cool-downs and asked questions come from what was or will be said."""
    await box.accept(message(), due_at=NOW, now=NOW)
    await box.decide(await only(box), SURE, REPLY, now=NOW, playbook="p")
    day = 86_400.0

    past = await box.past(message(2), Trap.BLAME, now=NOW + 60, cool_down_seconds=7 * day)
    assert list(past.nudged_at) == [NOW]
    assert past.asked == {"blame-01": NOW}
    assert past.cooling
    assert not past.thread_done
    same_thread = message(3, thread_ts=message().ts)
    assert (await box.past(same_thread, None, now=NOW, cool_down_seconds=0)).thread_done


async def test_what_was_dropped_does_not_count(box: SqlInbox, database: Database) -> None:
    """A question that could not be said uses up nobody's cap."""
    outbox = SqlOutbox(database)
    await box.accept(message(), due_at=NOW, now=NOW)
    await box.decide(await only(box), SURE, REPLY, now=NOW, playbook="p")
    (nudge,) = await outbox.ready(NOW, 10)
    await outbox.drop(nudge, "is_archived", now=NOW)

    past = await box.past(message(2), Trap.BLAME, now=NOW + 60, cool_down_seconds=9e6)
    assert (list(past.nudged_at), past.cooling) == ([], False)


async def test_a_postponed_suspect_comes_back_later(box: SqlInbox) -> None:
    """Another try keeps its count."""
    await box.accept(message(), due_at=NOW, now=NOW)
    await box.postpone(await only(box), NOW + 8)

    assert await box.due(NOW, 10) == []
    assert (await only(box, NOW + 8)).attempts == 1
