"""The week through the whole bot: look backs, follow-ups, teams, digests, and the end of it all."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from bot.sandbox import screen
from bot.sandbox.clock import SharedClock
from bot.sandbox.faults import Fault
from bot.sandbox.workspace import Json
from bot.store.database import Database
from bot.store.tables import followups, metadata, weekly
from tests.house import ENTITLEMENT, LABELLING, House, house_in
from tests.scenarios.test_controls import STANDARD, chosen

SEAL = {"REFRAME_SEAL_KEY": "a-secret-of-the-tests"}


def at(moment: str) -> float:
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp()


class Week:
    """A house whose time the test sets; it begins on a Saturday."""

    def __init__(self, house: House, clock: SharedClock) -> None:
        self.house = house
        self.clock = clock

    async def leap(self, moment: str) -> None:
        """To a moment, and until all that is due then is said."""
        self.clock.leap_to(at(moment))
        ticks = self.clock()
        await self.house.until(lambda: self.clock() > ticks + 0.8, 5)
        await self.house.idle()

    async def look_backs(self, user: str | None = None, **values: str) -> None:
        """A seller switches the look back on."""
        who = user or self.house.ana
        await self.house.command("settings", user=who)
        view = self.house.modal()
        await self.house.slack.submit(who, view, chosen(**{**STANDARD, "reflect": "on", **values}))

    def said(self, words: str, user: str | None = None) -> list[Json]:
        """The direct messages of the bot that hold these words."""
        return [m for m in self.house.direct(user) if words in m["text"]]

    async def press(self, message: Json, action: str, user: str | None = None) -> None:
        who = user or self.house.ana
        dm = self.house.workspace.direct_channel(who)
        await self.house.slack.press(who, dm, message["ts"], action)

    async def team(self, sellers: int, channel: bool = False) -> tuple[str, list[str]]:
        """A manager with a team in which everybody said yes."""
        house = self.house
        mia = house.workspace.add_user("mia")
        people = [house.workspace.add_user(f"seller{n}") for n in range(sellers)]
        house.workspace.channels[house.deal].members += [mia, *people]
        await house.command("team", user=mia)
        view = house.modal()
        values = chosen(day="mon", reflect_time="09:00")
        values["time"] = {"time": values.pop("reflect_time")["reflect_time"]}
        values |= {
            "name": {"name": {"value": "North"}},
            "people": {"people": {"selected_users": people}},
            "channel": {"channel": {"selected_conversation": house.deal if channel else None}},
        }
        await house.slack.submit(mia, view, values)
        await house.idle()
        for user in people:
            (asked,) = self.said("has set up the team North", user)
            await self.press(asked, "reframe_team_yes", user)
        return mia, people


@pytest.fixture
async def week(tmp_path: Path) -> AsyncIterator[Week]:
    clock = SharedClock(tmp_path / "clock")
    clock.leap_to(at("2026-11-28 10:00"))
    async with house_in(tmp_path, clock) as house:
        await house.start(**SEAL)
        yield Week(house, clock)


async def test_a_look_back_comes_on_its_day_once(week: Week) -> None:
    """Friday 15:00 in the seller's zone, with own moments and none of the own words; then not again
    until the next Friday."""
    await week.look_backs()
    await week.leap("2026-11-30 10:00")
    await week.house.say(ENTITLEMENT)
    await week.house.idle()
    await week.leap("2026-12-04 14:59:30")
    assert week.said("Your look back") == []

    await week.leap("2026-12-04 15:00:01")
    (shown,) = week.said("Your look back")
    (nudge,) = [m for c, m in week.house.workspace.own_posts() if c == week.house.deal]
    assert nudge["text"].split(". ")[-1] in shown["text"]
    assert "call back" not in shown["text"]
    await week.leap("2026-12-06 15:00")
    assert len(week.said("Your look back")) == 1
    await week.leap("2026-12-11 15:00:01")
    assert len(week.said("Your look back")) == 2


async def test_without_a_nudge_there_is_an_idea_and_a_question(week: Week) -> None:
    """A week without any nudge has the article of the week and one question."""
    await week.look_backs()
    await week.leap("2026-12-04 15:00:01")

    (shown,) = week.said("Your look back")
    assert "An idea for the week" in shown["text"]
    assert shown["text"].count("?") == 1


@pytest.mark.parametrize(
    ("reflect_day", "reflect_time", "moment"),
    [("thu", "16:30", "2026-12-03 16:30:01"), ("mon", "08:05", "2026-11-30 08:05:01")],
)
async def test_the_slot_is_the_sellers(
    week: Week, reflect_day: str, reflect_time: str, moment: str
) -> None:
    """The look back comes when its seller chose."""
    await week.look_backs(reflect_day=reflect_day, reflect_time=reflect_time)
    await week.leap(moment)

    assert len(week.said("Your look back")) == 1


async def test_the_plan_comes_back_and_nobody_reads_it(week: Week) -> None:
    """What is written is sealed; the plan comes back a week later with the question how it went."""
    await week.look_backs()
    await week.leap("2026-12-04 15:00:01")
    (shown,) = week.said("Your look back")
    await week.press(shown, "reframe_reflect_open")
    view = week.house.modal()
    words = {"learned": "canary-learned", "if": "canary-if", "then": "canary-then"}
    sent = await week.house.slack.submit(
        week.house.ana, view, {n: {n: {"value": text}} for n, text in words.items()}
    )
    assert "Kept, sealed" in sent.body
    held = [p.name for p in week.house.folder.iterdir() if b"canary" in p.read_bytes()]
    assert held == []

    await week.leap("2026-12-11 15:00:01")
    later = week.said("Your look back")[-1]
    assert "if canary-if, then canary-then" in later["text"]
    await week.press(later, "reframe_reflect_open")
    form = screen.view(week.house.modal())
    assert "How did it go with your plan?" in form


async def test_without_a_key_nothing_is_kept_and_that_is_said(tmp_path: Path) -> None:
    """No key to seal with: no answer is stored, and both messages say so."""
    clock = SharedClock(tmp_path / "clock")
    clock.leap_to(at("2026-11-28 10:00"))
    async with house_in(tmp_path, clock) as house:
        await house.start()
        week = Week(house, clock)
        await week.look_backs()
        await week.leap("2026-12-04 15:00:01")
        (shown,) = week.said("Your look back")
        assert "is not kept" in shown["text"]
        await week.press(shown, "reframe_reflect_open")
        view = house.modal()
        sent = await house.slack.submit(
            house.ana, view, {"if": {"if": {"value": "canary"}}, "then": {"then": {"value": "x"}}}
        )
        assert "nothing of it is kept" in sent.body
        await week.leap("2026-12-11 15:00:01")
        assert "canary" not in week.said("Your look back")[-1]["text"]


async def test_a_reply_is_an_answer_and_no_draft(week: Week) -> None:
    """Who just replies has looked back; it is not coached."""
    await week.look_backs()
    await week.leap("2026-12-04 15:00:01")
    (shown,) = week.said("Your look back")
    dm = week.house.workspace.direct_channel(week.house.ana)
    await week.house.slack.say(week.house.ana, dm, ENTITLEMENT, thread_ts=shown["ts"])
    await week.house.idle()

    answer = week.house.direct()[-1]
    assert "Kept, sealed" in answer["text"]
    assert answer["thread_ts"] == shown["ts"]


@pytest.mark.parametrize(
    ("what", "reason"),
    [("pause", "paused"), ("status", "away"), ("off", None), ("guest", "not_a_colleague")],
)
async def test_when_there_is_none(week: Week, what: str, reason: str | None) -> None:
    """Paused, away by the own status, a guest: skipped, and noted why; switched off: nothing."""
    await week.look_backs()
    ana = week.house.workspace.users[week.house.ana]
    match what:
        case "pause":
            await week.house.command("pause 2w")
        case "status":
            ana.status = "Out of office until Monday"
        case "guest":
            ana.is_restricted = True
        case "off":
            await week.look_backs(reflect="off")
    await week.leap("2026-12-04 15:00:01")

    assert week.said("Your look back") == []
    database = Database(week.house.address)
    async with database.begin() as connection:
        reasons = (await connection.execute(select(weekly.c.reason))).scalars().all()
    await database.close()
    assert list(reasons) == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("back", "comes"), [("2026-12-05 14:00", True), ("2026-12-05 16:00", False)]
)
async def test_after_being_down(week: Week, back: str, comes: bool) -> None:
    """50: down over the due time, it comes late within a day, and is skipped after that."""
    await week.look_backs()
    await week.house.stop()
    week.clock.leap_to(at(back))
    await week.house.start(**SEAL)
    await week.leap(back)

    assert (len(week.said("Your look back")) == 1) is comes


async def test_more_than_one_batch_at_once(week: Week, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are due at the same moment, one tick sends them all; what Slack holds up for a
    moment comes with a later one."""
    monkeypatch.setattr("bot.flows.reflect.BATCH", 2)
    users = [week.house.workspace.add_user(f"s{n}") for n in range(5)]
    week.house.workspace.channels[week.house.deal].members += users
    for user in users:
        await week.look_backs(user)
    await week.house.idle()
    week.house.slack.faults.next("users.info", Fault.http(503), times=2)
    await week.leap("2026-12-04 15:00:01")
    await week.leap("2026-12-04 15:02")

    assert [len(week.said("Your look back", user)) for user in users] == [1] * 5


async def test_a_restart_at_the_due_time_sends_once(week: Week) -> None:
    """49: a bot that is started again at the due time does not send twice."""
    await week.look_backs()
    for _ in range(3):
        await week.leap("2026-12-04 15:00:01")
        await week.house.stop()
        await week.house.start(**SEAL)
    await week.leap("2026-12-04 15:05")

    assert len(week.said("Your look back")) == 1


async def test_skip_and_no_more(week: Week) -> None:
    """Skipping leaves no trace; No more ends it."""
    await week.look_backs()
    await week.leap("2026-12-04 15:00:01")
    (shown,) = week.said("Your look back")
    await week.press(shown, "reframe_reflect_skip")
    await week.house.until(lambda: not week.said("Your look back"), 5)
    await week.leap("2026-12-11 15:00:01")
    (shown,) = week.said("Your look back")
    await week.press(shown, "reframe_reflect_off")
    await week.leap("2026-12-18 15:00:01")

    assert week.said("Your look back") == []


async def test_the_first_helpful_answer_offers_it(week: Week) -> None:
    """A seller who has not chosen is asked once, beside the thanks, and one press is enough."""
    await week.leap("2026-11-30 10:00")
    for text, offered in ((ENTITLEMENT, True), (LABELLING, False)):
        ts = await week.house.say(text)
        await week.house.idle()
        (nudge,) = week.house.replies(ts)
        await week.house.slack.press(
            week.house.ana, week.house.deal, nudge["ts"], "reframe_answer_helpful"
        )
        await week.house.idle()
        line = week.house.shown()[-1]
        assert ("look back every Friday" in line["text"]) is offered
        if offered:
            await week.house.slack.press(
                week.house.ana, week.house.deal, line["ts"], "reframe_reflect_on", ephemeral=True
            )
            await week.house.until(
                lambda: any("see you on Friday" in e["text"] for e in week.house.shown()), 5
            )
    await week.leap("2026-12-04 15:00:01")

    assert len(week.said("Your look back")) == 1


@pytest.mark.parametrize("answer", ["press", "sentence"])
async def test_some_days_after_a_helpful_question(week: Week, answer: str) -> None:
    """One line three days after Helpful; what became of it is kept as a count, without words."""
    await week.leap("2026-11-30 10:00")
    ts = await week.house.say(ENTITLEMENT)
    await week.house.idle()
    (nudge,) = week.house.replies(ts)
    await week.house.slack.press(
        week.house.ana, week.house.deal, nudge["ts"], "reframe_answer_helpful"
    )
    await week.leap("2026-12-02 10:00")
    assert week.said("Some days ago") == []
    await week.leap("2026-12-03 10:00:01")
    await week.leap("2026-12-04 10:00")
    (line,) = week.said("Some days ago")
    if answer == "press":
        for _ in range(2):
            await week.press(line, "reframe_learnt_learnt")
    else:
        dm = week.house.workspace.direct_channel(week.house.ana)
        await week.house.slack.say(
            week.house.ana, dm, "they owe us nothing, canary-reply", thread_ts=line["ts"]
        )
        await week.house.idle()
        assert "noted as a count" in week.house.direct()[-1]["text"]
        held = [p.name for p in week.house.folder.iterdir() if b"canary-reply" in p.read_bytes()]
        assert held == []

    database = Database(week.house.address)
    async with database.begin() as connection:
        found = (await connection.execute(select(followups.c.outcome))).scalars().all()
    await database.close()
    assert list(found) == ["learnt"]


async def test_a_digest_with_figures(week: Week) -> None:
    """Six sellers, all asked about two traps: a chart, a table and the same in words, on Monday
    09:00 of the manager; no name, no word, no channel."""
    mia, people = await week.team(6)
    await week.leap("2026-11-30 10:00")
    for user in people:
        for text in (ENTITLEMENT, LABELLING):
            await week.house.say(text, user=user)
            await week.house.idle()
    await week.leap("2026-12-07 09:00:01")

    (digest,) = week.said("What came up most in North", mia)
    kinds = [b["type"] for b in digest["blocks"]]
    assert "data_visualization" in kinds
    assert "Entitlement: 5 to 9" in digest["text"]
    assert "Not for performance review" in digest["text"]
    assert len(digest["text"].split()) <= 150
    told = json.dumps(digest)
    names = [week.house.workspace.users[u].name for u in people]
    assert not any(secret in told for secret in (*people, *names, week.house.deal, "call back"))
    await week.leap("2026-12-08 09:00:01")
    assert len(week.said("North", mia)) == 1


async def test_a_workspace_that_takes_no_chart(week: Week) -> None:
    """On invalid_blocks the digest is sent again without its chart, once."""
    mia, people = await week.team(5)
    await week.leap("2026-11-30 10:00")
    for user in people:
        await week.house.say(ENTITLEMENT, user=user)
        await week.house.idle()
    week.house.slack.faults.next("chat.postMessage", Fault.error("invalid_blocks"))
    await week.leap("2026-12-07 09:00:01")

    (digest,) = week.said("What came up most in North", mia)
    assert "data_visualization" not in [b["type"] for b in digest["blocks"]]
    assert "5 to 9" in json.dumps(digest["blocks"])


async def test_below_the_floor_there_is_only_a_question(week: Week) -> None:
    """52: four sellers, or a yes that came too late: no figure, the article and one question."""
    mia, people = await week.team(4)
    await week.leap("2026-11-30 10:00")
    for user in people:
        await week.house.say(ENTITLEMENT, user=user)
        await week.house.idle()
    await week.leap("2026-12-07 09:00:01")

    (digest,) = week.said("A question for North", mia)
    assert "no figures this week" in digest["text"]
    assert "5 to 9" not in digest["text"]


async def test_who_may_see_a_digest(week: Week) -> None:
    """52: the manager and those counted see the last digest; nobody else does."""
    mia, people = await week.team(5, channel=True)
    await week.leap("2026-12-07 09:00:01")
    for user in (mia, people[0]):
        await week.house.command("digest", user=user)
        assert "North" in week.house.shown(user)[-1]["text"]
    await week.house.command("digest", user=week.house.ben)
    assert "no digest for you" in week.house.shown(week.house.ben)[-1]["text"]

    (digest,) = week.said("A question for North", mia)
    await week.press(digest, "reframe_share", mia)
    await week.house.idle()
    shared = [m for c, m in week.house.workspace.own_posts() if c == week.house.deal]
    assert len(shared) == 1
    assert "reframe_share" not in json.dumps(shared)


async def test_leaving_is_silent(week: Week) -> None:
    """Who leaves is out at once, and nobody is told."""
    mia, people = await week.team(5)
    before = len(week.house.direct(mia))
    await week.house.command("team leave", user=people[0])
    await week.leap("2026-11-30 10:00")
    for user in people:
        await week.house.say(ENTITLEMENT, user=user)
        await week.house.idle()
    await week.leap("2026-12-07 09:00:01")

    assert "out of every team" in week.house.shown(people[0])[-1]["text"]
    assert len(week.house.direct(mia)) == before + 1
    assert "no figures" in week.house.direct(mia)[-1]["text"]


async def test_a_manager_who_is_gone(tmp_path: Path) -> None:
    """33: the digest of a deactivated manager ends, and an admin is told once."""
    clock = SharedClock(tmp_path / "clock")
    clock.leap_to(at("2026-11-28 10:00"))
    async with house_in(tmp_path, clock) as house:
        await house.start(REFRAME_ADMINS=house.ben)
        week = Week(house, clock)
        mia, _ = await week.team(5)
        house.workspace.users[mia].deleted = True
        for moment in ("2026-12-07 09:00:01", "2026-12-14 09:00:01"):
            await week.leap(moment)

        assert len(week.said("no longer in this workspace", house.ben)) == 1
        assert week.said("North", mia) == []


async def test_a_holiday(tmp_path: Path) -> None:
    """On a holiday the look back is skipped, and the digest comes on the next working day."""
    clock = SharedClock(tmp_path / "clock")
    clock.leap_to(at("2026-11-28 10:00"))
    async with house_in(tmp_path, clock) as house:
        await house.start(REFRAME_HOLIDAYS="2026-12-04,12-07")
        week = Week(house, clock)
        mia, _ = await week.team(5)
        await week.look_backs()
        await week.leap("2026-12-04 15:00:01")
        assert week.said("Your look back") == []
        await week.leap("2026-12-07 09:00:01")
        assert week.said("North", mia) == []
        await week.leap("2026-12-08 09:00:01")
        assert len(week.said("North", mia)) == 1


@pytest.mark.parametrize("order", [("app_uninstalled", "tokens_revoked"), ("tokens_revoked",) * 2])
async def test_the_end_of_a_workspace(week: Week, order: tuple[str, ...]) -> None:
    """34: uninstalled or revoked, in either order and twice: nothing is kept of the workspace."""
    await week.look_backs()
    await week.team(5)
    await week.house.say(ENTITLEMENT)
    await week.house.idle()
    for kind in order:
        event = {"type": kind, "tokens": {"oauth": [], "bot": [week.house.workspace.bot_user_id]}}
        await week.house.slack.deliver(week.house.slack.envelope(event))
    await week.house.stop()

    database = Database(week.house.address)
    left = {}
    async with database.begin() as connection:
        for table in metadata.sorted_tables:
            left[table.name] = await connection.scalar(select(func.count()).select_from(table))
    await database.close()
    assert {name: n for name, n in left.items() if n} == {}
    ana = week.house.ana.encode()
    files = [p.name for p in week.house.folder.iterdir() if ana in p.read_bytes()]
    assert files == []


async def test_a_persons_revoked_token_is_nothing(week: Week) -> None:
    """A token of a person that was revoked erases nothing."""
    await week.look_backs()
    event = {"type": "tokens_revoked", "tokens": {"oauth": [week.house.ana], "bot": []}}
    await week.house.slack.deliver(week.house.slack.envelope(event))
    await week.leap("2026-12-04 15:00:01")

    assert len(week.said("Your look back")) == 1
