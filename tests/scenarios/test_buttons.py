"""Everything that can be pressed on a nudge, and the ways in which a nudge is delivered."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import select

from bot.core.words import Playbook
from bot.sandbox import screen
from bot.sandbox.faults import Fault
from bot.sandbox.workspace import Json
from bot.store.database import Database
from bot.store.tables import labels
from tests.house import ENTITLEMENT, LABELLING, House


async def nudged(house: House, text: str = ENTITLEMENT) -> tuple[str, Json]:
    """The ts of a message of Ana's, and the nudge in its thread."""
    ts = await house.say(text)
    await house.idle()
    (nudge,) = house.replies(ts)
    return ts, nudge


async def watch(house: House, mode: str, *, user: str | None = None) -> None:
    """Ana invites the bot to the deal channel, and she, or another, chooses how it is watched."""
    house.workspace.channels[house.deal].members.remove(house.workspace.bot_user_id)
    await house.slack.invite_bot(house.deal, house.ana)
    await house.idle()
    dm = house.workspace.direct_channel(house.ana)
    (hello,) = house.direct()
    await house.slack.press(user or house.ana, dm, hello["ts"], "reframe_mode", choose=mode)
    await house.idle()


async def test_another_question_is_told_to_the_author_alone(house: House) -> None:
    """Another question brings one that was not asked, for the author's eyes; a double click one."""
    _, nudge = await nudged(house)
    await asyncio.gather(*(house.choose(nudge, "another") for _ in range(3)))
    await house.idle()

    (line,) = house.shown()
    assert line["text"].startswith("Another way in: ")
    assert line["text"].removeprefix("Another way in: ") not in nudge["text"]


async def test_why_this(house: House, playbook: Playbook) -> None:
    """Why this? tells what is near, the idea, and where it is from."""
    _, nudge = await nudged(house)
    await house.choose(nudge, "why")
    await house.idle()

    (line,) = house.shown()
    assert playbook.traps["entitlement"].near in line["text"]  # type: ignore[index]
    assert playbook.articles["what-they-owe-us"].credit in line["text"]


async def test_coach_me_privately(house: House) -> None:
    """From then on nudges are for the author's eyes; in the channel where nobody answered yet, not
    in a thread."""
    _, nudge = await nudged(house)
    await house.choose(nudge, "privately")
    ts = await house.say(LABELLING)
    await house.idle()

    assert house.replies(ts) == []
    private = house.shown()[-1]
    assert "thread_ts" not in private
    assert "Only you can see this" in screen.message(private)


async def test_bring_to_thread(house: House) -> None:
    """A private nudge comes into the thread when its author says so, once."""
    await watch(house, "private")
    ts = await house.say(ENTITLEMENT)
    await house.idle()
    private = house.shown()[-1]
    for _ in range(2):
        await house.slack.press(
            house.ana, house.deal, private["ts"], "reframe_to_thread", ephemeral=True
        )
        await house.idle()

    (nudge,) = house.replies(ts)
    assert nudge["text"] == private["text"]
    await house.choose(nudge, "wrong")
    await house.idle()
    assert house.replies(ts) == []


async def test_a_private_nudge_goes_away_when_it_is_wrong(house: House) -> None:
    """That's wrong takes a private nudge away too."""
    await watch(house, "private")
    await house.say(ENTITLEMENT)
    await house.idle()
    private = house.shown()[-1]
    await house.choose(private, "wrong")
    await house.idle()
    await house.until(lambda: private not in house.shown(), 5)

    assert "this kind of question is off" in house.shown()[-1]["text"]


async def test_a_private_nudge_in_a_thread_stays_in_the_thread(house: House) -> None:
    """Where the author writes in a thread, a private nudge is shown in that thread."""
    await watch(house, "private")
    root = await house.say("The call is on Thursday.", user=house.ben)
    await house.say(ENTITLEMENT, thread_ts=root)
    await house.idle()

    assert house.shown()[-1]["thread_ts"] == root


async def test_a_private_nudge_in_doubt_is_not_said_twice(house: House) -> None:
    """Nobody can look for a private line, so after a cut connection it is let go."""
    await watch(house, "private")
    house.slack.faults.next("chat.postEphemeral", Fault.cut_after())
    await house.say(ENTITLEMENT)
    await house.idle()

    assert len([e for e in house.shown() if "Only you can see this" in screen.message(e)]) == 1


async def test_observing_says_nothing_and_counts(house: House) -> None:
    """A channel that is only observed hears nothing; the settings show what would have been."""
    await watch(house, "observe")
    ts = await house.say(ENTITLEMENT)
    await house.idle()
    outcome = await house.outcome(ts)
    assert outcome is not None
    assert (outcome.reason, house.replies(ts)) == ("observed", [])

    await house.command("settings")
    shown = screen.view(house.modal())
    assert "0 asked, 1 that would have been asked" in shown


async def test_only_who_invited_chooses(house: House) -> None:
    """A colleague can't change how a channel is watched, and is told whose it is to choose."""
    await watch(house, "observe", user=house.ben)
    dm = house.workspace.direct_channel(house.ana)
    await house.until(lambda: house.workspace.ephemerals(dm, house.ben), 5)

    assert "Only the person who invited me" in house.workspace.ephemerals(dm, house.ben)[0]["text"]
    await nudged(house)


async def test_admins_choose_where_they_are_named(empty_house: House) -> None:
    """With REFRAME_ADMINS set, they choose for every channel, and who invited does not."""
    await empty_house.start(REFRAME_ADMINS=empty_house.ben)
    for user, offered in ((empty_house.ana, False), (empty_house.ben, True)):
        await empty_house.command("settings", user=user)
        view = empty_house.modal()
        assert (view.get("private_metadata") == empty_house.deal) is offered
        assert any(b.get("block_id") == "mode" for b in view["blocks"]) is offered


async def test_the_hello_is_modest(house: House) -> None:
    """An invitation brings one message to the inviter and one line for the channel, once."""
    channel = house.workspace.add_channel("deal-new", [house.ana, house.ben], with_bot=False)
    house.slack.duplicate = True
    await house.slack.invite_bot(channel, house.ana)
    await house.idle()

    (hello,) = house.direct()
    (notice,) = [m for m in house.workspace.messages(channel) if m.get("bot_id")]
    assert "Thank you for inviting me" in hello["text"]
    assert "/reframe pause" in notice["text"]
    assert house.direct(house.ben) == []


async def test_where_outsiders_read_the_channel_hears_nothing(house: House) -> None:
    """In a shared channel only the inviter is told, and that the bot stays silent there."""
    channel = house.workspace.add_channel(
        "deal-shared", [house.ana], with_bot=False, is_ext_shared=True
    )
    await house.slack.invite_bot(channel, house.ana)
    await house.idle()

    (hello,) = house.direct()
    assert "stay silent there" in hello["text"]
    assert [m for m in house.workspace.messages(channel) if m.get("bot_id")] == []


async def test_a_colleague_joining_is_nothing(house: House) -> None:
    """Somebody else's coming into a channel starts nothing."""
    event = {"type": "member_joined_channel", "user": house.ben, "channel": house.deal}
    await house.slack.deliver(house.slack.envelope({**event, "inviter": house.ana}))
    await house.idle()

    assert house.direct() == []


@pytest.mark.parametrize(("action", "said"), [("longer", "until "), ("open", "until you press")])
async def test_longer_pauses(house: House, action: str, said: str) -> None:
    """After Pause for a day it can be made longer, and ended, in the place of the same line."""
    _, nudge = await nudged(house)
    await house.choose(nudge, "pause")
    await house.idle()
    (line,) = house.shown()
    await house.slack.press(
        house.ana, house.deal, line["ts"], f"reframe_pause_{action}", ephemeral=True
    )
    await house.until(lambda: house.shown() and house.shown() != [line], 5)
    (longer,) = house.shown()
    assert said in longer["text"]

    await house.slack.press(house.ana, house.deal, longer["ts"], "reframe_resume", ephemeral=True)
    await house.until(lambda: house.shown() and house.shown() != [longer], 5)
    assert "Welcome back" in house.shown()[0]["text"]
    await nudged(house, LABELLING)


async def test_a_second_pause_after_a_resume_has_its_line(house: House) -> None:
    """Paused, resumed and paused again at once, each pause is told."""
    _, nudge = await nudged(house)
    for _ in range(2):
        await house.choose(nudge, "pause")
        await house.idle()
        await house.command("resume")

    assert len([e for e in house.shown() if "no questions to you until" in e["text"]]) == 2


@pytest.mark.parametrize("words", ["", "They owe us an answer."])
async def test_telling_why_it_was_wrong(house: House, words: str) -> None:
    """After That's wrong a reason can be given, and words only as the person writes them there."""
    _, nudge = await nudged(house)
    await house.choose(nudge, "wrong")
    await house.idle()
    line = house.shown()[-1]
    await house.slack.press(house.ana, house.deal, line["ts"], "reframe_tell_why", ephemeral=True)
    view = house.modal()
    sent = await house.slack.submit(
        house.ana,
        view,
        {
            "reason": {"reason": {"selected_option": {"value": "fact"}}},
            "words": {"words": {"value": words or None}},
        },
    )

    assert "helps to get it right" in json.dumps(json.loads(sent.body))
    database = Database(house.address)
    async with database.begin() as connection:
        (row,) = (await connection.execute(select(labels))).mappings().all()
    await database.close()
    assert (row["trap"], row["reason"], row["words"] or "") == ("entitlement", "fact", words)


async def test_only_the_author_changes_the_authors_state(house: House) -> None:
    """Whatever a colleague presses on another's nudge, it changes nothing and is told privately."""
    _, nudge = await nudged(house)
    for what in ("wrong", "another", "why", "pause", "privately"):
        await house.choose(nudge, what, user=house.ben)
    await house.idle()

    assert {e["text"] for e in house.shown(house.ben)} == {
        "Only the person who wrote the message can use these buttons."
    }
    assert house.shown() == []
    await nudged(house, LABELLING)


async def test_three_unanswered_mean_on_demand_only(empty_house: House) -> None:
    """Questions that nobody answers end; resume brings them back."""
    await empty_house.start()
    for _ in range(3):
        ts = await empty_house.say(ENTITLEMENT)
        await empty_house.idle()
        assert len(empty_house.replies(ts)) == 1
    database = Database(empty_house.address)
    async with database.begin() as connection:
        await connection.exec_driver_sql("UPDATE findings SET created_at = created_at - 90000")
    await database.close()
    ts = await empty_house.say(LABELLING)
    await empty_house.idle()
    outcome = await empty_house.outcome(ts)
    assert outcome is not None
    assert outcome.reason == "only_on_demand"

    await empty_house.command("resume")
    await nudged(empty_house, LABELLING)


async def test_a_kind_that_many_find_useless_keeps_still(empty_house: House) -> None:
    """3 of 30 not useful put a kind on probation and tell the admin, who can let it speak again."""
    await empty_house.start(REFRAME_ADMINS=empty_house.ben)
    answers = ["reframe_answer_helpful"] * 27 + ["reframe_answer_not_this_time"] * 3
    for answer in answers:
        _, nudge = await nudged(empty_house)
        await empty_house.slack.press(empty_house.ana, empty_house.deal, nudge["ts"], answer)
    await empty_house.idle()
    ts = await empty_house.say(ENTITLEMENT)
    await empty_house.idle()
    outcome = await empty_house.outcome(ts)
    assert outcome is not None
    assert outcome.reason == "on_probation"

    (told,) = empty_house.direct(empty_house.ben)
    assert "10 % of the people" in told["text"]
    dm = empty_house.workspace.direct_channel(empty_house.ben)
    for user in (empty_house.ana, empty_house.ben):
        await empty_house.slack.press(user, dm, told["ts"], "reframe_clear")
    await nudged(empty_house)
