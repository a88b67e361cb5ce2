"""A model drafts, the guard and a second reading decide, and the playbook stands in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.draft_review import LlmDraft
from bot.core.model import Reason, Trap, Turn
from bot.flows.ports.detection import SpokenTurn
from tests.fakes.writer import FakeInventionReader, FakeWriter
from tests.flows.stories import Stories

MESSAGE = "blame: they never answer, not even after the pilot"
GOOD = LlmDraft(
    skip=False,
    evidence="not even after the pilot",
    mirror="There is no answer after the pilot.",
    question="What did the pilot show the people who used it?",
    idea="",
)


async def said(
    stories: Stories, writer: FakeWriter, reader: FakeInventionReader | None = None
) -> str:
    """Return the question that a message gets; empty for none."""
    stories.writer, stories.invention_reader = writer, reader
    await stories.coach_message(MESSAGE)
    nudges = [words for words in stories.chat.words if "question" in words]
    return " ".join(f"{w['mirror']} {w['question']}" for w in nudges).strip()


def of_the_playbook(stories: Stories, text: str) -> bool:
    return text in {q.text for q in stories.playbook.traps[Trap.BLAME].questions}


async def test_a_good_draft_is_asked(stories: Stories) -> None:
    reader = FakeInventionReader("")

    assert await said(stories, FakeWriter(GOOD), reader) == f"{GOOD.mirror} {GOOD.question}"
    assert reader.replies == [f"{GOOD.mirror} {GOOD.question}"]


async def test_without_a_second_reader_the_guard_has_the_last_word(stories: Stories) -> None:
    assert await said(stories, FakeWriter(GOOD)) == f"{GOOD.mirror} {GOOD.question}"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"skip": True}, Reason.NOTHING_TO_ASK),
        ({"evidence": "what nobody wrote"}, Reason.NO_EVIDENCE),
    ],
)
async def test_a_model_may_leave_it(
    stories: Stories, changes: dict[str, Any], reason: Reason
) -> None:
    """Nothing is asked, nothing is read a second time, and the reason is kept."""
    reader = FakeInventionReader("")
    writer = FakeWriter(replace(GOOD, **changes))

    assert await said(stories, writer, reader) == ""
    assert [d.reason for d in await stories.decided()] == [reason]
    assert reader.replies == []


async def test_invented_words_bring_back_the_playbook(stories: Stories) -> None:
    """What the guard stops is not read a second time."""
    reader = FakeInventionReader("")
    writer = FakeWriter(replace(GOOD, mirror="There is no answer after the merger."))

    assert of_the_playbook(stories, await said(stories, writer, reader))
    assert reader.replies == []


@pytest.mark.parametrize("unsaid", ["no answer", None])
async def test_a_second_reading_that_objects_or_is_late(
    stories: Stories, unsaid: str | None
) -> None:
    reader = FakeInventionReader(unsaid)

    assert of_the_playbook(stories, await said(stories, FakeWriter(GOOD), reader))
    assert len(reader.replies) == 1


async def test_a_writer_that_is_late_leaves_the_playbook(stories: Stories) -> None:
    assert of_the_playbook(stories, await said(stories, FakeWriter(None)))


async def test_the_writer_gets_the_thread_without_names(stories: Stories) -> None:
    """Who spoke is the seller or a colleague, and words of the thread may be used."""
    stories.chat.history["T1", "C-deal"] = (
        Turn("U-ana", "the pilot ran in Leeds"),
        Turn("U-other", "who saw it?"),
    )
    writer = FakeWriter(replace(GOOD, question="What did the pilot in Leeds show them?"))
    text = await said(stories, writer)

    assert text.endswith("What did the pilot in Leeds show them?")
    ((own, other),) = writer.threads
    assert own == SpokenTurn("seller", "the pilot ran in Leeds")
    assert other == SpokenTurn("colleague", "who saw it?")
