"""Two workspaces in one database, with the same ids, each with the rules that its admins chose.

On SQLite and PostgreSQL. Whatever is chosen holds for the very next message, in every process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.answer_review import AnswerMaterial
from bot.core.llm_answer import LlmAnswer
from bot.core.model import Delivery, Person, Reason, Trap, Verdict
from bot.core.playbook_model import Playbook
from bot.core.policy import DAY, JudgeLimits
from bot.core.quiet_hours import QuietHours
from bot.core.workspace_rules import WorkspaceChoices
from bot.flows.concurrency import run_all
from bot.flows.errors import JudgeError
from bot.flows.llm_budget import DailyLlmBudget
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.outbox import ClaimedMessage, MessageKind
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.unit_of_work import Store
from bot.store.database import Database
from bot.store.encryption import Encryptor, ScryptCost, derive_key
from bot.store.unit_of_work import SqlStore
from tests.fakes.detector import FakeDetector
from tests.fakes.rendering import FakeRenderer
from tests.fakes.writer import FakeWriter
from tests.flows.stories import UNLIMITED, Stories

BLAME = "blame: they never answer"
FRIDAY = datetime(2026, 11, 27, 10, 30, tzinfo=UTC).timestamp()
GRIEF = "my mom passed on Sunday. blame: they never answer"
LONDON = Person("U-ana", "Europe/London", 0, is_colleague=True)
BERLIN = Person("U-ana", "Europe/Berlin", 3_600, is_colleague=True)


@pytest.fixture
async def two(unhurried: None, database: Database, playbook: Playbook) -> Stories:
    """Return all stories over one database that two workspaces share."""
    key = derive_key("a-secret-of-the-test", b"", ScryptCost(2, 8, 1))
    store: Store = SqlStore(database, Encryptor(key))
    async with store.begin() as uow:
        for workspace_id in ("T1", "T2"):
            await uow.channels.update(workspace_id, "C-deal", noticed_at=0.0, inviter_id="U-ben")
    return Stories(store, playbook)


async def choose(two: Stories, choices: WorkspaceChoices, workspace_id: str = "T1") -> None:
    async with two.store.begin() as uow:
        await uow.workspace_settings.save(workspace_id, choices)


async def reasons(two: Stories, workspace_id: str) -> list[Reason | None]:
    """Return why the bot stayed quiet, oldest first; None where it asked."""
    return [d.reason for d in reversed(await two.decided(workspace_id))]


async def write_in_both(two: Stories) -> None:
    """Write the same in both workspaces, a minute later."""
    two.now += 60
    for workspace_id in ("T1", "T2"):
        await two.coach_message(BLAME, workspace_id=workspace_id)


async def test_a_cap_holds_where_it_was_chosen_from_the_next_message_on(two: Stories) -> None:
    await write_in_both(two)
    await choose(two, WorkspaceChoices(daily_cap=1))
    await write_in_both(two)
    await choose(two, WorkspaceChoices(daily_cap=5, weekly_cap=2))
    await write_in_both(two)
    await write_in_both(two)

    asked = [None, Reason.DAILY_CAP, None, Reason.WEEKLY_CAP]
    assert await reasons(two, "T1") == asked
    assert await reasons(two, "T2") == [None] * 4


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        (WorkspaceChoices(quiet_hours="10:00-12:00,weekdays"), Reason.QUIET_HOURS),
        (WorkspaceChoices(quiet_hours="20:00-07:00,fri-sat"), Reason.DAY_OFF),
        (WorkspaceChoices(holidays="11-27"), Reason.HOLIDAY),
        (WorkspaceChoices(quiet_hours="off", holidays=""), None),
    ],
)
async def test_quiet_hours_and_holidays_hold_where_they_were_chosen(
    two: Stories, chosen: WorkspaceChoices, reason: Reason | None
) -> None:
    """A Friday at half past ten in London."""
    two.limits = replace(UNLIMITED, quiet_hours=QuietHours())
    two.now = FRIDAY
    for workspace_id in ("T1", "T2"):
        two.chat.people[workspace_id, "U-ana"] = LONDON
    await choose(two, chosen)
    await write_in_both(two)

    assert await reasons(two, "T1") == [reason]
    assert await reasons(two, "T2") == [None]


@pytest.mark.parametrize(("day", "asked"), [(27, False), (28, False), (29, True)])
async def test_a_working_week_from_sunday_to_thursday(two: Stories, day: int, asked: bool) -> None:
    """For a seller in Berlin, because their company works so."""
    two.limits = replace(UNLIMITED, quiet_hours=QuietHours())
    for workspace_id in ("T1", "T2"):
        two.chat.people[workspace_id, "U-ana"] = BERLIN
    two.now = datetime(2026, 11, day, 10, 30, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
    await choose(two, WorkspaceChoices(quiet_hours="20:00-07:00,fri-sat"))
    await write_in_both(two)

    assert await reasons(two, "T1") == [None if asked else Reason.DAY_OFF]
    assert await reasons(two, "T2") == [None if day == 27 else Reason.DAY_OFF]


async def test_what_is_queued_is_checked_by_the_rules_of_the_moment(two: Stories) -> None:
    """A question that was decided before quiet hours were chosen isn't posted in them."""
    two.now = FRIDAY
    for workspace_id in ("T1", "T2"):
        await two.intake.receive(two.message(BLAME, workspace_id=workspace_id))
    await two.nudge.run_due()
    await choose(two, WorkspaceChoices(holidays="11-27"))
    await two.deliver_all()

    assert (two.chat.keys("T1"), len(two.chat.keys("T2"))) == ([], 1)


async def test_a_public_question_is_held_back_once_the_workspace_goes_private(
    two: Stories,
) -> None:
    for workspace_id in ("T1", "T2"):
        await two.intake.receive(two.message(BLAME, workspace_id=workspace_id))
    await two.nudge.run_due()
    await choose(two, WorkspaceChoices(delivery=Delivery.PRIVATE))
    await two.deliver_all()

    assert (two.chat.keys("T1"), len(two.chat.keys("T2"))) == ([], 1)


async def test_a_reflection_keeps_the_workspaces_holidays(two: Stories) -> None:
    """Due on a Friday: skipped where that is a holiday, sent where it isn't."""
    two.now = FRIDAY - 7 * DAY
    for workspace_id in ("T1", "T2"):
        two.chat.people[workspace_id, "U-ana"] = LONDON
        await two.preferences.update(
            workspace_id, "U-ana", weekly_reflection=True, reflection_slot="fri 15:00"
        )
        await two.schedule.reschedule(workspace_id, "U-ana")
    await choose(two, WorkspaceChoices(holidays="2026-11-20"))
    two.now = datetime(2026, 11, 20, 15, 5, tzinfo=UTC).timestamp()
    await two.reflections.run_due()
    await two.deliver_all()

    assert (len(two.chat.keys("T1")), len(two.chat.keys("T2"))) == (0, 1)


async def test_a_reflection_comes_on_the_last_day_of_the_workspaces_week(two: Stories) -> None:
    two.limits = replace(UNLIMITED, quiet_hours=QuietHours())
    await choose(two, WorkspaceChoices(quiet_hours="20:00-07:00,fri-sat"))
    slots = []
    for workspace_id in ("T1", "T2"):
        two.chat.people[workspace_id, "U-ana"] = BERLIN
        await two.schedule.switch(workspace_id, "U-ana", on=True)
        slots.append((await two.preferences.get(workspace_id, "U-ana")).reflection_slot)

    assert slots == ["thu 15:00", "fri 15:00"]


async def test_admins_decide_in_their_own_workspace_only(two: Stories) -> None:
    """Of two people with one id, only the one whose workspace chose them is an admin."""
    await choose(two, WorkspaceChoices(admins=frozenset({"U-cy"})))

    for user_id, workspace_id, may in (
        ("U-cy", "T1", True),
        ("U-cy", "T2", False),
        ("U-ben", "T1", False),  # who invited the bot decides only where there are no admins
        ("U-ben", "T2", True),
    ):
        place = (workspace_id, "C-deal", user_id)
        assert await two.channel_settings.choose_delivery(*place, Delivery.THREAD) is may
        assert (await two.channel_settings.overview(*place)).may_choose is may
        started = await two.channel_tests.start(*place)
        assert (started == two.playbook.text("test", "not_admin")) is not may
        assert await two.probation.clear(workspace_id, Trap.BLAME, user_id) is may


async def test_admins_end_the_teams_of_their_own_workspace(two: Stories) -> None:
    await choose(two, WorkspaceChoices(admins=frozenset({"U-cy"})))
    for workspace_id in ("T1", "T2"):
        team = SalesTeam("G1", workspace_id, "U-mia", "Sales", "mon 09:00")
        await two.team_setup.save(team, [f"U-{n}" for n in range(6)], is_new=True)

    ended = [await two.team_handover.end(w, "U-cy", "G1") for w in ("T1", "T2")]
    assert ended == [two.playbook.text("team", key) for key in ("ended", "gone")]
    assert [len(await two.team_handover.teams_of(w, "U-mia")) for w in ("T1", "T2")] == [0, 1]


async def test_where_to_turn_is_the_workspaces_own(two: Stories) -> None:
    """In a form, below a question, and to an ask."""
    await choose(two, WorkspaceChoices(help_contact="Works council"))
    for workspace_id, contact in (("T1", "Works council"), ("T2", "People team, #people-help")):
        said = {"learned": GRIEF}
        line = await two.answers.save_answers(workspace_id, "U-ana", "2026-W48", said)
        wrong = await two.feedback.explain_wrong(
            workspace_id, "nudge", "U-ana", reason="moment", words=GRIEF
        )
        place = (workspace_id, "U-ana", ReplyPlace.RESPONSE, "url")
        await two.on_demand.submit(Ask("command-1", AskKind.ADVICE, *place, GRIEF))
        await two.on_demand.run_due()
        _, reply = two.presenter.replies[-1]
        assert [contact in each for each in (line, wrong, reply.line)] == [True] * 3


class Judged(FakeDetector):
    """A detector with a model behind it.

    Attributes:
        judged: the workspaces whose messages the model has read.
    """

    def __init__(self) -> None:
        self.judged: list[str] = []

    @property
    def without_model(self) -> FakeDetector:
        return FakeDetector()

    async def classify(self, workspace_id: str, text: str, context: Sequence[str] = ()) -> Verdict:
        self.judged.append(workspace_id)
        return await super().classify(workspace_id, text, context)


class Answers:
    """A model that answers asks, and counts for whom."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def answer(self, workspace_id: str, text: str, material: AnswerMaterial) -> LlmAnswer:
        self.asked.append(workspace_id)
        raise JudgeError("no answer")


async def test_no_model_reads_anything_of_a_workspace_that_wants_none(two: Stories) -> None:
    """Neither a message, nor an ask, nor a test; and questions go where they do without a model."""
    two.detector, answers, writer = Judged(), Answers(), FakeWriter(None)
    posted: list[ClaimedMessage] = []
    two.chat.after_post = posted.append
    two.answerer, two.writer = answers, writer
    await choose(two, WorkspaceChoices(uses_model=False, admins=frozenset({"U-ana"})))
    await write_in_both(two)
    for workspace_id in ("T1", "T2"):
        await two.write_direct(BLAME, workspace_id=workspace_id)
    await two.channel_tests.start("T1", "C-deal", "U-ana")
    two.now += 60
    await two.coach_message(BLAME, workspace_id="T1")

    assert two.detector.judged == ["T2"]
    assert answers.asked == ["T2"]
    assert len(writer.threads) == 1
    nudges = [p.message for p in posted if p.message.key.startswith("nudge-")]
    kinds = {message.workspace_id: message.kind for message in nudges}
    assert kinds == {"T1": MessageKind.EPHEMERAL_NUDGE, "T2": MessageKind.NUDGE}


async def test_the_same_door_opens_again(two: Stories) -> None:
    """The next message after the model was switched on again is read by it."""
    two.detector = Judged()
    for uses_model in (False, None):
        await choose(two, WorkspaceChoices(uses_model=uses_model))
        two.now += 60
        await two.coach_message(BLAME, workspace_id="T1")

    assert two.detector.judged == ["T1"]


async def test_each_workspace_has_its_own_budget(two: Stories) -> None:
    """Lower where it was chosen, never higher; and its admins are told how to get more."""
    budget = DailyLlmBudget(
        store=two.store,
        limits=JudgeLimits(),
        rules=two.rules,
        renderer=FakeRenderer(),
    )
    admins = frozenset({"U-cy"})
    await choose(two, WorkspaceChoices(daily_model_calls=2, admins=admins))
    await choose(two, WorkspaceChoices(daily_model_calls=9_999, admins=admins), "T2")
    await choose(two, WorkspaceChoices(uses_model=False), "T3")
    spent = {w: [await budget.spend(w, two.now) for _ in range(103)] for w in ("T1", "T2", "T3")}
    await two.deliver_all()

    assert {w: sum(each) for w, each in spent.items()} == {"T1": 2, "T2": 100, "T3": 0}
    lines = [str(words["line"]) for words in two.chat.words if "line" in words]
    more = [two.playbook.text("model", key) for key in ("raise_here", "raise")]
    assert [[how in line for how in more] for line in lines] == [[True, False]] + [
        [False, True]
    ] * 2


async def test_of_two_admins_who_save_at_once_one_is_the_last(two: Stories) -> None:
    """What is kept is what one of them chose, and nothing of the other's."""
    two.chat.people["T1", "U-olga"] = replace(BERLIN, id="U-olga", is_slack_admin=True)
    chosen = [
        WorkspaceChoices(admins=frozenset({f"U-{n}", f"U-{n + 1}"}), daily_cap=n + 2)
        for n in range(1, 7)
    ]
    found = await run_all(two.workspace_settings.choose("T1", "U-olga", each) for each in chosen)
    async with two.store.begin() as uow:
        kept = await uow.workspace_settings.get("T1")

    assert found == [{}] * len(chosen)
    assert kept in chosen
