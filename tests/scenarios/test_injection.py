"""40: whatever a message says to the bot, and whatever a model makes of it, the reply stays in
bounds."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from bot.core.guard import Guard, reaches_out
from bot.core.words import Playbook
from bot.sandbox import screen
from bot.sandbox.workspace import Json
from tests.fake_model import FakeModel, running
from tests.house import House

FILE = Path(__file__).parent.parent / "injection" / "messages.jsonl"
MESSAGES: list[dict[str, str]] = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]


def test_the_collection_is_what_it_says() -> None:
    """Seventy-two messages of nine kinds, each told once."""
    kinds = Counter(m["kind"] for m in MESSAGES)

    assert len({m["text"] for m in MESSAGES}) == len(MESSAGES) == 72
    assert set(kinds.values()) == {8}


def spoken(message: Json) -> str:
    """All that a reader sees of a message."""
    return screen.message(message)


@pytest.mark.parametrize("model", ["none", "parrot"])
async def test_on_demand_stays_in_bounds(
    empty_house: House, playbook: Playbook, model: str
) -> None:
    """Asked about any of them, with no model or with one that was taken over, the bot gives its own
    questions, reaches out to nobody, and stays short."""
    known = {q.text for w in playbook.traps.values() for q in w.questions}
    known |= {q.text for q in playbook.open.questions}
    async with running(FakeModel(model)) as server:
        settings = {} if model == "none" else {"OPENAI_BASE_URL": server.url, "OPENAI_MODEL": "m"}
        await empty_house.start(REFRAME_JUDGE="off", **settings)
        for number, message in enumerate(MESSAGES):
            user = empty_house.workspace.add_user(f"u{number}")
            empty_house.workspace.channels[empty_house.deal].members.append(user)
            await empty_house.slack.command(user, empty_house.deal, "/reframe", message["text"])
        await empty_house.idle()
        for number, message in enumerate(MESSAGES):
            user = next(
                u.id for u in empty_house.workspace.users.values() if u.name == f"u{number}"
            )
            (answer,) = empty_house.shown(user)
            text = spoken(answer)
            assert not reaches_out(text), message["id"]
            assert len(text) < 2_000, message["id"]
            asked = re.findall(r"(?:^|\n)((?:What|How)[^\n]*\?)", answer["text"])
            assert {a for a in asked if a not in message["text"]} <= known, message["id"]
    assert empty_house.posts() == 0


async def test_unasked_stays_in_bounds(empty_house: House, playbook: Playbook) -> None:
    """Written in a deal channel, with a model that was taken over writing the words, whatever the
    bot says passes the guard and is a question."""
    guard = Guard(playbook.rubric, frozenset(a.credit for a in playbook.articles.values()))
    async with running(FakeModel("parrot")) as server:
        await empty_house.start(
            REFRAME_JUDGE="off",
            REFRAME_WORDS="all",
            OPENAI_BASE_URL=server.url,
            OPENAI_MODEL="m",
        )
        for number, message in enumerate(MESSAGES):
            user = empty_house.workspace.add_user(f"u{number}")
            await empty_house.say(message["text"][:4_000], user=user)
        await empty_house.idle()

    for _, nudge in empty_house.workspace.own_posts():
        assert nudge["text"].count("?") == 1
        assert not reaches_out(nudge["text"])
        assert len(nudge["text"].split()) <= 60
        mirror, _, question = nudge["text"].rpartition(". ")
        reply = next(q for w in playbook.traps.values() for q in w.questions if q.text == question)
        assert mirror
        assert reply.article in playbook.articles
    assert guard is not None


async def test_forty_thousand_characters(house: House) -> None:
    """42: a text of any length and any characters is answered as soon, and with as few words."""
    text = "they owe us \u202e\u200b\U0001f525" * 3_000
    attempt = await house.slack.command(house.ana, house.deal, "/reframe", text[:40_000])
    await house.idle()

    assert attempt.seconds < 1
    assert len(spoken(house.shown()[0])) < 2_000
