"""Replies on demand: the command, the form, the message shortcut, direct messages."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.cli import block_kit_text
from bot.core.playbook_model import Playbook
from bot.core.policy import Backoff
from bot.sandbox.faults import Fault
from tests.harness import (
    BLAME,
    ENTITLEMENT,
    FIXING,
    LABELLING,
    ORDINARY,
    PITCHING,
    BotHarness,
    change_limits,
)


@pytest.mark.parametrize("text", [BLAME, LABELLING, FIXING, ENTITLEMENT, PITCHING])
async def test_command_with_a_trap(bot: BotHarness, text: str) -> None:
    """Reply privately with an observation, two questions, a fill-in sentence and a plan."""
    attempt = await bot.command(text)
    (reply,) = bot.shown()

    assert (attempt.status, attempt.body) == (200, "")
    assert "What stands out to me" in reply["text"]
    assert reply["text"].count("?") == 2
    assert "___" in reply["text"]
    assert "then I will" in reply["text"]
    assert bot.workspace.bot_messages() == []
    assert bot.shown(bot.ben) == []


async def test_command_without_a_trap(bot: BotHarness, playbook: Playbook) -> None:
    """Say that no trap is close, and give two open questions."""
    await bot.command(ORDINARY)
    (reply,) = bot.shown()

    assert playbook.no_trap.observation in reply["text"]
    assert reply["text"].count("?") == 2
    assert "What stands out" not in reply["text"]


async def test_another_question(bot: BotHarness) -> None:
    """Give a new question on each click, and never run out."""
    await bot.command(ENTITLEMENT)
    (first,) = bot.shown()
    seen: list[str] = []
    for _ in range(28):
        await bot.slack.click(bot.ana, bot.deal, first["ts"], "reframe_another", ephemeral=True)
        await bot.idle()
        seen.append(bot.shown()[-1]["text"])

    assert all(s.endswith("?") for s in seen)
    assert len(set(seen)) == len(seen)
    assert not any(s.removeprefix("Here's another: ") in first["text"] for s in seen)


async def test_why(bot: BotHarness, playbook: Playbook) -> None:
    """Name the article on "Why?", and not in the reply itself."""
    await bot.command(LABELLING)
    (reply,) = bot.shown()
    await bot.slack.click(bot.ana, bot.deal, reply["ts"], "reframe_why", ephemeral=True)
    await bot.idle()

    credit = playbook.articles["colors-our-engagement"].credit
    assert credit not in reply["text"]
    assert credit in bot.shown()[-1]["text"]


async def test_why_without_a_trap(bot: BotHarness, playbook: Playbook) -> None:
    """Credit the article that the shown question comes from, with the idea behind it."""
    await bot.command(ORDINARY)
    (reply,) = bot.shown()
    await bot.slack.click(bot.ana, bot.deal, reply["ts"], "reframe_why", ephemeral=True)
    await bot.idle()

    shown = [q for q in playbook.no_trap.questions if q.text in reply["text"]]
    first = min(shown, key=lambda q: reply["text"].index(q.text))
    article = playbook.articles[first.article]
    assert article.credit in bot.shown()[-1]["text"]
    assert article.ideas[first.idea] in bot.shown()[-1]["text"]


async def test_form(bot: BotHarness) -> None:
    """Open a form on the bare command, and reply in the same modal."""
    await bot.command("")
    (form,) = bot.workspace.views.values()
    sent = await bot.slack.submit_view(
        bot.ana,
        form,
        {
            "situation": {"situation": {"value": ENTITLEMENT}},
            "customer": {"customer": {"value": "Their head of finance"}},
            "wanted": {"wanted": {"value": "a date"}},
        },
    )
    await bot.idle()

    assert "Thinking about it" in sent.body
    assert "What stands out to me" in block_kit_text.render_view(bot.workspace.views[form["id"]])
    assert bot.shown() == []


async def test_empty_form(bot: BotHarness) -> None:
    """Refuse an empty form, with an error below its field."""
    await bot.command("")
    (form,) = bot.workspace.views.values()
    sent = await bot.slack.submit_view(
        bot.ana, form, {"situation": {"situation": {"value": "  \n "}}}
    )

    assert json.loads(sent.body)["response_action"] == "errors"
    assert list(json.loads(sent.body)["errors"]) == ["situation"]


async def test_shortcut(bot: BotHarness) -> None:
    """Reply in a modal to "Reframe this" on the user's message."""
    ts = await bot.say(ORDINARY)
    await bot.slack.run_shortcut(bot.ana, bot.deal, ts, "reframe_this")
    await bot.idle()

    (view,) = bot.workspace.views.values()
    assert "To ask yourself" in block_kit_text.render_view(view)
    assert bot.replies(ts) == []


async def test_shortcut_on_a_message_of_a_colleague(bot: BotHarness) -> None:
    """Refuse the shortcut on a message that somebody else wrote."""
    ts = await bot.say(ORDINARY)
    await bot.slack.run_shortcut(bot.ben, bot.deal, ts, "reframe_this")
    await bot.idle()

    (view,) = bot.workspace.views.values()
    assert "your own messages" in block_kit_text.render_view(view)


async def test_more_in_the_modal(bot: BotHarness) -> None:
    """Reply to "Another question" and "Why?" in the modal they are in."""
    ts = await bot.say(ORDINARY)
    await bot.slack.run_shortcut(bot.ana, bot.deal, ts, "reframe_this")
    await bot.idle()
    for action, text in (("reframe_another", "Here's another"), ("reframe_another", "?")):
        (view,) = bot.workspace.views.values()
        await bot.slack.click_in_view(bot.ana, view, action)
        await bot.idle()
        (view,) = bot.workspace.views.values()
        assert text in block_kit_text.render_view(view)

    await bot.slack.click_in_view(bot.ana, view, "reframe_why")
    await bot.idle()
    (view,) = bot.workspace.views.values()
    assert "Idea from" in block_kit_text.render_view(view)


async def test_direct_message(bot: BotHarness) -> None:
    """Reply to a draft in its thread, and record no decision about it."""
    dm = bot.workspace.dm_channel(bot.ana)
    ts = await bot.slack.post_message(bot.ana, dm, ENTITLEMENT)
    await bot.idle()

    (reply,) = bot.direct()
    assert reply["thread_ts"] == ts
    assert "What stands out to me" in reply["text"]
    assert await bot.outcome(ts, dm) is None


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("are you watching this channel", "Yes, I'm in this channel"),
        ("status", "I'm on for you.\n"),
        ("translate this please", "I don't translate, summarize, search, or post"),
        ("what did I ask you before", "/reframe my data shows all of it"),
        ("can you check whether this email is too long", "aste the "),
        ("is there a way to switch this bot off", "To stop unprompted questions"),
        ("do you have an off switch", "Say stop to me in a direct message, or type /reframe pause"),
        ("clowns", "happen"),
        ("Kunde will Rabatt", "I can only read English"),
    ],
)
async def test_what_needs_no_coaching(bot: BotHarness, asked: str, told: str) -> None:
    """Answer in a line, and do nothing else."""
    await bot.command(asked)
    await bot.idle()

    (shown,) = bot.shown()
    assert told in shown["text"]


@pytest.mark.parametrize(
    ("action", "text"), [("reframe_another", "Here's another"), ("reframe_why", "Idea from")]
)
async def test_more_in_a_direct_message(bot: BotHarness, action: str, text: str) -> None:
    """Reply to "Another question" and "Why?" in the thread that they were pressed in, once."""
    dm = bot.workspace.dm_channel(bot.ana)
    ts = await bot.slack.post_message(bot.ana, dm, ENTITLEMENT)
    await bot.idle()
    (reply,) = bot.direct()
    await bot.slack.click(bot.ana, dm, reply["ts"], action)
    await bot.idle()

    _, more = bot.direct()
    assert more["thread_ts"] == ts
    assert text in more["text"]
    assert bot.workspace.ephemerals(dm, bot.ana) == []


async def test_follow_up(bot: BotHarness) -> None:
    """Take "another question" to be about the latest topic; say so if there is none."""
    dm = bot.workspace.dm_channel(bot.ana)
    await bot.slack.post_message(bot.ana, dm, "another question please")
    await bot.idle()
    await bot.slack.post_message(bot.ana, dm, LABELLING)
    await bot.idle()
    await bot.slack.post_message(bot.ana, dm, "Another one?")
    await bot.idle()

    nothing, advice, another = bot.direct()
    assert "more than an hour ago" in nothing["text"]
    assert another["text"].startswith("Here's another:")
    assert another["text"].removeprefix("Here's another: ") not in advice["text"]


async def test_bot_does_not_reply_to_itself(bot: BotHarness) -> None:
    """Ignore its posts, and edits and deletions, in a direct conversation."""
    dm = bot.workspace.dm_channel(bot.ana)
    ts = await bot.slack.post_message(bot.ana, dm, ENTITLEMENT)
    await bot.idle()
    await bot.slack.edit_message(dm, ts, LABELLING)
    await bot.slack.delete_message(dm, ts)
    await bot.idle()

    assert len(bot.direct()) == 1


async def test_requests_do_not_count_against_caps(harness: BotHarness) -> None:
    """Ask the first unprompted question after any number of requests."""
    await harness.start(REFRAME_DAILY_CAP=1, REFRAME_WEEKLY_CAP=1)
    for _ in range(3):
        await harness.command(LABELLING)
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()

    assert len(harness.replies(ts)) == 1


async def test_question_is_not_repeated_unprompted(harness: BotHarness) -> None:
    """Don't ask a question in a thread that the seller got on demand within a month."""
    await harness.start(REFRAME_SAME_QUESTION_DAYS=30)
    await harness.command(ENTITLEMENT)
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()

    (reply,) = harness.replies(ts)
    question = reply["text"].split(". ")[-1]
    assert question.endswith("?")
    assert question not in harness.shown()[0]["text"]


@pytest.mark.fault_case(47)
@pytest.mark.parametrize("flag", ["is_restricted", "is_ultra_restricted", "is_stranger"])
async def test_guest(bot: BotHarness, flag: str) -> None:
    """47: tell guests and users of other companies that coaching is for members only."""
    kim = bot.workspace.add_user("kim")
    setattr(bot.workspace.users[kim], flag, True)
    bot.workspace.channels[bot.deal].members.append(kim)
    await bot.command(ENTITLEMENT, user=kim)

    (reply,) = bot.shown(kim)
    assert "only members of this workspace" in reply["text"]


@pytest.mark.fault_case(47)
async def test_shared_channel(bot: BotHarness) -> None:
    """47: reply privately in a channel that outsiders can read."""
    bot.workspace.channels[bot.deal].is_ext_shared = True
    await bot.command(ENTITLEMENT)

    assert len(bot.shown()) == 1
    assert bot.workspace.bot_messages() == []


@pytest.mark.fault_case(48)
async def test_too_many_requests(bot: BotHarness) -> None:
    """48: ask the user to take a break after thirty requests per hour."""
    for _ in range(31):
        await bot.slack.run_command(bot.ana, bot.deal, "/reframe", ENTITLEMENT)
    await bot.idle()

    enough = [e for e in bot.shown() if "as many as I can take" in e["text"]]
    assert len(enough) >= 1
    assert len(bot.shown()) == 31
    await bot.command(ENTITLEMENT, user=bot.ben)
    assert "What stands out" in bot.shown(bot.ben)[0]["text"]


@pytest.mark.parametrize("text", ["help", "HELP", "  help  "])
async def test_help(bot: BotHarness, text: str) -> None:
    """Show the help on "help"."""
    attempt = await bot.command(text)

    assert "/reframe my data" in json.loads(attempt.body)["text"]
    assert len(bot.shown()) == 1


@pytest.mark.fault_case(53)
async def test_request_is_erased(bot: BotHarness) -> None:
    """53: keep no word of a request in the database's files once it is answered."""
    canary = "zanzibar-canary-phrase"
    await bot.command(f"They owe us an answer, {canary}, how rude.")
    dm = bot.workspace.dm_channel(bot.ana)
    await bot.slack.post_message(bot.ana, dm, f"They owe us an answer, {canary}, how rude.")
    await bot.idle()
    await bot.stop()

    found = {p.name for p in bot.folder.iterdir() if canary.encode() in p.read_bytes()}
    assert found == set()


@pytest.mark.fault_case(46)
@pytest.mark.parametrize(
    "fault", [Fault.http(503, "busy"), Fault.http(502, "<html>"), Fault.http(429, "slow")]
)
async def test_response_url_fails_for_a_moment(
    harness: BotHarness, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """46: post a reply again that did not get through, so it is shown once."""
    bot = harness
    monkeypatch.setattr("bot.slack.retry_after.RETRY_AFTER_SECONDS", 0.1)
    change_limits(monkeypatch, backoff=Backoff(initial_seconds=0.05))
    await bot.start()
    bot.slack.faults.inject("response_url", fault, times=2)
    await bot.command(ENTITLEMENT)

    assert len(bot.shown()) == 1
    assert len(bot.slack.response_url_bodies) <= 5


async def test_expired_response_url(bot: BotHarness) -> None:
    """Give up on a request if Slack no longer accepts its response URL."""
    bot.slack.faults.inject("response_url", Fault.http(404, "used_url"))
    await bot.command(ENTITLEMENT)

    assert bot.shown() == []


async def test_modal_can_not_be_opened(bot: BotHarness) -> None:
    """Explain how to ask without the form if Slack does not open it."""
    bot.slack.faults.inject("views.open", Fault.error("expired_trigger_id"))
    await bot.command("")

    assert "didn't open the form" in bot.shown()[0]["text"]


async def test_command_delivered_repeatedly(bot: BotHarness) -> None:
    """Reply once to a command that is delivered four times."""
    payload = {
        "command": "/reframe",
        "text": ENTITLEMENT,
        "user_id": bot.ana,
        "channel_id": bot.deal,
        "team_id": bot.workspace.team_id,
        "api_app_id": bot.workspace.app_id,
        "trigger_id": "77.twice",
        "response_url": f"{bot.slack.api_url.removesuffix('/api/')}/respond/77",
    }
    await asyncio.gather(*(bot.slack.deliver(payload, "slash_commands") for _ in range(4)))
    await bot.idle()

    assert len(bot.slack.response_url_bodies) == 1


async def test_response_url_that_is_not_slacks(bot: BotHarness) -> None:
    """Post no reply to a URL without TLS on another machine."""
    payload = {
        "command": "/reframe",
        "text": ENTITLEMENT,
        "user_id": bot.ana,
        "channel_id": bot.deal,
        "team_id": bot.workspace.team_id,
        "api_app_id": bot.workspace.app_id,
        "trigger_id": "78.far",
        "response_url": "http://far.example/respond/78",
    }
    await bot.slack.deliver(payload, "slash_commands")
    await bot.idle()

    assert bot.slack.response_url_bodies == []
