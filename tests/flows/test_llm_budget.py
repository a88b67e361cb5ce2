"""The daily budget of model calls: when it ends, and which note the admins get before that."""

from __future__ import annotations

from bot.core.gate import Gate, Unprompted
from bot.core.playbook_model import Playbook
from bot.core.policy import JudgeLimits
from bot.core.workspace_rules import WorkspaceRules
from bot.flows.house_rules import HouseRules
from bot.flows.llm_budget import DailyLlmBudget
from bot.flows.ports.detection import TokenUsage
from bot.flows.ports.outbox import OutgoingMessage
from tests.fakes.memory_store import MemoryStore
from tests.fakes.rendering import FakeRenderer

NOON = 1_760_011_200.0  # 2025-10-09 12:00 UTC
DAY = 86_400.0


def rules_of(playbook: Playbook, calls: int, admins: frozenset[str]) -> HouseRules:
    return HouseRules(
        WorkspaceRules(
            gate=Gate(),
            languages=playbook.languages,
            strings=playbook.strings,
            admins=admins,
            uses_model=True,
            daily_model_calls=calls,
        )
    )


def budget_of(
    store: MemoryStore, playbook: Playbook, calls: int, admins: frozenset[str] = frozenset({"UA"})
) -> DailyLlmBudget:
    return DailyLlmBudget(
        store=store,
        limits=JudgeLimits(),
        rules=rules_of(playbook, calls, admins),
        renderer=FakeRenderer(),
    )


def notes(store: MemoryStore) -> list[OutgoingMessage]:
    return [row.message for row in store.state.outbox]


async def spend(budget: DailyLlmBudget, times: int, now: float = NOON) -> list[bool]:
    return [await budget.spend("T1", now) for _ in range(times)]


async def test_admins_are_told_at_eighty_percent_and_at_the_end(playbook: Playbook) -> None:
    """Once each; whatever is refused after that says nothing more."""
    store = MemoryStore()
    budget = budget_of(store, playbook, calls=10)

    assert await spend(budget, 7) == [True] * 7
    assert notes(store) == []
    await spend(budget, 1)
    (low,) = notes(store)
    await spend(budget, 1)
    assert len(notes(store)) == 1
    assert await spend(budget, 5) == [True, False, False, False, False]

    _, used_up = notes(store)
    assert "used today: 8 of 10" in low.content["line"]
    assert "used up (limit: 10)" in used_up.content["line"]
    for note in (low, used_up):
        assert note.recipient_id == note.channel_id == "UA"
        assert note.unprompted is Unprompted.ADMIN_NOTICE


async def test_every_day_has_its_own_note(playbook: Playbook) -> None:
    store = MemoryStore()
    budget = budget_of(store, playbook, calls=5)
    await spend(budget, 4)
    await spend(budget, 4, NOON + DAY)

    assert len({note.key for note in notes(store)}) == 2


async def test_without_admins_those_who_invited_the_bot_are_told(playbook: Playbook) -> None:
    store = MemoryStore()
    async with store.begin() as uow:
        for channel_id, inviter_id in (("C1", "UI"), ("C2", "UJ"), ("C3", "UI")):
            await uow.channels.update("T1", channel_id, inviter_id=inviter_id, invited_at=NOON)
    await spend(budget_of(store, playbook, calls=1, admins=frozenset()), 1)

    assert [note.recipient_id for note in notes(store)] == ["UI", "UJ"]
    assert all("used up (limit: 1)" in note.content["line"] for note in notes(store))


async def test_no_budget_means_no_call_and_no_note(playbook: Playbook) -> None:
    store = MemoryStore()

    assert await spend(budget_of(store, playbook, calls=0), 3) == [False] * 3
    assert notes(store) == []


async def test_tokens_count_for_the_day_of_their_call(playbook: Playbook) -> None:
    """A call from just before midnight may end after it."""
    store = MemoryStore()
    budget = budget_of(store, playbook, calls=5)
    await budget.spend("T1", NOON)
    await budget.record("T1", NOON, TokenUsage(900, 800, 60))
    await budget.record("T1", NOON, TokenUsage())

    async with store.begin() as uow:
        assert await uow.llm_usage.tokens("T1", "2025-10-09") == TokenUsage(900, 800, 60)
