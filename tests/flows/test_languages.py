"""What a story says is in the language of its workspace, read in its own transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from bot.core.model import Delivery, Feedback, More, Person, Reason, Trap
from bot.core.playbook_model import Playbook
from bot.core.policy import DAY, HOUR, JudgeLimits
from bot.core.workspace_rules import WorkspaceChoices
from bot.flows.llm_budget import DailyLlmBudget
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.weekly import FollowUpOutcome
from bot.slack.views.renderer import SlackRenderer
from tests.fakes.languages import MARK, in_two_languages
from tests.fakes.memory_store import MemoryStore
from tests.flows.stories import UNLIMITED, Stories

BLAME = "blame: they never answer"
TEAM = SalesTeam("G1", "T1", "U-mia", "North", "mon 09:00", "C-deal")
SELLERS = [f"U-{number}" for number in range(1, 7)]


@pytest.fixture
def stories(playbook: Playbook) -> Stories:
    """Return all stories where two languages are installed, with an admin who tests."""
    store = MemoryStore()
    store.state.channels["T1", "C-deal"] = {"noticed_at": 0.0}
    return Stories(
        store,
        playbook,
        languages=in_two_languages(playbook),
        renderer=SlackRenderer(playbook),
        admins=frozenset({"U-ana"}),
        limits=replace(UNLIMITED, teams=replace(UNLIMITED.teams, share_wait_seconds=0.2)),
    )


async def choose(stories: Stories, language: str | None) -> None:
    async with stories.store.begin() as uow:
        await uow.workspace_settings.save("T1", WorkspaceChoices(language=language))


async def said(stories: Stories) -> list[str]:
    """Have each story say all it can; return it, a text or a message each."""
    lines: list[str] = []

    def now() -> float:
        stories.now += 60
        return stories.now

    await stories.invitation.accept("T1", "C-new", "U-ana", "Ev-1")
    lines.append(await stories.channel_tests.start("T1", "C-deal", "U-ana"))
    await stories.coach_message("ordinary words", author_id="U-ana")
    lines.append(await stories.channel_tests.stop("T1", "C-deal", "U-ana"))
    lines.append(await stories.channel_tests.start("T1", "C-deal", "U-ben"))

    now()
    ts = await stories.coach_message(BLAME)
    key = f"nudge-C-deal-{ts}"
    for feedback in (Feedback.HELPFUL, Feedback.NOT_THIS_TIME, Feedback.PAUSE):
        await stories.press(ts, feedback)
    await stories.press(ts, Feedback.HELPFUL, "U-ben")
    lines.append(await stories.pauses.resume("T1", "U-ana"))
    for more in (More.ANOTHER, More.WHY, More.PRIVATELY):
        now()
        await stories.feedback.give_more("T1", key, "U-ana", more)
    lines.append(
        await stories.feedback.explain_wrong("T1", key, "U-ana", reason="fact", words="so")
    )
    await stories.press(ts, Feedback.WRONG)
    for text in ("pause", "stop", "help", "privately please", "delete my data", "pause until"):
        granted = await stories.wishes.grant("T1", "U-ana", text)
        lines += [granted[1]] if granted else []
    async with stories.store.begin() as uow:
        await uow.people.update("T1", "U-ana", paused_until=None, delivery=None)

    for text in ("blame: they owe us", "I want to kill myself"):
        await stories.write_direct(text, ts=f"{now():.6f}")
    lines += await replies(stories)
    lines += await weekly(stories, now)
    lines += await teams(stories)
    await stories.deliver_all()
    lines.append(await stories.erasure.forget_person("T1", "U-ana"))
    return lines + [json.dumps(content, ensure_ascii=False) for content in stories.chat.words]


async def replies(stories: Stories) -> list[str]:
    """Ask at a response URL, and for data; return the fixed lines that were shown."""
    place = {"workspace_id": "T1", "user_id": "U-ana", "address": "https://x"}
    old = stories.now - 2 * DAY
    asks = [
        (Ask("k1", AskKind.ADVICE, place=ReplyPlace.RESPONSE, text="late", **place), old),
        (Ask("k2", AskKind.WHY, place=ReplyPlace.RESPONSE, text="", **place), stories.now),
    ]
    for ask, at in asks:
        async with stories.store.begin() as uow:
            await uow.asks.add(ask, now=at)
    await stories.on_demand.run_due()
    return [reply.line for ask, reply in stories.presenter.replies if ask.key == "k1"]


async def weekly(stories: Stories, now: Callable[[], float]) -> list[str]:
    """Have the reflection, the follow-up, and the admins' notices sent."""
    await stories.schedule.switch("T1", "U-ana", on=True)
    ts = await stories.coach_message("fixing: they have to see it", ts=f"{now():.6f}")
    await stories.press(ts, Feedback.HELPFUL)
    saved = await stories.answers.save_answers("T1", "U-ana", "2025-W48", {"learned": "x"})
    record = await stories.follow_ups.record_outcome("T1", "k", "U-ana", FollowUpOutcome.LEARNED)
    budget = DailyLlmBudget(
        store=stories.store,
        limits=JudgeLimits(),
        rules=stories.rules,
        renderer=stories.renderer,
    )
    for _ in range(100):
        await budget.spend("T1", stories.now)
    async with stories.store.begin() as uow:
        await stories.probation.review(uow, "T1", Trap.BLAME, stories.now)
    await hours_pass(stories, 9 * 24)
    return [saved, *([record] if record else [])]


async def hours_pass(stories: Stories, count: int) -> None:
    """Let hours pass, with a tick in each."""
    for _ in range(count):
        stories.now += HOUR
        await stories.reflections.run_due()
        await stories.follow_ups.run_due()
        await stories.digests.run_due()
        await stories.deliver_all()


async def teams(stories: Stories) -> list[str]:
    """Set up a team, have its digest sent and shared, hand it over, and end it."""
    stories.chat.people["T1", "U-guest"] = Person("U-guest", None, 0, is_colleague=False)
    setup, members, handover = stories.team_setup, stories.team_members, stories.team_handover
    lines = [
        await setup.save(TEAM, [], is_new=True),
        await setup.save(TEAM, SELLERS, is_new=True),
        await setup.save(replace(TEAM, manager_id="U-x"), SELLERS, is_new=False),
    ]
    for user_id in SELLERS:
        lines.append(await members.answer_invitation("T1", "G1", user_id, accepts=True))
    lines.append(await members.answer_invitation("T1", "G1", "U-guest", accepts=True))
    lines.append(await members.answer_invitation("T1", "G1", "U-1", accepts=False))
    lines.append(await members.leave_all("T1", "U-2"))
    await hours_pass(stories, 15 * 24)
    for week in ("2025-W50", "2025-W51"):  # one was sent
        share = await stories.digest_sharing.begin("T1", "U-mia", "G1", week)
        await stories.deliver_all()
        lines.append(await stories.digest_sharing.outcome("T1", share))
    lines.append(await handover.offer("T1", "U-mia", "G1", "U-guest"))
    lines.append(await handover.offer("T1", "U-mia", "G1", "U-3"))
    await stories.deliver_all()
    lines.append(await handover.answer_offer("T1", "U-3", "G1", accepts=True))
    lines.append(await handover.end("T1", "U-ana", "G1"))
    lines.append(await handover.end("T1", "U-ana", "G1"))
    lines.append(await handover.end_all("T1", "U-3"))
    return lines


@pytest.mark.parametrize("language", [None, "en", "de"])
async def test_every_story_speaks_the_language_of_the_workspace(
    stories: Stories, language: str | None
) -> None:
    await choose(stories, language)
    lines = await said(stories)

    assert len(lines) > 50
    if language != "de":
        assert [line for line in lines if MARK in line or '"language": "de"' in line] == []
        return
    assert [line for line in lines if MARK not in line and '"language": "de"' not in line] == []
    sentences = [s for s in english_sentences(stories.playbook) if any(s in line for line in lines)]
    assert sentences == []


def english_sentences(playbook: Playbook) -> Sequence[str]:
    """Return the English sentences that can't be part of a sentence in the other language, as they
    stand in JSON."""
    return [
        f'"{json.dumps(text, ensure_ascii=False)[1:]}'
        for section in playbook.strings.values()
        for text in section.values()
        if "$" not in text and len(text.split()) > 1
    ]


async def test_what_is_queued_stays_as_it_was(stories: Stories) -> None:
    """A choice holds for what is said from then on."""
    await choose(stories, "de")
    await stories.invitation.accept("T1", "C-new", "U-ana", "Ev-1")
    message = stories.message(BLAME)
    await stories.intake.receive(message)
    await stories.nudge.run_due()
    await choose(stories, None)
    await stories.deliver_all()

    hello, nudge = stories.chat.words[0], stories.chat.words[-1]
    assert MARK in json.dumps(hello, ensure_ascii=False)
    assert nudge["language"] == "de"
    await stories.press(message.ts, Feedback.HELPFUL)
    assert stories.chat.words[-1]["language"] == "en"


async def test_a_language_that_is_gone_is_the_operators(stories: Stories) -> None:
    await choose(stories, "fr")

    assert MARK not in await stories.pauses.resume("T1", "U-ana")


async def test_a_choice_outlives_a_form_that_could_not_ask(
    stories: Stories, playbook: Playbook
) -> None:
    """As after a start without the file, which comes back."""
    await choose(stories, "de")
    alone = replace(stories, languages=playbook.languages)
    wrong = await alone.workspace_settings.choose(
        "T1", "U-ana", WorkspaceChoices(delivery=Delivery.PRIVATE)
    )
    async with stories.store.begin() as uow:
        kept = await uow.workspace_settings.get("T1")
    assert (wrong, kept.language, kept.delivery) == ({}, "de", Delivery.PRIVATE)


async def test_with_one_language_the_database_is_not_asked_for_it(
    stories: Stories, playbook: Playbook
) -> None:
    alone = replace(stories, languages=playbook.languages)
    reads: list[str] = []
    store = alone.store
    assert isinstance(store, MemoryStore)
    strings = await alone.rules.read_strings(_Refusing(reads), "T1")

    assert strings is playbook.strings
    assert reads == []


class _Refusing(MemoryStore):
    """Notes that it was opened."""

    def __init__(self, opened: list[str]) -> None:
        super().__init__()
        self._opened = opened

    def begin(self):  # type: ignore[no-untyped-def]
        self._opened.append("begin")
        return super().begin()


async def test_a_reason_is_told_in_words(stories: Stories, playbook: Playbook) -> None:
    """/reframe why, in the language of the workspace."""
    await choose(stories, "de")
    stories.limits = replace(stories.limits, daily_cap=1)
    for text in (BLAME, "blame: they owe us an answer"):
        stories.now += 60
        await stories.coach_message(text)
    found = await stories.decisions.latest("T1", "U-ana")

    assert found[0].reason == f"{MARK}{playbook.text('quiet', Reason.DAILY_CAP)}"
