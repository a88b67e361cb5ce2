"""Buttons and menus of a nudge, and the three ways to deliver one: thread, private, observe."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import select

from bot.cli import block_kit_text
from bot.core.playbook_model import Playbook
from bot.sandbox.faults import Fault
from bot.sandbox.workspace import Json
from bot.store.database import Database
from bot.store.encryption import generate_secret
from bot.store.tables import labels
from tests.harness import ENTITLEMENT, LABELLING, BotHarness


async def get_nudge(bot: BotHarness, text: str = ENTITLEMENT) -> tuple[str, Json]:
    """Post as Ana; return the ts of the message, and the nudge in its thread."""
    ts = await bot.say(text)
    await bot.idle()
    (nudge,) = bot.replies(ts)
    return ts, nudge


async def set_delivery(bot: BotHarness, mode: str, *, user: str | None = None) -> None:
    """Invite the bot to the deal channel as Ana, then choose how it is watched (as Ana by
    default)."""
    bot.workspace.channels[bot.deal].members.remove(bot.workspace.bot_user_id)
    await bot.slack.invite_bot(bot.deal, bot.ana)
    await bot.idle()
    dm = bot.workspace.dm_channel(bot.ana)
    (welcome,) = bot.direct()
    await bot.slack.click(user or bot.ana, dm, welcome["ts"], "reframe_mode", option=mode)
    await bot.idle()


async def test_another_question(bot: BotHarness) -> None:
    """Show a new question to the author alone; a double click brings only one."""
    _, nudge = await get_nudge(bot)
    await asyncio.gather(*(bot.choose(nudge, "another") for _ in range(3)))
    await bot.idle()

    (line,) = bot.shown()
    assert line["text"].startswith("Here's another: ")
    assert line["text"].removeprefix("Here's another: ") not in nudge["text"]


async def test_why_this(bot: BotHarness, playbook: Playbook) -> None:
    """Name the trap, the idea behind the question, and its article: to the author alone."""
    _, nudge = await get_nudge(bot)
    await bot.choose(nudge, "why")
    await bot.idle()

    (line,) = bot.shown()
    (question,) = (q for q in playbook.questions.values() if q.text in nudge["text"])
    credits = [article.credit for article in playbook.articles.values()]
    assert [c for c in credits if c in json.dumps(nudge, ensure_ascii=False)] == []
    assert playbook.articles["what-they-owe-us"].ideas[question.idea] in line["text"]
    assert playbook.traps["entitlement"].observation in line["text"]  # type: ignore[index]
    assert playbook.articles["what-they-owe-us"].credit in line["text"]


async def test_coach_me_privately(bot: BotHarness) -> None:
    """Show later nudges to the author alone; outside a thread if the message has none."""
    _, nudge = await get_nudge(bot)
    await bot.choose(nudge, "privately")
    ts = await bot.say(LABELLING)
    await bot.idle()

    assert bot.replies(ts) == []
    private = bot.shown()[-1]
    assert "thread_ts" not in private
    assert "Only you can see this" in block_kit_text.render_message(private)


async def test_bring_to_the_thread(bot: BotHarness) -> None:
    """Post a private nudge in the thread, once; "That's wrong" deletes it there too."""
    await set_delivery(bot, "private")
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()
    private = bot.shown()[-1]
    await bot.slack.click(bot.ana, bot.deal, private["ts"], "reframe_to_thread", ephemeral=True)
    await bot.until(lambda: "Shared." in bot.shown()[-1]["text"])

    (nudge,) = bot.replies(ts)
    assert nudge["text"] == private["text"]
    (shared,) = bot.shown()
    assert shared["text"].startswith(private["text"])
    assert "reframe_to_thread" not in str(shared["blocks"])
    assert "reframe_answer_helpful" in str(shared["blocks"])
    await bot.choose(nudge, "wrong")
    await bot.idle()
    assert bot.replies(ts) == []


@pytest.mark.parametrize(
    ("button", "said"), [("helpful", "Helpful"), ("not_this_time", "Not this time")]
)
async def test_what_was_chosen_is_marked_where_only_its_author_sees_it(
    bot: BotHarness, button: str, said: str
) -> None:
    """In a thread a mark would tell everybody what the seller thinks of the question."""
    _, posted = await get_nudge(bot)
    await bot.slack.click(bot.ana, bot.deal, posted["ts"], f"reframe_answer_{button}")
    await bot.idle()
    await set_delivery(bot, "private")
    await bot.say(LABELLING)
    await bot.idle()
    private = bot.shown()[-1]
    press = (bot.ana, bot.deal, private["ts"], f"reframe_answer_{button}")
    await bot.slack.click(*press, ephemeral=True)
    await bot.until(lambda: any(f"You chose: {said}." in m["text"] for m in bot.shown()))

    assert "You chose" not in str([m for _, m in bot.workspace.bot_messages()])
    (marked,) = [m for m in bot.shown() if "You chose" in m["text"]]
    assert marked["text"].startswith(private["text"])


async def test_an_old_button_pressed_again(bot: BotHarness) -> None:
    """A page that still shows the button: the second press shares nothing, and says what was."""
    await set_delivery(bot, "private")
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()
    private = dict(bot.shown()[-1])
    press = (bot.ana, bot.deal, private["ts"], "reframe_to_thread")
    await bot.slack.click(*press, ephemeral=True)
    await bot.until(lambda: "Shared." in bot.shown()[-1]["text"])
    shown = bot.workspace.channels[bot.deal].ephemerals
    shown[:] = [private]
    await bot.slack.click(*press, ephemeral=True)
    await bot.until(lambda: "already shared" in bot.shown()[-1]["text"])

    assert len(bot.replies(ts)) == 1
    (nudge,) = bot.replies(ts)
    await bot.choose(nudge, "wrong")
    await bot.until(lambda: bot.replies(ts) == [])
    shown[:] = [private]
    await bot.slack.click(*press, ephemeral=True)
    await bot.until(lambda: any("removed from the thread" in m["text"] for m in bot.shown()))
    assert bot.replies(ts) == []


@pytest.mark.parametrize("button", ["reframe_to_thread", "reframe_answer_helpful"])
async def test_a_press_on_a_private_nudge_whose_message_is_gone(
    bot: BotHarness, button: str
) -> None:
    """Slack lets the bot take it back only now: the press removes it, and nothing is shared."""
    await set_delivery(bot, "private")
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()
    private = bot.shown()[-1]
    await bot.slack.delete_message(bot.deal, ts)
    await bot.idle()
    await bot.slack.click(bot.ana, bot.deal, private["ts"], button, ephemeral=True)
    await bot.idle()
    await bot.until(lambda: all(private["text"] != m["text"] for m in bot.shown()))

    said = "You deleted the message" if button == "reframe_to_thread" else "Thanks, noted."
    assert said in bot.shown()[-1]["text"]
    assert bot.replies(ts) == []


async def test_delete_the_message_of_a_nudge_in_the_thread(bot: BotHarness) -> None:
    """Delete the copy of a private nudge in the thread if its message is deleted."""
    await set_delivery(bot, "private")
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()
    private = bot.shown()[-1]
    await bot.slack.click(bot.ana, bot.deal, private["ts"], "reframe_to_thread", ephemeral=True)
    await bot.until(lambda: len(bot.replies(ts)) == 1)
    await bot.slack.delete_message(bot.deal, ts)
    await bot.idle()

    assert bot.replies(ts) == []


async def test_wrong_removes_a_private_nudge(bot: BotHarness) -> None:
    """Remove a private nudge on "That's wrong"."""
    await set_delivery(bot, "private")
    await bot.say(ENTITLEMENT)
    await bot.idle()
    private = bot.shown()[-1]
    await bot.choose(private, "wrong")
    await bot.idle()
    await bot.until(lambda: private not in bot.shown())

    assert "you won't get this kind of question" in bot.shown()[-1]["text"]


async def test_private_nudge_in_a_thread(bot: BotHarness) -> None:
    """Show a private nudge in the thread that the author writes in."""
    await set_delivery(bot, "private")
    root = await bot.say("The call is on Thursday.", user=bot.ben)
    await bot.say(ENTITLEMENT, thread_ts=root)
    await bot.idle()

    assert bot.shown()[-1]["thread_ts"] == root


async def test_unconfirmed_private_nudge_is_not_repeated(bot: BotHarness) -> None:
    """Give up on a private nudge after a cut connection: the bot can't search for it."""
    await set_delivery(bot, "private")
    bot.slack.faults.inject("chat.postEphemeral", Fault.disconnect_after())
    await bot.say(ENTITLEMENT)
    await bot.idle()

    shown = [block_kit_text.render_message(e) for e in bot.shown()]
    assert len([text for text in shown if "Only you can see this" in text]) == 1


async def test_observe_only_counts(bot: BotHarness) -> None:
    """Post nothing in an observed channel, and show no figure that stands for a single seller."""
    await set_delivery(bot, "observe")
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()
    outcome = await bot.outcome(ts)
    assert outcome is not None
    assert (outcome.reason, bot.replies(ts)) == ("observed", [])

    await bot.command("settings")
    shown = json.dumps(bot.modal())
    assert "only counted: too few to give a number." in shown


async def test_only_the_inviter_chooses_the_delivery(bot: BotHarness) -> None:
    """Refuse to let a colleague of the inviter change how a channel is watched."""
    await set_delivery(bot, "observe", user=bot.ben)
    dm = bot.workspace.dm_channel(bot.ana)
    await bot.until(lambda: bot.workspace.ephemerals(dm, bot.ben))

    assert "Only an admin can change that" in bot.workspace.ephemerals(dm, bot.ben)[0]["text"]
    await get_nudge(bot)


async def test_admins_choose_the_delivery(harness: BotHarness) -> None:
    """Offer the channel's settings to admins only, if REFRAME_ADMINS is set."""
    await harness.start(REFRAME_ADMINS=harness.ben)
    for user, is_offered in ((harness.ana, False), (harness.ben, True)):
        await harness.command("settings", user=user)
        view = harness.modal()
        assert (view.get("private_metadata") == harness.deal) is is_offered
        assert any(b.get("block_id") == "mode" for b in view["blocks"]) is is_offered


async def test_invitation(bot: BotHarness) -> None:
    """Welcome the inviter and post one notice in the channel, once per invitation."""
    channel = bot.workspace.add_channel("deal-new", [bot.ana, bot.ben], with_bot=False)
    bot.slack.events.duplicate_events = True
    await bot.slack.invite_bot(channel, bot.ana)
    await bot.idle()

    (welcome,) = bot.direct()
    (notice,) = [m for m in bot.workspace.messages(channel) if m.get("bot_id")]
    assert "Thanks for inviting me" in welcome["text"]
    assert "/reframe pause" in notice["text"]
    assert bot.direct(bot.ben) == []


async def test_invitation_to_a_shared_channel(bot: BotHarness) -> None:
    """Tell only the inviter that the bot stays silent in a channel that outsiders can read."""
    channel = bot.workspace.add_channel(
        "deal-shared", [bot.ana], with_bot=False, is_ext_shared=True
    )
    await bot.slack.invite_bot(channel, bot.ana)
    await bot.idle()

    (welcome,) = bot.direct()
    assert "stay silent there" in welcome["text"]
    assert [m for m in bot.workspace.messages(channel) if m.get("bot_id")] == []


async def test_colleague_joins(bot: BotHarness) -> None:
    """Do nothing if somebody else joins the channel."""
    event = {"type": "member_joined_channel", "user": bot.ben, "channel": bot.deal}
    await bot.slack.deliver(bot.slack.envelope({**event, "inviter": bot.ana}))
    await bot.idle()

    assert bot.direct() == []


@pytest.mark.parametrize(("action", "text"), [("longer", "until "), ("open", "until you press")])
async def test_longer_pause(bot: BotHarness, action: str, text: str) -> None:
    """Make a pause longer, and end it, by the buttons of the same ephemeral message."""
    _, nudge = await get_nudge(bot)
    await bot.choose(nudge, "pause")
    await bot.idle()
    (line,) = bot.shown()
    await bot.slack.click(bot.ana, bot.deal, line["ts"], f"reframe_pause_{action}", ephemeral=True)
    await bot.until(lambda: bot.shown() and bot.shown() != [line])
    (longer,) = bot.shown()
    assert text in longer["text"]

    await bot.slack.click(bot.ana, bot.deal, longer["ts"], "reframe_resume", ephemeral=True)
    await bot.until(lambda: bot.shown() and bot.shown() != [longer])
    assert "Welcome back" in bot.shown()[0]["text"]
    await get_nudge(bot, LABELLING)


async def test_second_pause_after_a_resume(bot: BotHarness) -> None:
    """Confirm each pause if the author pauses, resumes and pauses again at once."""
    _, nudge = await get_nudge(bot)
    for _ in range(2):
        await bot.choose(nudge, "pause")
        await bot.idle()
        await bot.command("resume")

    assert len([e for e in bot.shown() if "No questions for you until" in e["text"]]) == 2


@pytest.mark.parametrize("has_key", [True, False])
@pytest.mark.parametrize("words", ["", "They owe us an answer."])
async def test_tell_us_why(harness: BotHarness, words: str, has_key: bool) -> None:
    """Store the reason for "That's wrong", and only the words the author writes in the form,
    encrypted; without a key they are neither asked for nor kept."""
    await harness.start(**({"REFRAME_ENCRYPTION_KEY": generate_secret()} if has_key else {}))
    _, nudge = await get_nudge(harness)
    await harness.choose(nudge, "wrong")
    await harness.idle()
    line = harness.shown()[-1]
    await harness.slack.click(
        harness.ana, harness.deal, line["ts"], "reframe_tell_why", ephemeral=True
    )
    view = harness.modal()
    asked_for = [block["block_id"] for block in view["blocks"] if "block_id" in block]
    sent = await harness.slack.submit_view(
        harness.ana,
        view,
        {
            "reason": {"reason": {"selected_option": {"value": "fact"}}},
            "words": {"words": {"value": words or None}},
        },
    )

    assert "helps us get it right" in json.dumps(json.loads(sent.body))
    assert ("words" in asked_for) is has_key
    database = Database(harness.address)
    async with database.begin() as connection:
        (row,) = (await connection.execute(select(labels))).mappings().all()
    await database.close()
    assert (row["trap"], row["reason"]) == ("entitlement", "fact")
    assert bool(row["words"]) is bool(words and has_key)
    assert "owe us" not in (row["words"] or "")


async def test_colleague_can_not_use_the_menu(bot: BotHarness) -> None:
    """Refuse privately, and change nothing, if a colleague uses the menu of a nudge."""
    _, nudge = await get_nudge(bot)
    for option in ("wrong", "another", "why", "pause", "privately"):
        await bot.choose(nudge, option, user=bot.ben)
    await bot.idle()

    assert {e["text"] for e in bot.shown(bot.ben)} == {
        "Only the person who wrote the message can use these buttons."
    }
    assert bot.shown() == []
    await get_nudge(bot, LABELLING)


async def test_three_ignored_questions(harness: BotHarness) -> None:
    """Stop asking after three ignored questions, until the author resumes."""
    await harness.start()
    for _ in range(3):
        ts = await harness.say(ENTITLEMENT)
        await harness.idle()
        assert len(harness.replies(ts)) == 1
    database = Database(harness.address)
    async with database.begin() as connection:
        await connection.exec_driver_sql("UPDATE findings SET created_at = created_at - 90000")
    await database.close()
    ts = await harness.say(LABELLING)
    await harness.idle()
    outcome = await harness.outcome(ts)
    assert outcome is not None
    assert outcome.reason == "only_on_demand"

    await harness.command("resume")
    await get_nudge(harness, LABELLING)


async def test_probation(harness: BotHarness) -> None:
    """Put a trap on probation if 3 of 30 ratings are bad; an admin can clear it."""
    await harness.start(REFRAME_ADMINS=harness.ben)
    answers = ["reframe_answer_helpful"] * 27 + ["reframe_answer_not_this_time"] * 3
    for answer in answers:
        _, nudge = await get_nudge(harness)
        await harness.slack.click(harness.ana, harness.deal, nudge["ts"], answer)
    await harness.idle()
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()
    outcome = await harness.outcome(ts)
    assert outcome is not None
    assert outcome.reason == "on_probation"

    (notice,) = harness.direct(harness.ben)
    assert "10 % of the people" in notice["text"]
    dm = harness.workspace.dm_channel(harness.ben)
    for user in (harness.ana, harness.ben):
        await harness.slack.click(user, dm, notice["ts"], "reframe_clear")
    await get_nudge(harness)
