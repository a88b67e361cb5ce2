"""Reflections, follow-ups, teams and digests, over in-memory ports."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.languages import UiStrings
from bot.core.model import Feedback, Person, Trap
from bot.core.policy import DAY, HOUR, WEEK
from bot.core.weekly_slot import Holidays
from bot.flows.errors import RateLimitedError, SlackRefusedError, SlackUnavailableError
from bot.flows.ports.findings import Finding
from bot.flows.ports.outbox import ClaimedMessage
from bot.flows.ports.rendering import Content, ReflectionContent
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.weekly import FollowUpOutcome
from bot.slack.views.renderer import SlackRenderer
from tests.fakes.chat import FakeChat
from tests.fakes.rendering import FakeRenderer
from tests.flows.stories import NOON, UNLIMITED, Stories

BLAME = "blame: they never answer"
FRIDAY = datetime(2025, 11, 28, 14, 0, tzinfo=UTC).timestamp()  # 15:00 in Berlin
MONDAY = datetime(2025, 12, 1, 8, 0, tzinfo=UTC).timestamp()  # 09:00 in Berlin
SELLERS = [f"U-{number}" for number in range(1, 7)]
NORTH = SalesTeam("G1", "T1", "U-mia", "North", "mon 09:00", "C-deal")


def reflections_sent(stories: Stories) -> list[str]:
    return [key for key in stories.chat.keys("T1") if key.startswith("reflection-")]


async def sent_content(stories: Stories) -> Content:
    """Switch Ana's reflections on, and return the content of her next one."""
    posts: list[ClaimedMessage] = []
    stories.chat.after_post = posts.append
    await stories.schedule.switch("T1", "U-ana", on=True)
    await tick(stories, FRIDAY)
    (sent,) = (post.message for post in posts if post.message.key.startswith("reflection-"))
    return sent.content


class SilentChat(FakeChat):
    """A Slack that doesn't say who somebody is before the caller gives up."""

    async def person(self, workspace_id: str, user_id: str) -> Person:
        """Note the call, and never answer it."""
        self.calls.append("person")
        await asyncio.Event().wait()
        raise AssertionError("nobody sets the event")


async def tick(stories: Stories, at: float) -> int:
    stories.now = at
    sent = await stories.reflections.run_due()
    sent += await stories.follow_ups.run_due()
    sent += await stories.digests.run_due()
    await stories.deliver_all()
    return sent


async def test_a_reflection_comes_once_a_week(stories: Stories) -> None:
    await stories.schedule.switch("T1", "U-ana", on=True)
    assert await tick(stories, FRIDAY - 1) == 0
    assert await tick(stories, FRIDAY) == 1
    assert await tick(stories, FRIDAY + HOUR) == 0
    assert await tick(stories, FRIDAY + WEEK) == 1

    assert reflections_sent(stories) == ["reflection-U-ana-2025-W48", "reflection-U-ana-2025-W49"]


async def test_switching_it_off_ends_it(stories: Stories) -> None:
    await stories.schedule.switch("T1", "U-ana", on=True)
    await stories.schedule.switch("T1", "U-ana", on=False)

    assert await tick(stories, FRIDAY) == 0


@pytest.mark.parametrize("is_on", [False, True])
async def test_settings_are_saved_although_slack_is_silent(stories: Stories, is_on: bool) -> None:
    """It comes at the right hour all the same, as the time zone is asked for when it is due."""
    limits = replace(UNLIMITED, audience_within_seconds=0.01)
    silent = Stories(stories.store, stories.playbook, limits=limits, chat=SilentChat())
    async with asyncio.timeout(1):
        await silent.preferences.update("T1", "U-ana", weekly_reflection=is_on)
        await silent.schedule.reschedule("T1", "U-ana")

    assert silent.chat.calls == ["person"] * is_on
    assert await tick(stories, FRIDAY + HOUR) == is_on


@pytest.mark.parametrize(
    ("failure", "at_once"),
    [(SlackUnavailableError("HTTP 503"), 1), (RateLimitedError(30), 0)],
    ids=["down", "limited"],
)
async def test_what_waits_for_slack_comes_at_the_next_tick(
    stories: Stories, failure: Exception, at_once: int
) -> None:
    """A round ends although one person can't be asked, and the others get theirs: at once, or if
    Slack wants nobody asked for a while, after that."""
    for user_id in ("U-ana", "U-ben"):
        await stories.schedule.switch("T1", user_id, on=True)
    stories.chat.failures["person"] = [failure]
    assert await tick(stories, FRIDAY) == at_once
    assert await tick(stories, FRIDAY + 60) == 2 - at_once

    assert len(reflections_sent(stories)) == 2


def let_lookups_time_out(stories: Stories, count: int) -> None:
    """Let the next lookups of a person take ten seconds each and fail."""

    def wait(method: str) -> None:
        if method == "person" and stories.chat.failures["person"]:
            stories.now += 10

    stories.chat.before_call = wait
    stories.chat.failures["person"] = [SlackUnavailableError("TimeoutError")] * count


async def test_a_round_that_outlasts_its_leases_asks_for_each_person_once(stories: Stories) -> None:
    users = [f"U-{number}" for number in range(15)]
    for user_id in users:
        await stories.schedule.switch("T1", user_id, on=True)
    stories.chat.calls.clear()
    let_lookups_time_out(stories, 100)
    assert await tick(stories, FRIDAY) == 0
    assert stories.chat.calls.count("person") == len(users)
    let_lookups_time_out(stories, 0)
    assert await tick(stories, FRIDAY + HOUR) == len(users)


async def test_a_round_that_outlasts_its_leases_asks_for_each_manager_once(
    stories: Stories,
) -> None:
    teams = [replace(NORTH, id=f"G{number}", manager_id=f"U-m{number}") for number in range(15)]
    for team in teams:
        await stories.team_setup.save(team, SELLERS, is_new=True)
    await stories.deliver_all()  # whoever is invited is looked up for that too
    stories.chat.calls.clear()
    let_lookups_time_out(stories, 100)
    assert await tick(stories, MONDAY + WEEK) == 0
    assert stories.chat.calls.count("person") == len(teams)
    let_lookups_time_out(stories, 0)
    assert await tick(stories, MONDAY + WEEK + HOUR) == len(teams)


async def test_an_account_that_is_gone_ends_its_schedule(stories: Stories) -> None:
    await stories.schedule.switch("T1", "U-ana", on=True)
    stories.chat.failures["person"] = [SlackRefusedError("user_not_found")]
    assert await tick(stories, FRIDAY) == 0
    assert await tick(stories, FRIDAY + WEEK) == 0


@pytest.mark.parametrize("code", ["invalid_auth", "account_inactive", "unknown_workspace"])
async def test_a_fault_of_the_token_ends_no_schedule(
    stories: Stories, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    """Slack refuses the bot, not the person: all that is due comes when the token works again."""
    await stories.schedule.switch("T1", "U-ana", on=True)
    await stories.team_setup.save(NORTH, SELLERS, is_new=True)
    for due_at, what in ((FRIDAY, "reflection"), (MONDAY + WEEK, "digest")):
        await tick(stories, due_at - 60)
        stories.chat.failures["person"] = [SlackRefusedError(code)]
        assert await tick(stories, due_at) == 0
        assert f"a {what} waits: {code}" in caplog.text
        assert await tick(stories, due_at + 60) == 1


async def test_a_manager_whose_account_is_gone_ends_the_digest(stories: Stories) -> None:
    await stories.team_setup.save(NORTH, SELLERS, is_new=True)
    stories.chat.failures["person"] = [SlackRefusedError("user_not_found")]
    assert await tick(stories, MONDAY + WEEK) == 0
    assert await tick(stories, MONDAY + 2 * WEEK) == 0


async def test_somebody_who_moved_gets_it_on_their_own_friday(stories: Stories) -> None:
    await stories.schedule.switch("T1", "U-ana", on=True)
    denver = Person("U-ana", "America/Denver", -25_200, is_colleague=True)
    stories.chat.people["T1", "U-ana"] = denver
    assert await tick(stories, FRIDAY) == 0
    assert await tick(stories, FRIDAY + 8 * HOUR) == 1


@pytest.mark.parametrize("why", ["paused", "away", "holiday", "late", "guest"])
async def test_a_reflection_is_skipped_for_a_reason(stories: Stories, why: str) -> None:
    if why == "holiday":
        stories.holidays = Holidays.parse("2025-11-28")
    await stories.schedule.switch("T1", "U-ana", on=True)
    at = FRIDAY
    match why:
        case "paused":
            await stories.pauses.pause("T1", "U-ana", 4 * DAY)
        case "away":
            stories.chat.people["T1", "U-ana"] = Person(
                "U-ana", "Europe/Berlin", 3_600, is_colleague=True, status="On vacation"
            )
        case "late":
            at += DAY + 1
        case "guest":
            stories.chat.people["T1", "U-ana"] = Person(
                "U-ana", "Europe/Berlin", 3_600, is_colleague=False
            )

    assert await tick(stories, at) == 0
    stories.chat.people.clear()
    assert await tick(stories, FRIDAY + WEEK) == 1


async def test_two_workers_send_one_reflection(stories: Stories) -> None:
    """A worker that lost its claim while it asked Slack sends nothing."""
    await stories.schedule.switch("T1", "U-ana", on=True)
    other = Stories(stories.store, stories.playbook, "worker-2", chat=stories.chat)
    async with stories.store.begin() as uow:
        await uow.weekly.claim_due_reflections(
            now=FRIDAY, limit=9, owner="slow", lease_until=FRIDAY + 120
        )
    assert await tick(stories, FRIDAY) == 0
    assert await tick(other, FRIDAY + 121) == 1
    assert await tick(stories, FRIDAY + 122) == 0

    assert len(reflections_sent(stories)) == 1


async def test_the_plan_comes_back(stories: Stories) -> None:
    await stories.answers.save_answers(
        "T1", "U-ana", "2025-W47", {"plan": "If they wait, then I ask", "next": ""}
    )

    assert await stories.answers.plan("T1", "U-ana", "2025-W48") == "If they wait, then I ask"
    assert await stories.answers.plan("T1", "U-ana", "2025-W47") == ""  # not to whom just wrote it
    assert await stories.answers.plan("T2", "U-ana", "2025-W48") == ""
    sent = await sent_content(stories)
    assert sent["plan"] == "If they wait, then I ask"


@pytest.mark.parametrize(
    ("kept", "plan"),
    [
        ({"if": "they wait", "then": "I ask", "how": "Well."}, "If they wait, then I ask"),
        ({"if": "they wait"}, ""),
        ({"then": "I ask", "if": " "}, ""),
        ({"happened": "Much."}, ""),
        ({"if": "$x", "then": "${y"}, "If $x, then ${y"),
        ({"plan": "Call Dana.", "if": "a", "then": "b"}, "Call Dana."),
    ],
)
async def test_a_plan_in_the_form_of_before_comes_back(
    stories: Stories, kept: dict[str, str], plan: str
) -> None:
    """Version 0.1 asked for its two parts apart; one without the other is no plan."""
    await stories.answers.save_answers("T1", "U-ana", "2025-W47", kept)

    assert await stories.answers.plan("T1", "U-ana", "2025-W48") == plan
    assert (await sent_content(stories))["plan"] == plan


async def test_what_cannot_be_shown_of_one_seller_ends_nobody_elses_reflection(
    stories: Stories,
) -> None:
    """A plan of any length, a question that is gone, a situation that nobody knows."""
    for user_id in ("U-ana", "U-ben"):
        await stories.schedule.switch("T1", user_id, on=True)
    for kept in ({"plan": "x" * 50_000}, {"if": "y" * 50_000, "then": "z" * 50_000}):
        await stories.answers.save_answers("T1", "U-ana", "2025-W47", kept)
    stories.now = FRIDAY - DAY
    for number, question_id in enumerate(("gone-99", "blame-02", "blame-02")):
        await note_question(stories, number, question_id, ("unheard-of",) * number)
    slack = Stories(
        stories.store,
        stories.playbook,
        renderer=SlackRenderer(stories.playbook),
        chat=stories.chat,
    )

    assert await tick(slack, FRIDAY) == 2
    assert reflections_sent(slack) == ["reflection-U-ana-2025-W48", "reflection-U-ben-2025-W48"]


async def note_question(
    stories: Stories, number: int, question_id: str, situations: tuple[str, ...]
) -> None:
    """Note that Ana was asked something."""
    finding = Finding(
        inbox_id=number,
        workspace_id="T1",
        channel_id="C-deal",
        thread_ts=f"{number}",
        author_id="U-ana",
        trap=Trap.BLAME,
        score=0.9,
        detector="d",
        playbook_version="p",
        outcome=None,
        question_id=question_id,
        key=f"nudge-{number}",
        situations=situations,
    )
    async with stories.store.begin() as uow:
        await uow.findings.add(finding, now=stories.now)


async def test_a_moment_is_named_by_its_situation(stories: Stories) -> None:
    """At most two; one that nothing is known of, by its time. The credits are those of the
    questions, not of the week's article."""
    shown = await reflected(stories, [("blame-02", ("price", "silence")), ("labelling-60", ())])

    assert [(m.when, m.situation) for m in shown.moments] == [
        ("Thursday, November 27, 3:01 PM", ""),
        ("Thursday, November 27", "where they'd gone quiet"),  # it comes first in situations.toml
    ]
    articles = stories.playbook.articles
    assert shown.credits == (
        articles["colors-our-engagement"].credit,
        articles["customer-is-your-problem"].credit,
    )


async def test_one_article_is_credited_once(stories: Stories) -> None:
    shown = await reflected(stories, [("blame-02", ()), ("blame-14", ()), ("blame-18", ())])

    assert len(shown.moments) == 2
    assert shown.credits == (stories.playbook.articles["customer-is-your-problem"].credit,)


async def reflected(
    stories: Stories, asked: list[tuple[str, tuple[str, ...]]]
) -> ReflectionContent:
    """Return what Ana's reflection shows after these questions, a minute apart."""
    shown: list[ReflectionContent] = []

    class Watching(FakeRenderer):
        def reflection(self, strings: UiStrings, content: ReflectionContent) -> Content:
            shown.append(content)
            return super().reflection(strings, content)

    for number, (question_id, situations) in enumerate(asked):
        stories.now = FRIDAY - DAY + 60 * number
        await note_question(stories, number, question_id, situations)
    watched = Stories(
        stories.store, stories.playbook, renderer=Watching(), chat=stories.chat, now=stories.now
    )
    await watched.schedule.switch("T1", "U-ana", on=True)
    assert await tick(watched, FRIDAY) == 1
    return shown[-1]


async def test_a_preview_opens_nothing_of_a_seller(stories: Stories) -> None:
    """Show an admin the layout, with placeholders for the moments and the plan."""
    await stories.answers.save_answers("T1", "U-ana", "2025-W47", {"plan": "canary"})
    sent = await sent_content(stories)
    content = stories.reflections.preview()

    assert content.keys() == sent.keys()
    assert content["plan"] != sent["plan"]
    assert "canary" not in str(content)
    assert "what the seller wrote last week" in content["plan"]
    assert content["moments"] == 1


async def test_a_reply_below_the_reflection_is_kept_as_an_answer(stories: Stories) -> None:
    await stories.schedule.switch("T1", "U-ana", on=True)
    await tick(stories, FRIDAY)
    ts = next(iter(stories.chat.posted["T1"]))
    await stories.write_direct("I learned that they need a security review.", thread_ts=ts)
    async with stories.store.begin() as uow:
        answers = await uow.reflections.answers("T1", "U-ana", "2025-W48")

    assert answers == {"reply": "I learned that they need a security review."}
    assert stories.chat.keys("T1")[-1].startswith("thanks-")
    assert "advice" not in [r.line for _, r in stories.presenter.replies]


async def test_one_follow_up_some_days_after_a_helpful_question(stories: Stories) -> None:
    for seconds in (0, 60):
        stories.now = NOON + seconds
        ts = await stories.coach_message(BLAME)
        await stories.press(ts, Feedback.HELPFUL)
    assert await tick(stories, NOON + 2 * DAY) == 0
    assert await tick(stories, NOON + 3 * DAY + 120) == 1
    assert await tick(stories, NOON + 4 * DAY) == 0  # the other one waits for another week

    assert [k.partition("-")[0] for k in stories.chat.keys("T1")].count("followup") == 1


async def test_what_came_of_it_is_its_sellers_to_say(stories: Stories) -> None:
    ts = await stories.coach_message(BLAME)
    await stories.press(ts, Feedback.HELPFUL)
    assert await tick(stories, NOON + 3 * DAY + 60) == 1

    key = f"nudge-C-deal-{ts}"
    learned = FollowUpOutcome.LEARNED
    assert await stories.follow_ups.record_outcome("T1", key, "U-ben", learned) is None
    assert await stories.follow_ups.record_outcome("T2", key, "U-ana", learned) is None
    assert await stories.follow_ups.record_outcome("T1", key, "U-ana", learned) is not None
