"""Sales teams and digests: what a manager is shown, and what a manager can't learn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from string import Template

import pytest

from bot.core.model import Audience, Delivery, Person, Trap
from bot.core.policy import DAY, HOUR, WEEK
from bot.core.team_policy import TeamLimits
from bot.core.weekly_slot import Holidays
from bot.flows.errors import SlackRefusedError
from bot.flows.ports.channels import ChannelFigures
from bot.flows.ports.findings import Finding
from bot.flows.ports.sales_teams import SalesTeam
from tests.flows.stories import UNLIMITED, Stories

MONDAY = datetime(2025, 12, 1, 8, 0, tzinfo=UTC).timestamp()  # 09:00 in Berlin
FIRST = MONDAY + WEEK  # the first digest of a team that is set up before
COUNTED, SENT = "2025-W49", "2025-W50"
PERIOD = 4 * WEEK
TOLD = MONDAY + 3 * WEEK  # the first digest after the four weeks that hold MONDAY
SELLERS = [f"U-{number}" for number in range(1, 7)]
MANY = [f"U-{number:02}" for number in range(30)]
NORTH = SalesTeam("G1", "T1", "U-mia", "North", "mon 09:00", "C-deal")
CLEAR = replace(UNLIMITED, teams=replace(TeamLimits(), blur=1, share_wait_seconds=0.2))


@pytest.fixture
def clear(stories: Stories) -> Stories:
    """Return stories whose digests aren't blurred."""
    return replace(stories, limits=CLEAR)


async def tick(stories: Stories, at: float) -> int:
    stories.now = at
    sent = await stories.digests.run_due()
    await stories.deliver_all()
    return sent


async def tick_weekly(stories: Stories, until: float) -> None:
    """Tick whenever a digest is due from now on, and at the end; what waits too long is skipped."""
    at = FIRST
    while at < until:
        if at > stories.now:
            await tick(stories, at)
        at += WEEK
    await tick(stories, until)


async def save(
    stories: Stories, names: Sequence[str], team: SalesTeam = NORTH, *, is_new: bool = False
) -> str:
    text = await stories.team_setup.save(team, names, is_new=is_new)
    await stories.deliver_all()
    return text


async def answer(stories: Stories, users: Sequence[str], *, yes: bool, team_id: str = "G1") -> None:
    for user_id in users:
        await stories.team_members.answer_invitation("T1", team_id, user_id, accepts=yes)


async def meet(stories: Stories, users: Sequence[str], trap: Trap = Trap.BLAME) -> None:
    """Note that these people were asked about a trap now."""
    async with stories.store.begin() as uow:
        for user_id in users:
            found = Finding(
                inbox_id=0,
                workspace_id="T1",
                channel_id="C-deal",
                thread_ts="1.5",
                author_id=user_id,
                trap=trap,
                score=0.9,
                detector="d",
                playbook_version="p",
                outcome=None,
                question_id="q",
                key=f"nudge-{user_id}-{stories.now}",
            )
            await uow.findings.add(found, now=stories.now)


def sent(stories: Stories, prefix: str) -> list[str]:
    return sorted(key for key in stories.chat.keys("T1") if key.startswith(prefix))


async def themes(stories: Stories, user_id: str = "U-mia") -> object:
    content = await stories.past_digests.latest("T1", user_id)
    return content and content["themes"]


async def test_a_digest_comes_after_a_whole_counted_week(stories: Stories) -> None:
    await save(stories, SELLERS, is_new=True)
    await answer(stories, SELLERS, yes=True)
    assert await tick(stories, MONDAY) == 0
    assert await tick(stories, FIRST) == 1

    assert sent(stories, "digest-") == [f"digest-G1-{SENT}"]
    for user_id in ("U-mia", "U-1"):
        assert await stories.past_digests.latest("T1", user_id) is not None
    assert await stories.past_digests.latest("T1", "U-nobody") is None
    assert await stories.past_digests.latest("T2", "U-mia") is None


async def test_a_team_is_saved_although_slack_is_silent(stories: Stories) -> None:
    """Slack waits three seconds for a form; who the manager is may come later."""
    limits = replace(UNLIMITED, teams=replace(TeamLimits(), lookup_seconds=0.02))
    stories = replace(stories, limits=limits)
    stories.chat.hangs = True
    async with asyncio.timeout(2):
        saved = await stories.team_setup.save(NORTH, SELLERS, is_new=True)

    assert saved.startswith(stories.playbook.text("team", "saved"))
    assert await stories.team_setup.managed_team("T1", "U-mia") == (NORTH, SELLERS)


async def test_members_are_invited_once(stories: Stories) -> None:
    await save(stories, [*SELLERS, "U-mia"], is_new=True)
    await save(stories, [*SELLERS, "U-mia"])

    assert sent(stories, "team-") == [f"team-G1-{user_id}" for user_id in SELLERS]
    assert await stories.team_setup.managed_team("T1", "U-mia") == (NORTH, SELLERS)
    assert await stories.team_setup.managed_team("T2", "U-mia") == (None, [])


async def test_the_form_shows_whom_the_manager_named(stories: Stories) -> None:
    """Whatever became of them: nobody can read who said no, left, erased their data, or is gone."""
    said = [await save(stories, SELLERS, is_new=True)]
    await answer(stories, SELLERS[:4], yes=True)
    await answer(stories, SELLERS[4:5], yes=False)
    await stories.team_members.leave_all("T1", "U-1")
    await stories.erasure.forget_person("T1", "U-2")
    stories.chat.people["T1", "U-3"] = Person("U-3", None, 0, is_colleague=False)
    assert await stories.team_setup.managed_team("T1", "U-mia") == (NORTH, SELLERS)
    said += [await save(stories, SELLERS) for _ in range(3)]

    assert await stories.team_setup.managed_team("T1", "U-mia") == (NORTH, SELLERS)
    assert set(said) == {stories.playbook.text("team", "saved")}


async def test_who_said_no_is_asked_once_more_at_most(stories: Stories) -> None:
    """Also who left or erased their data; who has the question still, or said yes, isn't."""
    await save(stories, SELLERS, is_new=True)
    await answer(stories, SELLERS[:3], yes=True)
    await answer(stories, SELLERS[3:4], yes=False)
    await stories.team_members.leave_all("T1", "U-1")
    await stories.erasure.forget_person("T1", "U-2")
    for _ in range(3):
        await save(stories, SELLERS)
        for user_id in ("U-1", "U-2", "U-4"):
            await answer(stories, [user_id], yes=False)

    again = [key for key in sent(stories, "team-") if key.endswith("-2-2")]
    assert again == ["team-G1-U-2-2"]
    assert len(sent(stories, "team-")) == len(SELLERS) + 3


async def test_an_invitation_that_did_not_arrive_is_sent_again_once(stories: Stories) -> None:
    """Saving the team again is enough; who said yes to the old one meanwhile isn't asked."""
    refused = SlackRefusedError("cannot_dm_bot")
    stories.chat.failures["post"] = [refused] * len(SELLERS)
    await save(stories, SELLERS, is_new=True)
    assert sent(stories, "team-") == []
    await answer(stories, SELLERS[:1], yes=True)
    stories.chat.failures["post"] = [refused]
    await save(stories, SELLERS)
    assert sent(stories, "team-") == [f"team-G1-{user_id}-2" for user_id in SELLERS[2:]]
    await save(stories, SELLERS)

    assert len(sent(stories, "team-")) == len(SELLERS) - 2


async def test_whoever_said_no_can_still_say_yes(stories: Stories) -> None:
    """As long as the manager names them, the old invitation counts."""
    await save(stories, SELLERS, is_new=True)
    await answer(stories, ["U-1"], yes=False)
    join = stories.team_members.answer_invitation
    assert await join("T1", "G1", "U-1", accepts=True) == stories.playbook.text("team", "agreed")
    await save(stories, SELLERS[1:])
    assert await join("T1", "G1", "U-1", accepts=True) == stories.playbook.text("team", "gone")


async def test_leaving_is_silent(stories: Stories) -> None:
    await save(stories, SELLERS, is_new=True)
    before = stories.chat.keys("T1")
    await answer(stories, ["U-1"], yes=True)
    line = await stories.team_members.leave_all("T1", "U-1")
    await stories.deliver_all()

    assert line == stories.playbook.text("team", "left")
    assert await stories.team_members.leave_all("T1", "U-1") == stories.playbook.text(
        "team", "not_in"
    )
    assert stories.chat.keys("T1") == before


async def test_a_team_belongs_to_its_manager(stories: Stories) -> None:
    await save(stories, SELLERS, is_new=True)
    stolen = SalesTeam("G1", "T1", "U-ben", "Mine", "mon 09:00")
    for is_new in (True, False):
        line = await save(stories, ["U-1"], stolen, is_new=is_new)
        assert line == stories.playbook.text("team", "gone")
    assert await stories.team_setup.managed_team("T1", "U-ben") == (None, [])


@pytest.mark.parametrize("days_later", [0.0, 1.0])
async def test_the_first_digest_waits_for_a_whole_week(stories: Stories, days_later: float) -> None:
    """Also if the form arrives twice, or the team is changed before that week is over."""
    stories.now = MONDAY - 6 * DAY
    await save(stories, SELLERS, is_new=True)
    stories.now += days_later * DAY
    await save(stories, SELLERS, replace(NORTH, slot="mon 10:00"), is_new=days_later == 0)

    assert await tick(stories, MONDAY + 2 * HOUR) == 0
    assert await tick(stories, FIRST + HOUR) == 1


def guest(user_id: str) -> Person:
    return Person(user_id, None, 0, is_colleague=False)


async def test_guests_have_no_teams_and_are_in_none(stories: Stories) -> None:
    """Nor strangers nor bots: they neither make a team, nor take one over, nor are counted."""
    refused = stories.playbook.text("team", "guests")
    for user_id in ("U-guest", "U-3"):
        stories.chat.people["T1", user_id] = guest(user_id)
    mine = replace(NORTH, id="G9", manager_id="U-guest")
    assert await save(stories, SELLERS, mine, is_new=True) == refused
    assert stories.chat.keys("T1") == []

    await save(stories, SELLERS, is_new=True)
    assert "team-G1-U-3" not in sent(stories, "team-")
    answered = stories.team_members.answer_invitation("T1", "G1", "U-3", accepts=True)
    assert await answered == refused
    assert await stories.team_handover.offer("T1", "U-mia", "G1", "U-guest") == refused
    assert await stories.team_handover.offer("T1", "U-mia", "G1", "U-4")
    stories.chat.people["T1", "U-4"] = guest("U-4")
    taken = stories.team_handover.answer_offer("T1", "U-4", "G1", accepts=True)
    assert await taken == refused


async def test_a_manager_has_few_teams_and_names_few_people_a_day(stories: Stories) -> None:
    """Whatever the manager ends, removes and names again."""
    stories = replace(
        stories,
        limits=replace(UNLIMITED, teams=TeamLimits(teams_per_manager=2, new_names_per_day=8)),
    )
    many = Template(stories.playbook.text("team", "too_many_names")).substitute(count=8)
    teams = Template(stories.playbook.text("team", "too_many_teams")).substitute(count=2)
    assert await save(stories, MANY[:9], is_new=True) == many
    await save(stories, MANY[:6], is_new=True)
    await save(stories, MANY[:2])
    assert await save(stories, MANY[:6]) == many  # four come back, two have stayed
    await save(stories, MANY[:3])
    await save(stories, ["U-00"], replace(NORTH, id="G2"), is_new=True)
    assert await save(stories, ["U-00"], replace(NORTH, id="G3"), is_new=True) == teams
    await stories.team_handover.end_all("T1", "U-mia")
    assert await save(stories, MANY[:8], replace(NORTH, id="G4"), is_new=True) == many
    stories.now += DAY + 1
    assert await save(stories, MANY[:8], replace(NORTH, id="G4"), is_new=True) not in (many, teams)


async def test_a_period_is_computed_once(clear: Stories) -> None:
    """Removing somebody and moving the slot shows the same figures again."""
    await save(clear, MANY[:12], is_new=True)
    await answer(clear, MANY[:12], yes=True)
    clear.now = MONDAY + DAY
    await meet(clear, MANY[:5])
    await tick_weekly(clear, TOLD)
    before = await themes(clear)
    await save(clear, MANY[1:12], replace(NORTH, slot="mon 10:00"))
    await tick(clear, TOLD + 3_601)
    preview = await clear.past_digests.preview(NORTH)

    assert before == [[Trap.BLAME, 5, None]]
    assert preview["themes"] == await themes(clear) == before
    assert sent(clear, "digest-") == [f"digest-G1-2025-W{week}" for week in range(50, 53)]


async def test_a_preview_comes_first_and_stays(clear: Stories) -> None:
    """Whoever leaves between two looks at the same four weeks can't be found by comparing them."""
    await save(clear, MANY[:12], is_new=True)
    await answer(clear, MANY[:12], yes=True)
    clear.now = MONDAY + DAY
    await meet(clear, MANY[:5])
    await tick_weekly(clear, TOLD - 3_600)
    preview = await clear.past_digests.preview(NORTH)
    await clear.team_members.leave_all("T1", MANY[0])
    await tick(clear, TOLD)

    assert preview["themes"] == await themes(clear) == [[Trap.BLAME, 5, None]]


@pytest.mark.parametrize("accepted", range(13))
async def test_no_figure_means_everybody(clear: Stories, accepted: int) -> None:
    """Even if all who said yes have the same trap, twice as many are counted as is told."""
    await save(clear, MANY[:12], is_new=True)
    await answer(clear, MANY[:accepted], yes=True)
    clear.now = MONDAY + DAY
    await meet(clear, MANY[:accepted])
    await tick_weekly(clear, TOLD)

    assert await themes(clear) == ([[Trap.BLAME, 5, None]] if accepted >= 10 else [])


async def test_two_teams_dont_give_away_one_person(clear: Stories) -> None:
    """An empty digest counts too: who was counted in it is in no other digest of the four weeks."""
    five = replace(NORTH, id="G2", manager_id="U-bob", slot="mon 08:00")
    await save(clear, MANY[:12], is_new=True)
    await answer(clear, MANY[:12], yes=True)
    clear.now += 60
    await save(clear, MANY[:5], five, is_new=True)
    await answer(clear, MANY[:5], yes=True, team_id="G2")
    clear.now = MONDAY + DAY
    await meet(clear, [*MANY[:4], MANY[5]])
    await tick_weekly(clear, TOLD - 3_600)
    await clear.team_members.leave_all("T1", MANY[0])
    await tick(clear, TOLD)

    assert await themes(clear, "U-bob") == []
    assert await themes(clear) == []


async def test_a_union_of_teams_shows_nothing_new(clear: Stories) -> None:
    """Two teams, and one of all their people and one more: nobody is counted twice."""
    teams = [
        (NORTH, MANY[:12]),
        (replace(NORTH, id="G2"), MANY[12:24]),
        (replace(NORTH, id="G3"), MANY[:25]),
    ]
    for team, people in reversed(teams):
        clear.now += 60
        await save(clear, people, team, is_new=True)
        await answer(clear, people, yes=True, team_id=team.id)
        clear.now += DAY + 1
    clear.now = MONDAY + WEEK + DAY
    await meet(clear, MANY[:25])
    clear.now = TOLD
    shown = [(await clear.past_digests.preview(team))["themes"] for team, _ in teams]

    assert shown == [[[Trap.BLAME, 5, None]], [[Trap.BLAME, 5, None]], []]


async def test_a_trend_is_shown_whoever_has_come_or_gone(clear: Stories) -> None:
    """If it were missing after a change, the manager would read that somebody has left."""
    await save(clear, MANY[:12], is_new=True)
    await answer(clear, MANY[:12], yes=True)
    for period in (0, 1):
        clear.now = MONDAY + period * PERIOD + DAY
        await meet(clear, MANY[:6])
        if period:
            await clear.team_members.leave_all("T1", MANY[0])
        await tick_weekly(clear, TOLD + period * PERIOD)

    assert await themes(clear) == [[Trap.BLAME, 5, 0]]


async def test_a_digest_is_shared_once_and_by_its_manager(clear: Stories) -> None:
    await save(clear, SELLERS, is_new=True)
    await tick(clear, FIRST)
    none = clear.playbook.text("digest", "none")
    for workspace_id, user_id in (("T1", "U-1"), ("T2", "U-mia")):
        share = await clear.digest_sharing.begin(workspace_id, user_id, "G1", COUNTED)
        assert (share.key, share.line) == ("", none)
    for _ in range(2):
        share = await clear.digest_sharing.begin("T1", "U-mia", "G1", COUNTED)
        await clear.deliver_all()
        shared = clear.playbook.text("digest", "shared")
        assert await clear.digest_sharing.outcome("T1", share) == shared

    assert sent(clear, "shared-") == [f"shared-G1-{COUNTED}"]


async def press_share(stories: Stories) -> str:
    share = await stories.digest_sharing.begin("T1", "U-mia", "G1", COUNTED)
    await stories.deliver_all()
    return await stories.digest_sharing.outcome("T1", share)


async def test_sharing_tells_what_came_of_it(clear: Stories) -> None:
    """Before the press if the bot isn't there, after it if Slack refuses; then it can be tried
    again."""
    words = clear.playbook.strings["digest"]
    await save(clear, SELLERS, is_new=True)
    await tick(clear, FIRST)
    clear.chat.not_in.add(("T1", "C-deal"))
    assert await press_share(clear) == words["not_in_channel"]
    clear.chat.not_in.clear()
    clear.chat.audiences["T1", "C-deal"] = Audience.OUTSIDERS
    assert await press_share(clear) == words["outsiders"]
    clear.chat.audiences.clear()
    clear.chat.failures["is_member"] = [SlackRefusedError("missing_scope")]
    clear.chat.failures["post"] = [SlackRefusedError("not_in_channel")]
    assert await press_share(clear) == words["not_shared"]
    share = await clear.digest_sharing.begin("T1", "U-mia", "G1", COUNTED)
    assert await clear.digest_sharing.outcome("T1", share) == words["sharing"]
    await clear.deliver_all()

    assert sent(clear, "shared-") == [f"shared-G1-{COUNTED}-2"]
    assert await press_share(clear) == words["shared"]


async def test_saving_says_if_the_channel_cant_be_reached(stories: Stories) -> None:
    stories.chat.not_in.add(("T1", "C-deal"))
    line = await save(stories, SELLERS, is_new=True)

    assert line.startswith(stories.playbook.text("team", "saved"))
    assert line.endswith(stories.playbook.text("team", "not_in_channel"))


async def test_a_team_without_its_manager_gets_no_digest(stories: Stories) -> None:
    stories.admins = frozenset({"U-admin"})
    await save(stories, SELLERS, is_new=True)
    stories.chat.people["T1", "U-mia"] = guest("U-mia")
    assert await tick(stories, FIRST) == 0
    assert await tick(stories, FIRST + WEEK) == 0
    assert sent(stories, "gone-") == ["gone-G1-U-admin"]

    await stories.team_handover.offer("T1", "U-admin", "G1", "U-zoe")
    await stories.team_handover.answer_offer("T1", "U-zoe", "G1", accepts=True)
    assert await tick(stories, FIRST + 2 * WEEK) == 1


async def test_a_manager_who_is_away_gets_it_on_the_next_working_day(stories: Stories) -> None:
    await save(stories, SELLERS, is_new=True)
    stories.holidays = Holidays.parse("2025-12-08")
    assert await tick(stories, FIRST) == 0
    assert await tick(stories, FIRST + DAY) == 1


async def test_a_digest_that_waits_skips_the_weekend_of_its_manager(stories: Stories) -> None:
    """In Riyadh a Thursday's digest waits for Sunday, when the week begins there."""
    stories.chat.people["T1", "U-mia"] = Person("U-mia", "Asia/Riyadh", 10_800, is_colleague=True)
    await save(stories, SELLERS, replace(NORTH, slot="thu 09:00"), is_new=True)
    thursday = datetime(2025, 12, 11, 6, tzinfo=UTC).timestamp()
    stories.holidays = Holidays.parse("2025-12-11")
    assert await tick(stories, thursday) == 0
    assert await tick(stories, thursday + DAY) == 0
    assert await tick(stories, thursday + 3 * DAY) == 1


async def test_a_manager_or_an_admin_ends_a_team(stories: Stories) -> None:
    """Nobody else can; nobody is counted afterward, and there is no digest."""
    stories.admins = frozenset({"U-admin"})
    words, handover = stories.playbook.strings["team"], stories.team_handover
    told: dict[str, object] = {}
    stories.chat.after_post = lambda c: told.update({c.message.key: c.message.content.get("line")})
    for n in (1, 2, 3):
        await save(stories, SELLERS, replace(NORTH, id=f"G{n}"), is_new=True)
    assert await handover.end("T1", "U-1", "G1") == words["gone"]
    assert await handover.end("T2", "U-mia", "G1") == words["gone"]
    assert [t.id for t in await handover.teams_of("T1", "U-admin")] == ["G1", "G2", "G3"]
    assert await handover.end("T1", "U-admin", "G1") == words["ended"]
    assert [t.id for t in await handover.teams_of("T1", "U-mia")] == ["G2", "G3"]
    assert await handover.end_all("T1", "U-mia") == words["ended"]
    assert await handover.end_all("T1", "U-mia") == words["manages_none"]
    await stories.deliver_all()
    assert await tick(stories, FIRST) == 0

    assert {key: line for key, line in told.items() if key.startswith("ended-")} == {
        "ended-G1": Template(words["has_ended"]).substitute(team="North"),
        "ended-G2": words["you_ended"],
    }
    assert await save(stories, SELLERS, NORTH) == words["gone"]
    assert await stories.team_members.leave_all("T1", "U-1") == words["not_in"]


async def test_a_team_is_handed_over_to_who_agrees(clear: Stories) -> None:
    """The new manager sees what the old one saw; who is counted is told, and nobody else."""
    words, handover = clear.playbook.strings["team"], clear.team_handover
    await save(clear, SELLERS, is_new=True)
    await answer(clear, SELLERS[:3], yes=True)
    await answer(clear, SELLERS[3:4], yes=False)
    await tick(clear, FIRST)
    assert await handover.offer("T1", "U-1", "G1", "U-1") == words["gone"]
    assert await handover.offer("T1", "U-mia", "G1", "U-mia") == words["manages_already"]
    assert await handover.offer("T1", "U-mia", "G1", "U-2") == words["offered"]
    assert await handover.answer_offer("T1", "U-1", "G1", accepts=True) == words["gone"]
    assert await handover.answer_offer("T1", "U-2", "G1", accepts=False) == words["not_taken_over"]
    assert await handover.answer_offer("T1", "U-2", "G1", accepts=True) == words["gone"]
    await handover.offer("T1", "U-mia", "G1", "U-2")
    assert await handover.answer_offer("T1", "U-2", "G1", accepts=True) == words["taken_over"]
    await clear.deliver_all()

    told = [key.rpartition("-")[0].partition("U-2-")[2] for key in sent(clear, "taken-")]
    assert told == ["U-1", "U-3", "U-mia"]
    team, named = await clear.team_setup.managed_team("T1", "U-2")
    assert team == replace(NORTH, manager_id="U-2")
    assert named == SELLERS
    assert await clear.past_digests.latest("T1", "U-2") is not None
    assert await clear.past_digests.latest("T1", "U-mia") is None
    assert await tick(clear, FIRST + WEEK) == 1


async def test_a_manager_of_many_teams_takes_over_no_more(stories: Stories) -> None:
    for n in range(TeamLimits().teams_per_manager):
        team = replace(NORTH, id=f"G{n}", manager_id="U-zoe")
        await save(stories, SELLERS, team, is_new=True)
    await save(stories, SELLERS, replace(NORTH, id="G9"), is_new=True)
    await stories.team_handover.offer("T1", "U-mia", "G9", "U-zoe")
    line = await stories.team_handover.answer_offer("T1", "U-zoe", "G9", accepts=True)

    assert line == Template(stories.playbook.text("team", "too_many_teams")).substitute(count=3)
    assert (await stories.team_setup.managed_team("T1", "U-mia"))[0] is not None


async def test_a_channel_shows_nothing_that_was_just_asked(clear: Stories) -> None:
    """Its figures are about weeks that are over, many sellers, and questions everyone can see."""
    async with clear.store.begin() as uow:
        await uow.channels.update("T1", "C-deal", delivery=Delivery.THREAD, inviter_id="U-ben")

    async def figures() -> ChannelFigures:
        return (await clear.channel_settings.overview("T1", "C-deal", "U-1")).figures

    before = await figures()
    await meet(clear, MANY[:12])
    assert await figures() == before == ChannelFigures()
    clear.now += 5 * WEEK
    assert await figures() == ChannelFigures(asked=5)
    await clear.erasure.forget_person("T1", MANY[0])
    await meet(clear, MANY)
    assert await figures() == ChannelFigures(asked=5)
