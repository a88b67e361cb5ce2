"""The contract of digests: who is counted, for what, in which team, and never below the floor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.digest_stats import Counts, DigestFigures, Theme
from bot.core.model import Feedback, Reason, Trap
from bot.core.weekly_slot import Period
from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from tests.contracts.examples import finding, join, message, team

WEEK = 7 * 86_400.0
START = 1_764_547_200.0  # Monday 2025-12-01, 00:00 UTC
ONE_WEEK = Period((START,), START + WEEK)
NAME = ONE_WEEK.name
FOUR_WEEKS = Period(tuple(START + n * WEEK for n in range(4)), START + 4 * WEEK)
USERS = [f"U{n}" for n in range(8)]


class Talk:
    """Writes decisions of one workspace, each on a message of its own."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._count = 0

    async def about(
        self, author_id: str, trap: Trap, at: float = START + 5, outcome: Reason | None = None
    ) -> str:
        """Note a decision; return the key of its question."""
        self._count += 1
        n = self._count
        await self._uow.inbox.add(NewMessage(message(n, author_id=author_id), at), now=at)
        (candidate,) = await self._uow.inbox.claim_due(
            now=at, limit=9, owner="talk", lease_until=at
        )
        await self._uow.inbox.decide(candidate, outcome, now=at)
        made = finding(candidate.id, n, author_id=author_id, trap=trap, outcome=outcome)
        await self._uow.findings.add(replace(made, key=f"k{n}"), now=at)
        return f"k{n}"


async def counts(uow: UnitOfWork, made: SalesTeam) -> tuple[Counts, frozenset[str]]:
    return await uow.digests.counts(made, ONE_WEEK)


@pytest.mark.fault_case(52)
@pytest.mark.parametrize("sellers", [4, 5])
async def test_five_sellers_stand_behind_each_count(store: Store, sellers: int) -> None:
    """With four behind a count it is zero, with five it is their number."""
    async with store.begin() as uow:
        talk = Talk(uow)
        await join(uow, team(), USERS, accepted=START - 1)
        for user_id in USERS[:sellers]:
            for _ in range(3):
                await talk.about(user_id, Trap.BLAME)
        await talk.about(USERS[7], Trap.FIXING)
        found, counted = await counts(uow, team())

    assert found == Counts({Trap.BLAME: 5} if sellers == 5 else {}, counted=8)
    assert counted == frozenset(USERS)


async def test_a_team_below_the_floor_has_no_counts(store: Store) -> None:
    """Not even how many it has."""
    async with store.begin() as uow:
        await join(uow, team(), USERS[:4], accepted=START)
        assert await counts(uow, team()) == (Counts({}), frozenset(USERS[:4]))


async def test_a_seller_counts_for_one_trap(store: Store) -> None:
    """The one that they met most often; the first by name if it is a tie."""
    async with store.begin() as uow:
        talk = Talk(uow)
        await join(uow, team(), USERS, accepted=START)
        for user_id in USERS[:5]:
            for trap in (Trap.LABELLING, Trap.BLAME, Trap.LABELLING):
                await talk.about(user_id, trap)
        for user_id in USERS[5:]:
            for trap in (Trap.LABELLING, Trap.BLAME):
                await talk.about(user_id, trap)
        assert (await counts(uow, team()))[0] == Counts({Trap.LABELLING: 5}, counted=8)
        for user_id in USERS[:2]:
            await talk.about(user_id, Trap.BLAME)
            await talk.about(user_id, Trap.BLAME)
        assert (await counts(uow, team()))[0] == Counts({Trap.BLAME: 5}, counted=8)


@pytest.mark.parametrize(
    "case",
    ["accepted too late", "never accepted", "left", "another week", "silence", "manager"],
)
async def test_who_is_not_counted(store: Store, case: str) -> None:
    """The fifth counts only if they accepted before the week, are still in, are not the manager,
    and were asked, or would have been, in that week."""
    users = USERS[:5]
    made = team(manager_id="U4" if case == "manager" else "boss")
    async with store.begin() as uow:
        talk = Talk(uow)
        await join(uow, made, users, accepted=None)
        for user_id in users[:4]:
            await uow.sales_teams.accept("T1", "G1", user_id, now=START)
        if case != "never accepted":
            late = 1 if case == "accepted too late" else -1
            await uow.sales_teams.accept("T1", "G1", "U4", now=START + late)
        if case == "left":
            await uow.sales_teams.remove_member("T1", "G1", "U4")
        for user_id in users:
            is_case = user_id == "U4"
            at = START + (WEEK if is_case and case == "another week" else 5)
            quiet = Reason.NOT_SURE if is_case and case == "silence" else None
            await talk.about(user_id, Trap.BLAME, at, quiet)
        found, _ = await counts(uow, made)

    assert found.traps == {}


@pytest.mark.fault_case(52)
@pytest.mark.parametrize("sellers", [4, 5])
async def test_sellers_who_found_a_question_helpful(store: Store, sellers: int) -> None:
    """Each counts once, however often; none of them if they are fewer than five."""
    async with store.begin() as uow:
        talk = Talk(uow)
        await join(uow, team(), USERS, accepted=START)
        for user_id in USERS:
            for _ in range(2):
                key = await talk.about(user_id, Trap.BLAME)
                given = Feedback.HELPFUL if user_id in USERS[:sellers] else Feedback.NOT_THIS_TIME
                await uow.findings.set_feedback("T1", key, given, now=START + 9)
        found, _ = await counts(uow, team())

    assert found == Counts({Trap.BLAME: 8}, counted=8, found_helpful=5 if sellers == 5 else 0)


async def test_four_weeks_count_from_the_first_full_week_after_a_yes(store: Store) -> None:
    """Who agrees meanwhile is counted, with what they did from the next Monday on; who agrees in
    the last week is not."""
    async with store.begin() as uow:
        talk = Talk(uow)
        await join(uow, team(), USERS, accepted=None)
        agreed = [START, START + 1, START + WEEK, START + 3 * WEEK, START + 3 * WEEK + 1]
        for user_id, at in zip(USERS[3:], agreed, strict=True):
            await uow.sales_teams.accept("T1", "G1", user_id, now=at)
        for user_id in USERS[:3]:
            await uow.sales_teams.accept("T1", "G1", user_id, now=START - 1)
            await talk.about(user_id, Trap.BLAME, START)
        await talk.about("U3", Trap.BLAME, START)
        await talk.about("U4", Trap.BLAME, START + WEEK - 1)  # in the week of their yes
        await talk.about("U5", Trap.FIXING, START + WEEK - 1)
        await talk.about("U5", Trap.BLAME, START + WEEK)
        await talk.about("U6", Trap.BLAME, START + 4 * WEEK)  # after the end
        found, counted = await uow.digests.counts(team(), FOUR_WEEKS)
        await talk.about("U6", Trap.BLAME, START + 4 * WEEK - 1)
        later, _ = await uow.digests.counts(team(), FOUR_WEEKS)

    assert counted == frozenset(USERS[:7])
    assert found == Counts({Trap.BLAME: 5}, counted=7)
    assert later == Counts({Trap.BLAME: 6}, counted=7)


async def test_whom_an_earlier_version_counted_by_the_week_is_not_counted_again(
    store: Store,
) -> None:
    """A week that was told by itself is not told again as a part of four."""
    async with store.begin() as uow:
        await join(uow, team("G1"), USERS, accepted=START)
        told = frozenset({"U0", "U1"})
        await uow.digests.save(team("G1"), "2025-W50", DigestFigures(), told, now=START)
        await uow.digests.save(team("G1"), "2025-W48", DigestFigures(), frozenset({"U2"}), now=0)
        _, counted = await uow.digests.counts(team("G1"), FOUR_WEEKS)

    assert counted == frozenset(USERS) - told


async def test_observed_questions_count(store: Store) -> None:
    """What only observing kept back says which trap it was."""
    async with store.begin() as uow:
        talk = Talk(uow)
        await join(uow, team(), USERS[:5], accepted=START)
        for user_id in USERS[:5]:
            await talk.about(user_id, Trap.BLAME, START, Reason.OBSERVED)
        assert (await counts(uow, team()))[0] == Counts({Trap.BLAME: 5}, counted=5)


async def test_a_seller_is_counted_in_the_team_joined_last(store: Store) -> None:
    """Before the week began; who joins another during the week moves in the next one."""
    async with store.begin() as uow:
        await join(uow, team("G1"), USERS, accepted=START - 9)
        await join(uow, team("G2"), USERS[2:], accepted=None)
        for user_id, at in (("U2", START), ("U3", START + 1), ("U4", START - 9)):
            await uow.sales_teams.accept("T1", "G2", user_id, now=at)
        first, second = await counts(uow, team("G1")), await counts(uow, team("G2"))
        await uow.sales_teams.end("T1", "G2", now=START + 5)
        alone = await counts(uow, team("G1"))

    assert first[1] == frozenset(USERS) - {"U2"}  # of two at the same time, the first by its id
    assert second[1] == {"U2"}
    assert alone[1] == frozenset(USERS)


async def test_a_seller_is_counted_once_per_period(store: Store) -> None:
    """Who was counted in one team stays out of the others, also after leaving it."""
    async with store.begin() as uow:
        await join(uow, team("G1"), ["U1", "U2"], accepted=START - 9)
        await join(uow, team("G2"), ["U1", "U2"], accepted=START - 5)
        await uow.digests.save(team("G2"), NAME, DigestFigures(), frozenset({"U1"}), now=START)
        await uow.digests.save(team("G2"), "2025-W48", DigestFigures(), frozenset({"U2"}), now=0)
        for user_id in ("U1", "U2"):
            await uow.sales_teams.remove_member("T1", "G2", user_id)
        assert (await counts(uow, team("G1")))[1] == {"U2"}


async def test_a_digest_is_kept_as_it_was_first(store: Store) -> None:
    """What it said, and who was counted; a second one changes nothing."""
    figures = DigestFigures((Theme(Trap.BLAME, 5, -1), Theme(Trap.FIXING, 10)), 5)
    async with store.begin() as uow:
        await join(uow, team("G2"), ["U1", "U3"], accepted=START)
        assert await uow.digests.saved("T1", "G1", NAME) is None
        await uow.digests.save(team(), NAME, figures, frozenset({"U1", "U2"}), now=START)
        await uow.digests.save(team(), NAME, DigestFigures(), frozenset({"U3"}), now=START)
        assert await uow.digests.saved("T1", "G1", NAME) == figures
        assert (await counts(uow, team("G2")))[1] == {"U3"}
        await uow.digests.save(team(), "2025-W50", DigestFigures(), frozenset(), now=START)
        assert await uow.digests.saved("T1", "G1", "2025-W50") == DigestFigures()
        assert await uow.digests.saved("T1", "G2", NAME) is None
