"""Whoever may decide for a channel turns the bot off there; nobody else is paused by mistake."""

from __future__ import annotations

import pytest

from bot.core.durations import NO_END
from bot.core.intents import Intent
from bot.core.model import Delivery, Person, Preferences, Reason
from bot.core.playbook_model import Playbook
from bot.core.wishes import WishKind
from bot.flows.errors import SlackRefusedError
from bot.flows.ports.channels import ChannelSettings
from bot.flows.ports.outbox import ClaimedMessage, MessageKind, OutgoingMessage
from tests.fakes.memory_store import MemoryStore
from tests.flows.stories import Stories

TRAP = "blame: they never answer"
DEAL = "C-deal"


async def channel(stories: Stories, channel_id: str = DEAL) -> ChannelSettings:
    async with stories.store.begin() as uow:
        return await uow.channels.settings("T1", channel_id)


async def preferences(stories: Stories, user_id: str) -> Preferences:
    async with stories.store.begin() as uow:
        return await uow.people.preferences("T1", user_id)


async def say(stories: Stories, text: str, user_id: str = "U-ana", channel_id: str = DEAL) -> str:
    granted = await stories.wishes.grant("T1", user_id, text, channel_id=channel_id)
    assert granted is not None
    assert granted[0] is WishKind.CHANNEL
    return granted[1]


async def invite(stories: Stories, channel_id: str = DEAL) -> None:
    """Let Ana have invited the bot to a channel."""
    async with stories.store.begin() as uow:
        await uow.channels.update("T1", channel_id, inviter_id="U-ana")


async def test_whoever_invited_it_turns_it_off_and_on(stories: Stories) -> None:
    """Nobody is asked anything there in between, and the one who asked gets no pause."""
    await invite(stories)
    off = await say(stories, "turn yourself off in this channel")
    await stories.coach_message(TRAP)

    assert "I'm off in this channel" in off
    assert "/reframe on here" in off
    assert "/remove @Reframe" in off
    assert (await stories.decided())[0].reason is Reason.CHANNEL_PAUSED
    assert (await channel(stories)).paused_until == NO_END
    assert not (await preferences(stories, "U-ana")).is_paused(stories.now)
    assert "already off" in await say(stories, "off here")
    assert "back on in this channel" in await say(stories, "on here")
    assert "already on" in await say(stories, "resume here")
    assert (await channel(stories)).paused_until is None


async def test_nobody_else_turns_it_off(stories: Stories) -> None:
    """They hear who decides, and what they can do for themselves; they are not paused."""
    await invite(stories)
    line = await say(stories, "leave this channel", "U-ben")

    assert "<@U-ana>" in line
    assert "/reframe pause" in line
    assert "/remove @Reframe" in line
    assert (await channel(stories)).paused_until is None
    assert not (await preferences(stories, "U-ben")).is_paused(stories.now)


async def test_admins_decide_where_there_are_any(playbook: Playbook) -> None:
    stories = Stories(MemoryStore(), playbook, admins=frozenset({"U-cleo", "U-dan"}))
    await invite(stories)

    assert "<@U-cleo> or <@U-dan>" in await say(stories, "turn yourself off here")
    assert "I'm off" in await say(stories, "stop posting here", "U-dan")


@pytest.mark.parametrize(
    "text", ["stop here", "stop posting here", "no questions here please", "be quiet here"]
)
async def test_who_may_not_decide_is_left_alone(stories: Stories, text: str) -> None:
    """What may be a wish for oneself is one, where the channel is somebody else's to decide."""
    await invite(stories)
    theirs = await stories.wishes.grant("T1", "U-ben", text, channel_id=DEAL)

    assert theirs is not None
    assert theirs[0] is WishKind.PAUSE
    assert (await preferences(stories, "U-ben")).paused_until == NO_END
    assert (await channel(stories)).paused_until is None

    assert "I'm off in this channel" in await say(stories, text)
    assert not (await preferences(stories, "U-ana")).is_paused(stories.now)


@pytest.mark.parametrize(
    "text",
    [
        "Don't talk to the partner channel",
        "Pause the partner channel",
        "Don't message the partner channel",
        "keep quiet in this channel",
        "Put this on the channel",
        "don't post in <#C0OTHER|general>",
        "leave <#C0OTHER|general>",
        "put this on <#C0OTHER|deal-desk>",
        "stop posting in #general",
    ],
)
async def test_talk_among_colleagues_turns_nothing_off(stories: Stories, text: str) -> None:
    """In a thread the bot isn't the only one who is spoken to."""
    await invite(stories)
    granted = await stories.wishes.grant("T1", "U-ana", text, channel_id=DEAL, addressed=False)

    assert granted is None
    assert not stories.wishes.is_wish(text, addressed=False)
    assert (await channel(stories)).paused_until is None
    assert not (await preferences(stories, "U-ana")).is_paused(stories.now)


@pytest.mark.parametrize(
    "text",
    ["leave this channel", "turn yourself off in this channel", "stop watching this channel"],
)
async def test_what_only_a_bot_is_told_is_heard_in_a_thread(stories: Stories, text: str) -> None:
    await invite(stories)
    granted = await stories.wishes.grant("T1", "U-ana", text, channel_id=DEAL, addressed=False)

    assert granted is not None
    assert granted[0] is WishKind.CHANNEL
    assert (await channel(stories)).paused_until == NO_END


@pytest.mark.parametrize(
    "text",
    [
        "I need a break from your questions until Monday, I'm at the partner channel kickoff",
        "I don't want to see your questions in this channel until I'm back on Monday",
    ],
)
async def test_who_says_until_when_is_away(stories: Stories, text: str) -> None:
    """So it is about them and not about the channel that they name."""
    await stories.wishes.grant_in_other_words("T1", "U-ana", text, Intent.PAUSE)

    until = (await preferences(stories, "U-ana")).paused_until
    assert until is not None
    assert until < NO_END


async def test_nobody_is_known_to_decide(stories: Stories) -> None:
    """As after whoever invited it has been forgotten: inviting it again mends that."""
    await invite(stories)
    await say(stories, "off here")
    await stories.erasure.forget_person("T1", "U-ana")
    assert "no admin" in await say(stories, "turn off in this channel")
    assert "invites me again turns me back on" in await say(stories, "on here")

    await stories.invitation.accept("T1", DEAL, "U-ben", "Ev-again")
    assert (await channel(stories)).paused_until is None
    assert "I'm off" in await say(stories, "off here", "U-ben")


async def test_a_channel_that_slack_has_closed_is_tried_again(stories: Stories) -> None:
    """It is not called on as if nothing were wrong, and whoever may decide ends that pause."""
    await invite(stories)
    until = stories.now + 86_400
    async with stories.store.begin() as uow:
        await uow.channels.update("T1", DEAL, paused_until=until, pause_reason="restricted_action")

    assert "<@U-ana>" in await say(stories, "on here", "U-ben")
    assert (await channel(stories)).paused_until == until
    assert "Slack didn't let me post" in await say(stories, "on here")
    assert (await channel(stories)).paused_until is None
    assert "already on" in await say(stories, "on here")


async def test_a_direct_message(stories: Stories) -> None:
    """Without a channel it says how; with one it is done, and who invited it stays untold."""
    await invite(stories, "C0123")
    posted: list[ClaimedMessage] = []
    stories.chat.after_post = posted.append
    await stories.write_direct("leave this channel")
    await stories.write_direct("leave #deal-acme", ts="1764000001.000100")
    assert (await channel(stories, "C0123")).paused_until is None
    await stories.write_direct("leave <#C0123|deal>", ts="1764000002.000100")
    unknown = await stories.wishes.grant("T1", "U-ben", "leave <#C0123|deal>")

    how, again, done = (str(each.message.content) for each in posted)
    assert "/reframe off here in that channel" in how
    assert again == how
    assert "I'm off in that channel" in done
    assert unknown is not None
    assert "U-ana" not in unknown[1]
    # Nor whether it is known who invited the bot to a channel that they may not see.
    assert await stories.wishes.grant("T1", "U-ben", "leave <#C0999|deal>") == unknown


async def test_a_message_for_a_channel_turns_nothing_on_there(stories: Stories) -> None:
    """ "Could you put this on #deal-desk" was taken for "turn yourself on in #deal-desk"."""
    await invite(stories, "C0123")
    await stories.write_direct("leave <#C0123|deal-desk>")
    for n, text in enumerate(
        (
            "could you put this on <#C0123|deal-desk>",
            "continue this in <#C0123|deal-desk>",
            "put your comments on <#C0123|deal-desk>",
        ),
        start=1,
    ):
        await stories.write_direct(text, ts=f"176400000{n}.000100")

    assert (await channel(stories, "C0123")).paused_until == NO_END


async def test_a_stop_word_in_a_direct_message_is_obeyed(stories: Stories) -> None:
    await stories.write_direct("stop posting here")

    assert (await preferences(stories, "U-ana")).paused_until == NO_END


async def test_other_words_pause_nobody(stories: Stories) -> None:
    """What only the learned reader takes for a wish to stop, about a channel, says how."""
    text = "would rather you were not around in our channel"
    line = await stories.wishes.grant_in_other_words("T1", "U-ana", text, Intent.STOP)

    assert "/reframe off here" in line
    assert not (await preferences(stories, "U-ana")).is_paused(stories.now)


async def test_a_reply_below_a_question(stories: Stories) -> None:
    """In a thread, it is done for who may; "not in the channel" stays a wish for oneself."""
    await invite(stories)
    ts = await stories.coach_message(TRAP)
    stories.now += 60
    await stories.intake.receive(stories.message("leave this channel please", thread_ts=ts))

    assert (await channel(stories)).paused_until == NO_END
    await say(stories, "on here")
    stories.now += 5
    text = "stop posting in this channel"
    await stories.intake.receive(stories.message(text, thread_ts=ts))
    assert (await channel(stories)).paused_until is None
    assert (await preferences(stories, "U-ana")).delivery is Delivery.PRIVATE


async def test_a_question_on_its_way_is_not_posted(stories: Stories) -> None:
    await invite(stories)
    await stories.intake.receive(stories.message(TRAP))
    await stories.nudge.run_due()
    await say(stories, "off here")
    posted: list[ClaimedMessage] = []
    stories.chat.after_post = posted.append
    await stories.deliver_all()

    assert not posted


async def test_a_refusal_of_slack_does_not_turn_it_on(stories: Stories) -> None:
    """It shortens no pause that a person set; a new invitation by who may decide ends it."""
    await invite(stories)
    await say(stories, "off here")
    late = OutgoingMessage("late", MessageKind.MESSAGE, "T1", DEAL, "", content={"line": "Hi"})
    async with stories.store.begin() as uow:
        await uow.outbox.enqueue(late, now=stories.now)
    stories.chat.failures["post"] = [SlackRefusedError("is_archived")]
    await stories.deliver_all()
    assert not stories.chat.failures["post"]
    assert (await channel(stories)).paused_until == NO_END

    await stories.invitation.accept("T1", DEAL, "U-ana", "Ev-again")
    assert (await channel(stories)).paused_until is None


async def test_an_invitation_by_somebody_else_leaves_it_off(playbook: Playbook) -> None:
    stories = Stories(MemoryStore(), playbook, admins=frozenset({"U-cleo"}))
    await say(stories, "off here", "U-cleo")
    await stories.invitation.accept("T1", DEAL, "U-ben", "Ev-again")
    await stories.deliver_all()

    assert (await channel(stories)).paused_until == NO_END
    assert stories.chat.words == [  # no notice that it may ask there
        {"hello": DEAL, "may_speak": True, "may_choose": False, "delivery": "thread",
         "is_off": True}
    ]  # fmt: skip


@pytest.mark.parametrize("inviter_id", ["", "U-guest"])
async def test_an_invitation_by_nobody_known_leaves_it_off(
    stories: Stories, inviter_id: str
) -> None:
    """Slack does not always say who invited it, and a guest decides for no channel."""
    stories.chat.people["T1", "U-guest"] = Person(
        "U-guest", "Europe/Berlin", 3_600, is_colleague=False, is_outsider=True
    )
    await invite(stories)
    await say(stories, "off here")
    await stories.invitation.accept("T1", DEAL, inviter_id, "Ev-again")
    await stories.deliver_all()

    assert (await channel(stories)).paused_until == NO_END
    assert not stories.chat.words


@pytest.mark.parametrize("inviter_id", [None, "", "U-ana"])
def test_nobody_chooses_for_a_channel(stories: Stories, inviter_id: str | None) -> None:
    assert not stories.rules.house.may_choose("", inviter_id)


async def test_a_channel_is_off_for_a_time(stories: Stories) -> None:
    """Not its admin is paused but the channel, until then."""
    await invite(stories)
    off = await say(stories, "turn off in this channel until Monday")
    until = (await channel(stories)).paused_until

    assert "I'm off in this channel until Monday" in off
    assert until is not None
    assert stories.now < until < NO_END
    assert not (await preferences(stories, "U-ana")).is_paused(stories.now)
    assert "already off" in await say(stories, "turn off in this channel until Monday")

    stories.now = until + 1
    assert "already on" in await say(stories, "on here")
    assert "I'm off in this channel:" in await say(stories, "off here")
    assert (await channel(stories)).paused_until == NO_END


async def test_an_end_that_no_calendar_knows_changes_nothing(stories: Stories) -> None:
    await invite(stories)
    line = await say(stories, "turn off in this channel until the merger closes")

    assert line == stories.playbook.text("switch", "bad_end")
    assert (await channel(stories)).paused_until is None


@pytest.mark.parametrize(
    "text", ["not in this channel please", "don't ask me in this channel", "not here please"]
)
async def test_none_for_one_person_here_changes_nothing(stories: Stories, text: str) -> None:
    """It can't be done for one person in one channel, so they read what can be."""
    await invite(stories)
    line = await say(stories, text, "U-ben")

    assert "haven't changed anything" in line
    assert "<@U-ana>" in line
    assert "/reframe pause" in line
    assert await preferences(stories, "U-ben") == Preferences()
    assert (await channel(stories)).paused_until is None
    assert "For everybody in it: /reframe off here" in await say(stories, text)
