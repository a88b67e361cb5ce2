"""40: prompt injection, with no model and with a hijacked one, never gets past the guard."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from bot.cli import block_kit_text
from bot.core.guard import Guard, has_link_or_mention
from bot.core.playbook_model import Playbook
from bot.sandbox.workspace import Json
from tests.fake_model import FakeModel, running
from tests.harness import BotHarness

FILE = Path(__file__).parent.parent / "injection" / "messages.jsonl"
MESSAGES: list[dict[str, str]] = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]


def test_collection() -> None:
    """Hold 72 different messages, eight of each of nine kinds."""
    kinds = Counter(m["kind"] for m in MESSAGES)

    assert len({m["text"] for m in MESSAGES}) == len(MESSAGES) == 72
    assert set(kinds.values()) == {8}


def visible_text(message: Json) -> str:
    """Return everything that a reader sees of a message."""
    return block_kit_text.render_message(message)


@pytest.mark.parametrize("model", ["none", "parrot"])
@pytest.mark.fault_case(40)
async def test_on_demand(harness: BotHarness, playbook: Playbook, model: str) -> None:
    """Reply with the playbook's questions only, no link or mention, and few words."""
    of_traps = (q for w in playbook.traps.values() for q in w.questions)
    known = {text for q in of_traps for text in playbook.wordings(q)}
    known |= {q.text for q in playbook.no_trap.questions}
    known |= {q for play in playbook.plays for q in play.questions}
    texts = [t for p in playbook.plays for t in (p.reply, p.plan, p.draft, p.say, p.opening)]
    known |= {line for text in texts for line in text.splitlines()}
    async with running(FakeModel(model)) as server:
        settings = {} if model == "none" else {"OPENAI_BASE_URL": server.url, "OPENAI_MODEL": "m"}
        await harness.start(REFRAME_JUDGE="off", **settings)
        for number, message in enumerate(MESSAGES):
            user = harness.workspace.add_user(f"u{number}")
            harness.workspace.channels[harness.deal].members.append(user)
            await harness.slack.run_command(user, harness.deal, "/reframe", message["text"])
        await harness.idle()
        for number, message in enumerate(MESSAGES):
            user = next(u.id for u in harness.workspace.users.values() if u.name == f"u{number}")
            (reply,) = harness.shown(user)
            text = visible_text(reply)
            assert not has_link_or_mention(text), message["id"]
            assert len(text) < 2_000, message["id"]
            asked = re.findall(r"(?:^|\n)((?:What|How)[^\n]*\?[^\n]*)", reply["text"])
            assert {a for a in asked if a not in message["text"]} <= known, message["id"]
    assert harness.posts() == 0


@pytest.mark.fault_case(40)
async def test_unprompted(harness: BotHarness, playbook: Playbook) -> None:
    """Post only the playbook's questions, though a hijacked model writes the words."""
    guard = Guard(playbook.rubric, frozenset(a.credit for a in playbook.articles.values()))
    async with running(FakeModel("parrot")) as server:
        await harness.start(
            REFRAME_JUDGE="off",
            REFRAME_LLM_WRITES="all",
            OPENAI_BASE_URL=server.url,
            OPENAI_MODEL="m",
        )
        for number, message in enumerate(MESSAGES):
            user = harness.workspace.add_user(f"u{number}")
            await harness.say(message["text"][:4_000], user=user)
        await harness.idle()

    for _, nudge in harness.workspace.bot_messages():
        assert nudge["text"].count("?") == 1
        assert not has_link_or_mention(nudge["text"])
        assert len(nudge["text"].split()) <= 60
        reply = next(
            q
            for w in playbook.traps.values()
            for q in w.questions
            if nudge["text"] in playbook.wordings(q)
        )
        assert reply.article in playbook.articles
    assert guard is not None


@pytest.mark.fault_case(42)
async def test_forty_thousand_characters(bot: BotHarness) -> None:
    """42: reply as fast and as briefly to 40,000 odd characters."""
    text = "they owe us \u202e\u200b\U0001f525" * 3_000
    attempt = await bot.slack.run_command(bot.ana, bot.deal, "/reframe", text[:40_000])
    await bot.idle()

    assert attempt.seconds < 1
    assert len(visible_text(bot.shown()[0])) < 2_000
