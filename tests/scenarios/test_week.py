"""What happens weekly: reflections, follow-ups, sales teams and digests; and uninstalling."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from bot.cli import block_kit_text
from bot.core.digest_stats import Blur
from bot.core.policy import Batches
from bot.sandbox.clock import SharedClock
from bot.sandbox.faults import Fault
from bot.sandbox.workspace import Json
from bot.store.database import Database
from bot.store.encryption import generate_secret
from bot.store.tables import follow_ups, metadata, weekly_runs
from tests.fake_model import FakeModel, running
from tests.harness import ENTITLEMENT, LABELLING, BotHarness, change_limits, running_harness
from tests.scenarios.test_controls import DEFAULTS, chosen

ENCRYPTION = {"REFRAME_ENCRYPTION_KEY": generate_secret()}
REFLECTION = "Your weekly reflection"
TITLE = "Team digest, week of Monday, December 7"


def at(moment: str) -> float:
    """Return a local time in Berlin as Unix seconds."""
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp()


class TickCounter(logging.Handler):
    """Counts the ticks that have ended, by the log line of a tick's last job."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count the line if it is about that job."""
        if isinstance(record.args, tuple) and record.args[0] == "digests":
            self.count += 1


class Week:
    """A bot and its clock, which the test sets; all users live in Berlin."""

    def __init__(self, bot: BotHarness, clock: SharedClock, ticks: TickCounter) -> None:
        self.bot = bot
        self.clock = clock
        self._ticks = ticks

    async def jump_to(self, moment: str) -> None:
        """Set the clock, and wait until everything due by then is sent."""
        self.clock.jump_to(at(moment))
        before = self._ticks.count
        await self.bot.until(lambda: self._ticks.count >= before + 2)  # one began after that
        await self.bot.idle()

    async def turn_on_reflections(self, user: str | None = None, **values: str) -> None:
        """Turn on weekly reflections in a user's settings (Ana's by default)."""
        who = user or self.bot.ana
        await self.bot.command("settings", user=who)
        view = self.bot.modal()
        await self.bot.slack.submit_view(
            who, view, chosen(**{**DEFAULTS, "reflect": "on", **values})
        )

    def sent(self, text: str, user: str | None = None) -> list[Json]:
        """Return the bot's direct messages to a user that contain this text."""
        return [m for m in self.bot.direct(user) if text in m["text"]]

    async def click(self, message: Json, action: str, user: str | None = None) -> None:
        """Click a button in a direct message (as Ana by default)."""
        who = user or self.bot.ana
        dm = self.bot.workspace.dm_channel(who)
        await self.bot.slack.click(who, dm, message["ts"], action)

    async def add_team(self, sellers: int, channel: bool = False) -> tuple[str, list[str]]:
        """Set up a sales team, and accept the invitations as its sellers.

        Args:
            sellers: how many. channel: whether the team has a channel to share digests in.

        Returns:
            The manager's user id, and those of the sellers.
        """
        bot = self.bot
        mia = bot.workspace.add_user("mia")
        people = [bot.workspace.add_user(f"seller{n}") for n in range(sellers)]
        bot.workspace.channels[bot.deal].members += [mia, *people]
        await bot.command("team", user=mia)
        view = bot.modal()
        values = chosen(day="mon", reflect_time="09:00")
        values["time"] = {"time": values.pop("reflect_time")["reflect_time"]}
        values |= {
            "name": {"name": {"value": "North"}},
            "people": {"people": {"selected_users": people}},
            "channel": {"channel": {"selected_conversation": bot.deal if channel else None}},
        }
        await bot.slack.submit_view(mia, view, values)
        await bot.idle()
        for user in people:
            (invitation,) = self.sent("has set up the team North", user)
            await self.click(invitation, "reframe_team_yes", user)
        return mia, people


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Iterator[TickCounter]:
    """Yield the count of ticks, which come ten times per second."""
    monkeypatch.setattr("bot.worker_wiring._DEMO_TICK_SECONDS", 0.1)
    counter, logger = TickCounter(), logging.getLogger("bot.workers.ticker")
    logger.addHandler(counter)
    logger.setLevel(logging.DEBUG)
    yield counter
    logger.removeHandler(counter)
    logger.setLevel(logging.NOTSET)


@pytest.fixture
async def stopped_week(
    tmp_path: Path, migrated_sqlite: Path, ticks: TickCounter
) -> AsyncIterator[Week]:
    """Yield a bot on a Saturday, which the test starts with the settings it needs."""
    shutil.copy(migrated_sqlite, tmp_path / "reframe.db")
    clock = SharedClock(tmp_path / "clock")
    clock.jump_to(at("2026-11-28 10:00"))
    async with running_harness(tmp_path, clock) as bot:
        yield Week(bot, clock, ticks)


@pytest.fixture
async def week(stopped_week: Week) -> Week:
    """Return a running bot on a Saturday."""
    await stopped_week.bot.start(**ENCRYPTION)
    return stopped_week


async def test_reflection(week: Week) -> None:
    """Send a reflection on Friday at 15:00 in the seller's time zone, once per week.

    It shows the questions that the seller was asked, and none of the seller's words.
    """
    await week.turn_on_reflections()
    await week.jump_to("2026-11-30 10:00")
    await week.bot.say(ENTITLEMENT)
    await week.bot.idle()
    await week.jump_to("2026-12-04 14:59:30")
    assert week.sent(REFLECTION) == []

    await week.jump_to("2026-12-04 15:00:01")
    (shown,) = week.sent(REFLECTION)
    (nudge,) = [m for c, m in week.bot.workspace.bot_messages() if c == week.bot.deal]
    assert nudge["text"].split(". ")[-1] in shown["text"]
    assert "call back" not in shown["text"]
    await week.jump_to("2026-12-06 15:00")
    assert len(week.sent(REFLECTION)) == 1
    await week.jump_to("2026-12-11 15:00:01")
    assert len(week.sent(REFLECTION)) == 2


async def test_reflection_without_nudges(week: Week) -> None:
    """Show the idea of the week and one question if the seller was asked nothing."""
    await week.turn_on_reflections()
    await week.jump_to("2026-12-04 15:00:01")

    (shown,) = week.sent(REFLECTION)
    assert "An idea for the week" in shown["text"]
    assert shown["text"].count("?") == 1


@pytest.mark.parametrize(
    ("reflect_day", "reflect_time", "moment"),
    [("thu", "16:30", "2026-12-03 16:30:01"), ("mon", "08:05", "2026-11-30 08:05:01")],
)
async def test_slot_of_a_seller(
    week: Week, reflect_day: str, reflect_time: str, moment: str
) -> None:
    """Send the reflection on the day and at the time that the seller chose."""
    await week.turn_on_reflections(reflect_day=reflect_day, reflect_time=reflect_time)
    await week.jump_to(moment)

    assert len(week.sent(REFLECTION)) == 1


async def test_plan(week: Week) -> None:
    """Encrypt what the seller writes; show the plan a week later, and ask how it went."""
    await week.turn_on_reflections()
    await week.jump_to("2026-12-04 15:00:01")
    (shown,) = week.sent(REFLECTION)
    await week.click(shown, "reframe_reflect_open")
    view = week.bot.modal()
    answers = {"learned": "canary-learned", "plan": "If canary-if, then canary-then"}
    response = await week.bot.slack.submit_view(
        week.bot.ana, view, {n: {n: {"value": text}} for n, text in answers.items()}
    )
    assert "Saved and encrypted" in response.body
    dm, ana = week.bot.workspace.dm_channel(week.bot.ana), week.bot.ana
    await week.bot.until(lambda: week.bot.workspace.ephemerals(dm, ana))
    (marked,) = week.bot.workspace.ephemerals(dm, ana)  # in the place of the reflection
    assert marked["text"].startswith("Your weekly reflection\nSaved and encrypted")
    assert shown["ts"] not in [m["ts"] for m in week.bot.direct()]
    readable = [p.name for p in week.bot.folder.iterdir() if b"canary" in p.read_bytes()]
    assert readable == []

    await week.jump_to("2026-12-11 15:00:01")
    later = week.sent(REFLECTION)[-1]
    assert 'How did your plan go? "If canary-if, then canary-then"' in later["text"]
    await week.click(later, "reframe_reflect_open")
    form = block_kit_text.render_view(week.bot.modal())
    assert "If canary-if, then canary-then" in form
    assert form.count("(optional)") == 3


async def test_a_long_plan_of_one_ends_nobody_elses_reflection(week: Week) -> None:
    """Fill the boxes to the brim: a week later everybody gets theirs, and the form still opens."""
    bot = week.bot
    for user in (bot.ana, bot.ben):
        await week.turn_on_reflections(user)
    await week.jump_to("2026-12-04 15:00:01")
    (shown,) = week.sent(REFLECTION)
    await week.click(shown, "reframe_reflect_open")
    view = bot.modal()
    longest = {b["block_id"]: b["element"]["max_length"] for b in view["blocks"]}
    full = {n: {n: {"value": ("If & <then> " * 300)[:most]}} for n, most in longest.items()}
    response = await bot.slack.submit_view(bot.ana, view, full)
    assert "Saved and encrypted" in response.body

    await week.jump_to("2026-12-11 15:00:01")
    assert [len(week.sent(REFLECTION, user)) for user in (bot.ana, bot.ben)] == [
        1,
        2,
    ]  # hers of before says now that it is saved
    await week.click(week.sent(REFLECTION)[-1], "reframe_reflect_open")
    assert "How did your plan go?" in block_kit_text.render_view(bot.modal())


async def test_whatever_is_written_below_a_reflection_is_for_no_model(
    stopped_week: Week,
) -> None:
    """Take it as the answer, in the thread and below it, once and again."""
    week, bot = stopped_week, stopped_week.bot
    words = "Good week, they owe us nothing after that demo. Their audit comes first, canary."
    async with running(FakeModel("{}")) as model:
        await bot.start(
            OPENAI_BASE_URL=model.url, OPENAI_API_KEY="k", OPENAI_MODEL="m", **ENCRYPTION
        )
        await week.turn_on_reflections()
        await week.jump_to("2026-12-04 15:00:01")
        (shown,) = week.sent(REFLECTION)
        dm = bot.workspace.dm_channel(bot.ana)
        for thread_ts in (shown["ts"], None, None):
            await bot.slack.post_message(bot.ana, dm, words, thread_ts=thread_ts)
            await bot.idle()
            assert "Saved and encrypted" in bot.direct()[-1]["text"]
        assert not any("canary" in str(request) for request in model.requests)


async def test_no_encryption_key(stopped_week: Week) -> None:
    """Store no answers without a key, and say so in the message and in the form."""
    week, bot = stopped_week, stopped_week.bot
    await bot.start()
    await week.turn_on_reflections()
    await week.jump_to("2026-12-04 15:00:01")
    (shown,) = week.sent(REFLECTION)
    assert "is not stored" in shown["text"]
    await week.click(shown, "reframe_reflect_open")
    view = bot.modal()
    response = await bot.slack.submit_view(
        bot.ana, view, {"plan": {"plan": {"value": "If canary, then x"}}}
    )
    assert "nothing is stored" in response.body
    await week.jump_to("2026-12-11 15:00:01")
    assert "canary" not in week.sent(REFLECTION)[-1]["text"]


async def test_reply_to_a_reflection(week: Week) -> None:
    """Store a reply in the thread of a reflection as an answer, and don't coach it."""
    await week.turn_on_reflections()
    await week.jump_to("2026-12-04 15:00:01")
    (shown,) = week.sent(REFLECTION)
    dm = week.bot.workspace.dm_channel(week.bot.ana)
    await week.bot.slack.post_message(week.bot.ana, dm, ENTITLEMENT, thread_ts=shown["ts"])
    await week.bot.idle()

    reply = week.bot.direct()[-1]
    assert "Saved and encrypted" in reply["text"]
    assert reply["thread_ts"] == shown["ts"]


@pytest.mark.parametrize(
    ("change", "skipped"),
    [("pause", "paused"), ("status", "away"), ("off", None), ("guest", "author_not_colleague")],
)
async def test_skipped_reflection(week: Week, change: str, skipped: str | None) -> None:
    """Send nothing to a seller who is paused, away, a guest, or opted out; record why."""
    await week.turn_on_reflections()
    ana = week.bot.workspace.users[week.bot.ana]
    match change:
        case "pause":
            await week.bot.command("pause 2w")
        case "status":
            ana.status = "Out of office until Monday"
        case "guest":
            ana.is_restricted = True
        case "off":
            await week.turn_on_reflections(reflect="off")
    await week.jump_to("2026-12-04 15:00:01")

    assert week.sent(REFLECTION) == []
    database = Database(week.bot.address)
    async with database.begin() as connection:
        runs = (await connection.execute(select(weekly_runs.c.skipped))).scalars().all()
    await database.close()
    assert list(runs) == ([skipped] if skipped else [])


@pytest.mark.fault_case(50)
@pytest.mark.parametrize(
    ("day", "back_at", "is_sent"),
    [
        ("wed", "2026-12-03 14:00", True),
        ("wed", "2026-12-03 16:00", False),
        ("wed", "2026-12-03 02:00", False),
        ("fri", "2026-12-05 14:00", False),
    ],
)
async def test_bot_was_down_when_due(week: Week, day: str, back_at: str, is_sent: bool) -> None:
    """50: send the reflection up to a day late, in working hours, and skip it after that."""
    await week.turn_on_reflections(reflect_day=day)
    await week.bot.stop()
    week.clock.jump_to(at(back_at))
    await week.bot.start(**ENCRYPTION)
    await week.jump_to(back_at)

    assert (len(week.sent(REFLECTION)) == 1) is is_sent


async def test_more_than_one_batch(week: Week, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send all that is due in one tick, in several batches; what fails is sent by a later tick."""
    await week.bot.stop()
    change_limits(monkeypatch, batches=Batches(weekly=2))
    await week.bot.start(**ENCRYPTION)
    users = [week.bot.workspace.add_user(f"s{n}") for n in range(5)]
    week.bot.workspace.channels[week.bot.deal].members += users
    for user in users:
        await week.turn_on_reflections(user)
    await week.bot.idle()
    week.bot.slack.faults.inject("users.info", Fault.http(503), times=2)
    await week.jump_to("2026-12-04 15:00:01")
    await week.jump_to("2026-12-04 15:02")

    assert [len(week.sent(REFLECTION, user)) for user in users] == [1] * 5


@pytest.mark.fault_case(49)
async def test_restart_when_due(week: Week) -> None:
    """49: send a reflection once though the bot restarts again and again at the due time."""
    await week.turn_on_reflections()
    for _ in range(3):
        await week.jump_to("2026-12-04 15:00:01")
        await week.bot.stop()
        await week.bot.start(**ENCRYPTION)
    await week.jump_to("2026-12-04 15:05")

    assert len(week.sent(REFLECTION)) == 1


async def test_skip_and_turn_off(week: Week) -> None:
    """Delete a skipped reflection; send no more once it is turned off."""
    await week.turn_on_reflections()
    await week.jump_to("2026-12-04 15:00:01")
    (shown,) = week.sent(REFLECTION)
    await week.click(shown, "reframe_reflect_skip")
    await week.bot.until(lambda: not week.sent(REFLECTION))
    await week.jump_to("2026-12-11 15:00:01")
    (shown,) = week.sent(REFLECTION)
    await week.click(shown, "reframe_reflect_off")
    await week.jump_to("2026-12-18 15:00:01")

    assert week.sent(REFLECTION) == []


async def test_offer_after_the_first_helpful(week: Week) -> None:
    """Offer reflections once, below the first "Helpful"; one click turns them on."""
    await week.jump_to("2026-11-30 10:00")
    for text, is_offered in ((ENTITLEMENT, True), (LABELLING, False)):
        ts = await week.bot.say(text)
        await week.bot.idle()
        (nudge,) = week.bot.replies(ts)
        await week.bot.slack.click(
            week.bot.ana, week.bot.deal, nudge["ts"], "reframe_answer_helpful"
        )
        await week.bot.idle()
        line = week.bot.shown()[-1]
        assert ("reflection at the end of each week" in line["text"]) is is_offered
        if is_offered:
            await week.bot.slack.click(
                week.bot.ana, week.bot.deal, line["ts"], "reframe_reflect_on", ephemeral=True
            )
            await week.bot.until(
                lambda: any("at the end of your workweek" in e["text"] for e in week.bot.shown())
            )
    await week.jump_to("2026-12-04 15:00:01")

    assert len(week.sent(REFLECTION)) == 1


@pytest.mark.parametrize("answer", ["click", "sentence"])
async def test_follow_up(week: Week, answer: str) -> None:
    """Follow up three days after "Helpful", and store the outcome without the seller's words."""
    await week.jump_to("2026-11-30 10:00")
    ts = await week.bot.say(ENTITLEMENT)
    await week.bot.idle()
    (nudge,) = week.bot.replies(ts)
    await week.bot.slack.click(week.bot.ana, week.bot.deal, nudge["ts"], "reframe_answer_helpful")
    await week.jump_to("2026-12-02 10:00")
    assert week.sent("You found this question helpful") == []
    await week.jump_to("2026-12-03 10:00:01")
    await week.jump_to("2026-12-04 10:00")
    (line,) = week.sent("You found this question helpful")
    if answer == "click":
        for _ in range(2):
            await week.click(line, "reframe_learnt_learnt")
    else:
        dm = week.bot.workspace.dm_channel(week.bot.ana)
        await week.bot.slack.post_message(
            week.bot.ana, dm, "they owe us nothing, canary-reply", thread_ts=line["ts"]
        )
        await week.bot.idle()
        assert "Only a count is stored" in week.bot.direct()[-1]["text"]
        readable = [p.name for p in week.bot.folder.iterdir() if b"canary-reply" in p.read_bytes()]
        assert readable == []

    database = Database(week.bot.address)
    async with database.begin() as connection:
        found = (await connection.execute(select(follow_ups.c.outcome))).scalars().all()
    await database.close()
    assert list(found) == ["learned"]


def unblurred(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take nothing off any count from now on, so that a digest is sure to have its figures."""
    monkeypatch.setattr("bot.core.digest_stats.Blur.draw", lambda *_: Blur())


async def test_digest_with_figures(week: Week, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send a theme each Monday at 09:00 of the manager, and figures once four weeks are over.

    No name, no channel and nothing that a seller wrote is in it.
    """
    unblurred(monkeypatch)
    mia, people = await week.add_team(10)
    await two_themes(week, people)
    await week.jump_to("2026-12-07 09:00:01")
    await week.jump_to("2026-12-14 09:00:01")
    digests = week.sent("This week's theme for North", mia)
    assert ["comes from the calendar" in each["text"] for each in digests] == [True] * 2
    assert "or more" not in json.dumps(digests)
    await week.jump_to("2026-12-21 09:00:01")

    digest = week.sent("This week's theme for North", mia)[-1]
    kinds = [b["type"] for b in digest["blocks"]]
    assert "data_visualization" in kinds
    assert "calendar" not in digest["text"]
    assert "Sellers, in the four weeks up to Sunday, December 20" in digest["text"]
    assert "Worth their time: 5 or more" in digest["text"]
    assert "Found a question helpful: 5 or more" in digest["text"]
    assert "Not for performance review" in digest["text"]
    content = json.dumps(digest)
    names = [week.bot.workspace.users[u].name for u in people]
    assert not any(secret in content for secret in (*people, *names, week.bot.deal, "call back"))
    await week.jump_to("2026-12-22 09:00:01")
    assert len(week.sent("North", mia)) == 3


async def two_themes(week: Week, people: list[str]) -> None:
    """Let five of ten sellers meet one trap and find the question helpful, the others another."""
    await week.jump_to("2026-11-30 10:00")
    for number, user in enumerate(people[:10]):
        ts = await week.bot.say(ENTITLEMENT if number < 5 else LABELLING, user=user)
        await week.bot.idle()
        for nudge in week.bot.replies(ts) if number < 5 else ():
            await week.bot.slack.click(user, week.bot.deal, nudge["ts"], "reframe_answer_helpful")
            await week.bot.idle()


async def test_workspace_refuses_the_chart(week: Week, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send the digest again without its chart on invalid_blocks."""
    unblurred(monkeypatch)
    mia, people = await week.add_team(10)
    await two_themes(week, people)
    await week.jump_to("2026-12-14 09:00:01")
    week.bot.slack.faults.inject("chat.postMessage", Fault.error("invalid_blocks"))
    await week.jump_to("2026-12-21 09:00:01")

    digest = week.sent("This week's theme for North", mia)[-1]
    assert "data_visualization" not in [b["type"] for b in digest["blocks"]]
    assert "5 or more" in json.dumps(digest["blocks"])


@pytest.mark.fault_case(52)
async def test_digest_without_figures(week: Week) -> None:
    """52: show a theme of the calendar if four sellers or fewer can be counted."""
    mia, people = await week.add_team(4)
    await week.jump_to("2026-11-30 10:00")
    for user in people:
        await week.bot.say(ENTITLEMENT, user=user)
        await week.bot.idle()
    await week.jump_to("2026-12-14 09:00:01")
    await week.jump_to("2026-12-21 09:00:01")

    digest = week.sent("This week's theme for North", mia)[-1]
    assert "comes from the calendar" in digest["text"]
    assert "No figures for now" in digest["text"]
    assert "or more" not in digest["text"]


@pytest.mark.fault_case(52)
async def test_who_can_read_a_digest(week: Week) -> None:
    """52: show the latest digest to the manager and the team only; share it if asked to."""
    mia, people = await week.add_team(5, channel=True)
    await week.jump_to("2026-12-07 09:00:01")
    for user in (mia, people[0]):
        await week.bot.command("digest", user=user)
        assert "North" in week.bot.shown(user)[-1]["text"]
    await week.bot.command("digest", user=week.bot.ben)
    assert "no digest for you" in week.bot.shown(week.bot.ben)[-1]["text"]

    (digest,) = week.sent("This week's theme for North", mia)
    await week.click(digest, "reframe_share", mia)
    await week.bot.idle()
    shared = [m for c, m in week.bot.workspace.bot_messages() if c == week.bot.deal]
    assert len(shared) == 1
    assert "reframe_share" not in json.dumps(shared)
    told = week.bot.workspace.dm_channel(mia)
    await week.bot.until(
        lambda: any("Shared." in m["text"] for m in week.bot.workspace.ephemerals(told, mia))
    )


async def test_a_channel_without_the_bot(week: Week) -> None:
    """Say while saving and while sharing that the bot isn't there, and how to invite it."""
    bot = week.bot
    mia, people = await week.add_team(5)
    other = bot.workspace.add_channel("team-north", [mia, *people], with_bot=False)
    await bot.command("team", user=mia)
    values = chosen(day="mon")
    values["time"] = {"time": {"selected_time": "09:00"}}
    values["name"] = {"name": {"value": "North"}}
    values["people"] = {"people": {"selected_users": people}}
    values["channel"] = {"channel": {"selected_conversation": other}}
    response = await bot.slack.submit_view(mia, bot.modal(), values)
    assert "/invite @Reframe" in response.body
    await week.jump_to("2026-12-07 09:00:01")

    (digest,) = week.sent("This week's theme for North", mia)
    await week.click(digest, "reframe_share", mia)
    dm = bot.workspace.dm_channel(mia)
    await bot.until(
        lambda: any("Not shared" in m["text"] for m in bot.workspace.ephemerals(dm, mia))
    )
    assert bot.workspace.messages(other) == []


async def test_the_form_keeps_whom_the_manager_named(week: Week) -> None:
    """Show no difference between those who said yes, and those who left."""
    mia, people = await week.add_team(5)
    await week.bot.command("team leave", user=people[0])
    await week.bot.command("team", user=mia)
    (shown,) = [b for b in week.bot.modal()["blocks"] if b.get("block_id") == "people"]

    assert sorted(shown["element"]["initial_users"]) == sorted(people)


async def test_end_a_team(week: Week) -> None:
    """End the digest with one command, which the digest itself names."""
    mia, _ = await week.add_team(5)
    await week.jump_to("2026-12-07 09:00:01")
    (digest,) = week.sent("This week's theme for North", mia)
    assert "/reframe team manage" in json.dumps(digest["blocks"])
    await week.bot.command("team end", user=mia)
    await week.jump_to("2026-12-14 09:00:01")

    assert [m["text"].splitlines()[0].split(".")[0] for m in week.bot.direct(mia)] == [
        TITLE,
        "You have ended your team's digest, so no more will come",
    ]


async def test_leave_a_team(week: Week) -> None:
    """Leave every team at once, without a word to the manager."""
    mia, people = await week.add_team(5)
    before = len(week.bot.direct(mia))
    await week.bot.command("team leave", user=people[0])
    await week.jump_to("2026-11-30 10:00")
    for user in people:
        await week.bot.say(ENTITLEMENT, user=user)
        await week.bot.idle()
    await week.jump_to("2026-12-07 09:00:01")

    assert "left every team" in week.bot.shown(people[0])[-1]["text"]
    assert len(week.bot.direct(mia)) == before + 1
    assert "No figures" in week.bot.direct(mia)[-1]["text"]


@pytest.mark.fault_case(33)
async def test_manager_is_deactivated(stopped_week: Week) -> None:
    """33: send a deactivated manager's digest no more, and notify an admin once."""
    week, bot = stopped_week, stopped_week.bot
    await bot.start(REFRAME_ADMINS=bot.ben)
    mia, _ = await week.add_team(5)
    bot.workspace.users[mia].deleted = True
    for moment in ("2026-12-07 09:00:01", "2026-12-14 09:00:01"):
        await week.jump_to(moment)

    assert len(week.sent("no longer in this workspace", bot.ben)) == 1
    assert week.sent("North", mia) == []


async def test_holiday(stopped_week: Week) -> None:
    """Skip a reflection on a holiday, and send a digest on the next working day."""
    week, bot = stopped_week, stopped_week.bot
    await bot.start(REFRAME_HOLIDAYS="2026-12-04,12-07")
    mia, _ = await week.add_team(5)
    await week.turn_on_reflections()
    await week.jump_to("2026-12-04 15:00:01")
    assert week.sent(REFLECTION) == []
    await week.jump_to("2026-12-07 09:00:01")
    assert week.sent("North", mia) == []
    await week.jump_to("2026-12-08 09:00:01")
    assert len(week.sent("North", mia)) == 1


@pytest.mark.fault_case(34)
@pytest.mark.parametrize("order", [("app_uninstalled", "tokens_revoked"), ("tokens_revoked",) * 2])
async def test_uninstall(week: Week, order: tuple[str, ...]) -> None:
    """34: erase the whole workspace, whichever event arrives first, also twice."""
    await week.turn_on_reflections()
    await week.add_team(5)
    await week.bot.say(ENTITLEMENT)
    await week.bot.idle()
    for kind in order:
        event = {"type": kind, "tokens": {"oauth": [], "bot": [week.bot.workspace.bot_user_id]}}
        await week.bot.slack.deliver(week.bot.slack.envelope(event))
    await week.bot.stop()

    database = Database(week.bot.address)
    left = {}
    async with database.begin() as connection:
        for table in metadata.sorted_tables:
            left[table.name] = await connection.scalar(select(func.count()).select_from(table))
    await database.close()
    assert {name for name, n in left.items() if n} == {"encryption"}  # the salt of this database
    ana = week.bot.ana.encode()
    files = [p.name for p in week.bot.folder.iterdir() if ana in p.read_bytes()]
    assert files == []


async def test_user_token_is_revoked(week: Week) -> None:
    """Erase nothing if a user's token is revoked."""
    await week.turn_on_reflections()
    event = {"type": "tokens_revoked", "tokens": {"oauth": [week.bot.ana], "bot": []}}
    await week.bot.slack.deliver(week.bot.slack.envelope(event))
    await week.jump_to("2026-12-04 15:00:01")

    assert len(week.sent(REFLECTION)) == 1
