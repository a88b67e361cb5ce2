"""The listeners: each payload calls one flow, with the workspace and the user that it names."""

from __future__ import annotations

from typing import Any
from unittest.mock import call

import pytest

from bot.core.model import Delivery, DirectMessage, Feedback, Ignored, Message, More, Reason, Trap
from bot.core.playbook_model import Playbook
from bot.core.policy import DAY
from bot.flows.digest_sharing import Share
from bot.flows.errors import StoreUnavailableError
from bot.flows.feedback import Press
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.weekly import FollowUpOutcome
from bot.flows.thread_sharing import ThreadShare
from bot.sandbox.faults import Fault
from tests.slack.bolt import BOT_USER, WORKSPACE, BoltDriver, acknowledged, values

GRID = {
    "team": None,
    "enterprise": {"id": "E1"},
    "is_enterprise_install": True,
    "user": {"id": "U1", "team_id": WORKSPACE},
}
SHAPES: list[Any] = [
    pytest.param({}, id="workspace"),
    pytest.param(GRID, id="org-wide"),
]
MESSAGE = {
    "type": "message",
    "channel": "C1",
    "channel_type": "channel",
    "user": "U1",
    "text": "they owe us",
    "ts": "1760000000.000100",
}


async def test_no_call_to_slack_before_the_first_event(bolt: BoltDriver) -> None:
    """Bolt asks nobody who it is, so a busy Slack loses no event."""
    for fault in (Fault.rate_limited(), Fault.http(503)):
        bolt.slack.faults.inject("auth.test", fault)
        assert (await bolt.event(MESSAGE)).status == 200

    assert bolt.flows.intake.receive.await_count == 2
    assert bolt.slack.calls == []


async def test_messages(bolt: BoltDriver) -> None:
    """A message in a channel goes to intake, and is acknowledged after that."""
    assert acknowledged(await bolt.event(MESSAGE)) == {}

    expected = Message(
        "Ev1", WORKSPACE, "C1", MESSAGE["ts"], "U1", "they owe us", version=MESSAGE["ts"]
    )
    bolt.flows.intake.receive.assert_awaited_once_with(expected)
    bolt.flows.direct_messages.receive.assert_not_awaited()


async def test_direct_messages(bolt: BoltDriver) -> None:
    """A message to the bot goes to the flow for direct messages, and not to intake."""
    await bolt.event({**MESSAGE, "channel": "D1", "channel_type": "im"})
    (call,) = bolt.flows.direct_messages.receive.await_args_list

    assert isinstance(call.args[0], DirectMessage)
    assert call.args[0].message.channel_id == "D1"
    bolt.flows.intake.receive.assert_not_awaited()


async def test_edits_in_a_direct_conversation(bolt: BoltDriver) -> None:
    """They start nothing."""
    event = {**MESSAGE, "channel": "D1", "channel_type": "im", "subtype": "message_changed"}
    await bolt.event({**event, "hidden": True, "message": MESSAGE})

    bolt.flows.direct_messages.receive.assert_not_awaited()
    bolt.flows.intake.receive.assert_awaited_once_with(Ignored(Reason.DIRECT_MESSAGE))


async def test_the_bots_messages(bolt: BoltDriver) -> None:
    """Bolt drops what the bot itself wrote."""
    await bolt.event({**MESSAGE, "user": BOT_USER, "bot_id": "B0REFRAME"})

    bolt.flows.intake.receive.assert_not_awaited()


@pytest.mark.parametrize(
    "foreign",
    [
        {"api_app_id": "A0OTHER"},
        {"team_id": "T0OTHER"},
        {"team_id": None, "authorizations": []},
        {"team_id": None, "authorizations": [{"team_id": "T0OTHER"}]},
    ],
)
async def test_what_is_meant_for_others(bolt: BoltDriver, foreign: dict[str, Any]) -> None:
    """An event of another app, another workspace, or none, is acknowledged and dropped."""
    assert (await bolt.event(MESSAGE, **foreign)).status == 200
    assert (await bolt.event({"type": "app_uninstalled"}, **foreign)).status == 200

    bolt.flows.intake.receive.assert_not_awaited()
    bolt.flows.erasure.forget_workspace.assert_not_awaited()


@pytest.mark.parametrize(
    "foreign",
    [
        {"team": {"id": "T0OTHER"}},
        {"team": None, "user": {"id": "U1", "team_id": "T0OTHER"}},
        {"team": None, "user": {"id": "U1"}},
        {"api_app_id": "A0OTHER"},
    ],
)
async def test_presses_that_are_meant_for_others(bolt: BoltDriver, foreign: dict[str, Any]) -> None:
    """An interaction of another app or workspace is acknowledged and dropped."""
    assert (await bolt.press("reframe_answer_helpful", "k1", **foreign)).status == 200

    bolt.flows.feedback.record_feedback.assert_not_awaited()


async def test_other_events(bolt: BoltDriver) -> None:
    """An event that means nothing here is acknowledged."""
    assert (await bolt.event({"type": "reaction_added", "user": "U1"})).status == 200


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("feedback", list(Feedback))
async def test_feedback_buttons(
    bolt: BoltDriver, feedback: Feedback, shape: dict[str, Any]
) -> None:
    """Each feedback is recorded, from a button and from the menu."""
    assert acknowledged(await bolt.press(f"reframe_answer_{feedback}", "k1", **shape)) == {}
    assert acknowledged(await bolt.press("reframe_more", choose=f"{feedback}|k1", **shape)) == {}

    calls = [call.args for call in bolt.flows.feedback.record_feedback.await_args_list]
    assert calls == [(WORKSPACE, "k1", "U1", feedback)] * 2


@pytest.mark.parametrize("wanted", [More.ANOTHER, More.WHY, More.PRIVATELY])
async def test_the_menu_of_a_nudge(bolt: BoltDriver, wanted: More) -> None:
    """Each further wish goes to its flow."""
    await bolt.press("reframe_more", choose=f"{wanted}|nudge-C1-1.5|x")

    bolt.flows.feedback.give_more.assert_awaited_once_with(
        WORKSPACE, "nudge-C1-1.5|x", "U1", wanted
    )


async def test_bring_to_thread(bolt: BoltDriver) -> None:
    """A private nudge is brought to its thread."""
    share = ThreadShare("k1-thread", {"mirror": "", "question": "What do they need?"})
    bolt.flows.thread_sharing.begin.return_value = share
    bolt.flows.thread_sharing.outcome.return_value = "shared"
    await bolt.press("reframe_to_thread", "k1")
    (shown,) = bolt.responses()

    bolt.flows.thread_sharing.begin.assert_awaited_once_with(WORKSPACE, "k1", "U1")
    assert shown["replace_original"] is True
    assert shown["text"].startswith("What do they need?\nShared.")
    assert "reframe_answer_helpful" in str(shown["blocks"])
    assert "reframe_to_thread" not in str(shown["blocks"])


@pytest.mark.parametrize(
    ("share", "said", "replaces"),
    [
        (None, "no longer have anything", False),
        (ThreadShare(line="You deleted the message."), "You deleted the message.", True),
    ],
)
async def test_a_question_that_can_not_be_shared(
    bolt: BoltDriver, share: ThreadShare | None, said: str, replaces: bool
) -> None:
    """Whoever wants to share what is gone reads what happened."""
    bolt.flows.thread_sharing.begin.return_value = share
    await bolt.press("reframe_to_thread", "k1")
    (shown,) = bolt.responses()

    assert said in shown["text"]
    assert shown.get("replace_original", False) is replaces


async def test_somebody_elses_press_leaves_the_question(bolt: BoltDriver) -> None:
    """The flow tells them; what stands there stays as it is."""
    bolt.flows.thread_sharing.begin.return_value = ThreadShare()
    await bolt.press("reframe_to_thread", "k1")

    assert bolt.responses() == []


@pytest.mark.parametrize(
    ("feedback", "met", "is_ephemeral", "removed"),
    [
        (Feedback.WRONG, Press.TAKEN, True, True),
        (Feedback.WRONG, Press.TAKEN, False, False),
        (Feedback.WRONG, Press.NOT_THEIRS, True, False),
        (Feedback.HELPFUL, Press.TAKEN, True, False),
        (Feedback.HELPFUL, Press.MESSAGE_DELETED, True, True),
        (Feedback.PAUSE, Press.MESSAGE_DELETED, True, True),
        (Feedback.HELPFUL, Press.MESSAGE_DELETED, False, False),
    ],
)
async def test_a_wrong_private_nudge_is_removed(
    bolt: BoltDriver, feedback: Feedback, met: Press, is_ephemeral: bool, removed: bool
) -> None:
    """Only Slack's response URL can remove what one person alone sees."""
    bolt.flows.feedback.private_words.return_value = None
    bolt.flows.feedback.record_feedback.return_value = met
    container = {"type": "message", "is_ephemeral": is_ephemeral}
    await bolt.press("reframe_more", choose=f"{feedback}|k1", container=container)

    assert bolt.responses() == ([{"delete_original": True}] if removed else [])


@pytest.mark.parametrize("wanted", [More.ANOTHER, More.WHY])
async def test_a_private_nudge_without_its_message(bolt: BoltDriver, wanted: More) -> None:
    """Any press on it is carried out, and takes it away."""
    bolt.flows.feedback.give_more.return_value = Press.MESSAGE_DELETED
    container = {"type": "message", "is_ephemeral": True}
    await bolt.press("reframe_more", choose=f"{wanted}|k1", container=container)

    assert bolt.responses() == [{"delete_original": True}]


@pytest.mark.parametrize(
    ("action_id", "seconds"),
    [("reframe_pause_longer", 14 * DAY), ("reframe_pause_open", float("inf"))],
)
async def test_longer_pauses(bolt: BoltDriver, action_id: str, seconds: float) -> None:
    """A longer pause replaces the line, and offers only the way back."""
    bolt.flows.pauses.pause.return_value = "Paused."
    await bolt.press(action_id, "k1")
    (shown,) = bolt.responses()

    bolt.flows.pauses.pause.assert_awaited_once_with(WORKSPACE, "U1", seconds, has_button=True)
    assert (shown["text"], shown["replace_original"]) == ("Paused.", True)
    assert [e["action_id"] for e in shown["blocks"][-1]["elements"]] == ["reframe_resume"]


async def test_resume(bolt: BoltDriver) -> None:
    """Below a message the line is replaced; in Home, which has no URL, Home is drawn again."""
    bolt.flows.pauses.resume.return_value = "Welcome back."
    await bolt.press("reframe_resume", "k1")
    assert bolt.responses()[0]["text"] == "Welcome back."
    assert bolt.slack.calls_to("views.publish") == []

    await bolt.press("reframe_resume", "home", response_url=None)
    assert len(bolt.responses()) == 1
    assert len(bolt.slack.calls_to("views.publish")) == 1


@pytest.mark.parametrize(
    ("container", "message", "thread_ts"),
    [
        ({"message_ts": "2.2", "thread_ts": "1.1"}, {}, "1.1"),
        ({"message_ts": "2.2"}, {"ts": "2.2", "thread_ts": "1.1"}, "1.1"),
        ({"message_ts": "1.1", "thread_ts": "1.1"}, {}, None),  # the first message of a thread
        ({"message_ts": "1.1"}, {"ts": "1.1"}, None),
        (None, None, None),
    ],
)
@pytest.mark.parametrize("button", ["reframe_reflect_on", "reframe_resume"])
async def test_an_answer_stays_in_the_thread(
    bolt: BoltDriver, button: str, container: Any, message: Any, thread_ts: str | None
) -> None:
    """Slack shows an answer to a button outside the thread, unless it names the thread."""
    bolt.flows.pauses.resume.return_value = "Welcome back."
    await bolt.press(button, "k1", container=container, message=message)

    assert [shown.get("thread_ts") for shown in bolt.responses()] == [thread_ts]


async def test_what_was_wrong(bolt: BoltDriver) -> None:
    """The form carries the key; what is written is kept and thanked for."""
    await bolt.press("reframe_tell_why", "k1")
    assert bolt.modal()["private_metadata"] == "k1"

    bolt.flows.feedback.explain_wrong.return_value = "Thank you."
    response = await bolt.submit("reframe_wrong", values(words=" a &lt; b "), metadata="k1")
    shown = acknowledged(response)
    bolt.flows.feedback.explain_wrong.assert_awaited_once_with(
        WORKSPACE, "k1", "U1", reason="", words="a < b"
    )
    assert shown["response_action"] == "update"
    assert shown["view"]["blocks"][0]["text"]["text"] == "Thank you."


async def test_the_form_for_asking(bolt: BoltDriver, playbook: Playbook) -> None:
    """What is written is stored; the reply goes into the same modal."""
    shown = acknowledged(await bolt.submit("reframe_ask", values(situation="They went quiet.")))

    bolt.flows.on_demand.submit.assert_awaited_once_with(
        Ask(
            "form-V1-h1",
            AskKind.ADVICE,
            WORKSPACE,
            "U1",
            ReplyPlace.VIEW,
            "V1",
            text="They went quiet.",
        )
    )
    assert playbook.text("advice", "thinking") in str(shown["view"])


async def test_an_empty_form(bolt: BoltDriver, playbook: Playbook) -> None:
    """A form without words is not stored; its first field says why."""
    shown = acknowledged(await bolt.submit("reframe_ask", values(situation=" \n ")))

    assert shown["errors"] == {"situation": playbook.text("ask", "empty")}
    bolt.flows.on_demand.submit.assert_not_awaited()


async def test_a_form_that_can_not_be_stored(bolt: BoltDriver, playbook: Playbook) -> None:
    """Slack sends no form again, so the modal says that it failed."""
    bolt.flows.on_demand.submit.side_effect = StoreUnavailableError("locked")
    shown = acknowledged(await bolt.submit("reframe_ask", values(situation="They went quiet.")))

    assert playbook.text("advice", "failed") in str(shown["view"])


async def test_the_shortcut(bolt: BoltDriver, playbook: Playbook) -> None:
    """A modal opens at once, and the ask is stored with its id."""
    assert acknowledged(await bolt.shortcut("They owe us.")) == {}
    (view_id,) = bolt.slack.workspace.views
    (call,) = bolt.flows.on_demand.submit.await_args_list

    assert playbook.text("advice", "thinking") in str(bolt.modal())
    assert (call.args[0].place, call.args[0].address) == (ReplyPlace.VIEW, view_id)
    assert call.args[0].text == "They owe us."


async def test_a_shortcut_that_can_not_be_stored(bolt: BoltDriver, playbook: Playbook) -> None:
    """The modal that is open says that it failed."""
    bolt.flows.on_demand.submit.side_effect = StoreUnavailableError("locked")
    assert (await bolt.shortcut("They owe us.")).status == 200

    assert playbook.text("advice", "failed") in str(bolt.modal())


@pytest.mark.parametrize(
    ("text", "author_id", "key"),
    [("They owe us.", "U2", "own_only"), (" ", "U1", "nothing"), (None, "U1", "nothing")],
)
async def test_a_shortcut_that_asks_nothing(
    bolt: BoltDriver, playbook: Playbook, text: str | None, author_id: str, key: str
) -> None:
    """A colleague's message, or one without words, is not asked about; the modal says so."""
    await bolt.shortcut(text, author_id)

    assert playbook.text("ask", key) in str(bolt.modal()["blocks"])
    bolt.flows.on_demand.submit.assert_not_awaited()


@pytest.mark.parametrize(
    ("action_id", "kind"), [("reframe_another", AskKind.ANOTHER), ("reframe_why", AskKind.WHY)]
)
@pytest.mark.parametrize("shape", SHAPES)
async def test_buttons_below_a_reply(
    bolt: BoltDriver, action_id: str, kind: AskKind, shape: dict[str, Any]
) -> None:
    """What comes goes where the reply is: to the response URL, or into the modal."""
    await bolt.press(action_id, "blame|silence", **shape)
    modal = {"id": "V1", "type": "modal"}
    await bolt.press(action_id, "blame|silence", view=modal, response_url=None, **shape)
    first, second = (call.args[0] for call in bolt.flows.on_demand.submit.await_args_list)

    assert first == Ask(
        f"{kind}-5.5-U1",
        kind,
        WORKSPACE,
        "U1",
        ReplyPlace.RESPONSE,
        bolt.response_url,
        text="blame|silence",
    )
    assert (second.place, second.address) == (ReplyPlace.VIEW, "V1")


IN_THREAD = {"channel_id": "D1", "message_ts": "2.5", "thread_ts": "1.5"}


@pytest.mark.parametrize(
    ("container", "place", "thread_ts"),
    [
        ({}, ReplyPlace.DIRECT, "1.5"),
        ({"thread_ts": "2.5"}, ReplyPlace.DIRECT, ""),
        ({"is_ephemeral": True}, ReplyPlace.RESPONSE, ""),
        ({"channel_id": "C1"}, ReplyPlace.RESPONSE, ""),
    ],
)
async def test_buttons_in_the_direct_conversation(
    bolt: BoltDriver, container: dict[str, Any], place: ReplyPlace, thread_ts: str
) -> None:
    """A response URL would answer outside the thread that the button is in."""
    pressed = {"type": "message", "is_ephemeral": False} | IN_THREAD | container
    await bolt.press("reframe_another", "blame|silence", container=pressed)
    (call,) = bolt.flows.on_demand.submit.await_args_list
    asked = call.args[0]

    assert (asked.place, asked.thread_ts) == (place, thread_ts)
    assert asked.address == ("D1" if place is ReplyPlace.DIRECT else bolt.response_url)


@pytest.mark.parametrize(("tab", "drawn"), [("home", 1), ("messages", 0), (None, 1)])
async def test_opening_home(bolt: BoltDriver, tab: str | None, drawn: int) -> None:
    """Home is drawn if it is what was opened."""
    event = {"type": "app_home_opened", "user": "U1"} | ({"tab": tab} if tab else {})
    await bolt.event(event)

    assert len(bolt.slack.calls_to("views.publish")) == drawn
    if drawn:
        bolt.flows.preferences.home_state.assert_awaited_once_with(WORKSPACE, "U1", opened=True)


@pytest.mark.parametrize("shape", SHAPES)
async def test_buttons_of_home(bolt: BoltDriver, shape: dict[str, Any]) -> None:
    """Pause, settings, ask, data: each does what it says."""
    shape = {**shape, "response_url": None, "container": {"type": "view"}}
    await bolt.press("reframe_home_pause", "pause", **shape)
    bolt.flows.pauses.pause.assert_awaited_once_with(WORKSPACE, "U1", DAY)
    bolt.flows.preferences.home_state.assert_awaited_once_with(WORKSPACE, "U1", opened=False)
    await bolt.press("reframe_home_settings", "settings", **shape)
    assert bolt.modal()["callback_id"] == "reframe_settings"
    await bolt.press("reframe_home_ask", "ask", **shape)
    assert bolt.modal()["callback_id"] == "reframe_ask"
    await bolt.press("reframe_home_data", "data", trigger_id="7.t", **shape)
    bolt.flows.on_demand.submit.assert_awaited_once_with(
        Ask("data-7.t", AskKind.DATA, WORKSPACE, "U1", ReplyPlace.DIRECT, "U1")
    )


SETTINGS_STATE = {
    "values": {
        "delivery": {"delivery": {"selected_option": {"value": "private"}}},
        "limit": {"limit": {"selected_option": {"value": "2"}}},
        "reflect": {"reflect": {"selected_option": {"value": "on"}}},
        "mode": {"mode": {"selected_option": {"value": "observe"}}},
    }
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_settings(bolt: BoltDriver, shape: dict[str, Any]) -> None:
    """Preferences and the channel are saved, the reflection is scheduled again."""
    response = await bolt.submit("reframe_settings", SETTINGS_STATE, metadata="C1", **shape)
    shown = acknowledged(response)

    assert shown["response_action"] == "update"
    assert "Saved." in str(shown["view"])
    bolt.flows.preferences.update.assert_awaited_once_with(
        WORKSPACE,
        "U1",
        delivery=Delivery.PRIVATE,
        daily_limit=2,
        quiet_hours=None,
        weekly_reflection=True,
        reflection_slot=None,
    )
    bolt.flows.reflection_schedule.reschedule.assert_awaited_once_with(WORKSPACE, "U1")
    bolt.flows.channel_settings.choose_delivery.assert_awaited_once_with(
        WORKSPACE, "C1", "U1", Delivery.OBSERVE
    )
    assert len(bolt.slack.calls_to("views.publish")) == 1


async def test_settings_of_a_channel_that_is_not_theirs(bolt: BoltDriver) -> None:
    """Since the form was opened, somebody else chooses for the channel; it says what was saved."""
    bolt.flows.channel_settings.choose_delivery.return_value = False
    shown = acknowledged(await bolt.submit("reframe_settings", SETTINGS_STATE, metadata="C1"))

    bolt.flows.preferences.update.assert_awaited_once()
    assert "Your own settings are saved." in str(shown["view"])
    assert "stays as it was" in str(shown["view"])


async def test_settings_without_a_channel(bolt: BoltDriver) -> None:
    """Outside a channel only the person's preferences are saved."""
    await bolt.submit("reframe_settings", SETTINGS_STATE)

    bolt.flows.preferences.update.assert_awaited_once()
    bolt.flows.channel_settings.choose_delivery.assert_not_awaited()


def chosen_only(**values: str) -> dict[str, Any]:
    """Return a form in which nothing but these options is filled in."""
    return {"values": {n: {n: {"selected_option": {"value": v}}} for n, v in values.items()}}


async def test_settings_that_make_no_sense(bolt: BoltDriver) -> None:
    """Nothing is saved if a field can't be understood."""
    shown = acknowledged(await bolt.submit("reframe_settings", chosen_only(quiet_hours="these")))

    assert list(shown["errors"]) == ["quiet_from"]
    bolt.flows.preferences.update.assert_not_awaited()


async def test_forgetting(bolt: BoltDriver) -> None:
    """Below a message the prompt is replaced; in Home, Home is drawn again."""
    bolt.flows.erasure.forget_person.return_value = "Done."
    await bolt.press("reframe_forget", "forget")
    (shown,) = bolt.responses()
    assert (shown["text"], shown["replace_original"]) == ("Done.", True)

    await bolt.press("reframe_forget", "forget", response_url=None)
    assert bolt.flows.erasure.forget_person.await_args_list == [((WORKSPACE, "U1"),)] * 2
    assert len(bolt.slack.calls_to("views.publish")) == 1


async def test_reflecting(bolt: BoltDriver) -> None:
    """The form carries the week and last time's plan; what is written is kept."""
    bolt.flows.reflection_answers.plan.return_value = "If they call, then I will ask"
    await bolt.press("reframe_reflect_open", "2026-W48")
    week, _, response_url = bolt.modal()["private_metadata"].partition(" ")
    assert week == "2026-W48"
    assert response_url.startswith("http")  # the message is marked once the form is sent
    assert "they call" in str(bolt.modal())

    bolt.flows.reflection_answers.save_answers.return_value = "Kept."
    response = await bolt.submit(
        "reframe_reflect", values(learned="a &amp; b"), metadata="2026-W48"
    )
    (call,) = bolt.flows.reflection_answers.save_answers.await_args_list
    assert call.args[:3] == (WORKSPACE, "U1", "2026-W48")
    assert call.args[3]["learned"] == "a & b"
    assert "Kept." in str(acknowledged(response)["view"])


@pytest.mark.parametrize(
    ("action_id", "on", "key"),
    [
        ("reframe_reflect_skip", None, "skipped"),
        ("reframe_reflect_off", False, "ended"),
        ("reframe_reflect_on", True, "accepted"),
    ],
)
async def test_buttons_of_a_reflection(
    bolt: BoltDriver, playbook: Playbook, action_id: str, on: bool | None, key: str
) -> None:
    """Skip, no more, and yes please: each replaces the message with one line."""
    await bolt.press(action_id, "2026-W48")
    (shown,) = bolt.responses()

    assert shown["text"] == playbook.text("reflection", key)
    assert shown["replace_original"] is True
    switched = [call.kwargs for call in bolt.flows.reflection_schedule.switch.await_args_list]
    assert switched == ([] if on is None else [{"on": on}])


@pytest.mark.parametrize(
    ("action_id", "value", "outcome"),
    [
        ("reframe_learnt_learnt", "learned|nudge-C1-1.5", FollowUpOutcome.LEARNED),
        ("reframe_learnt_learnt", "learnt|nudge-C1-1.5", FollowUpOutcome.LEARNED),
        ("reframe_learnt_asked", "asked|nudge-C1-1.5", FollowUpOutcome.ASKED),
        ("reframe_learnt_not_yet", "not_yet|nudge-C1-1.5", FollowUpOutcome.NOT_YET),
    ],
)
async def test_outcomes(
    bolt: BoltDriver, action_id: str, value: str, outcome: FollowUpOutcome
) -> None:
    """Buttons of today and of earlier versions are understood."""
    bolt.flows.follow_ups.record_outcome.return_value = "Thank you."
    await bolt.press(action_id, value)

    bolt.flows.follow_ups.record_outcome.assert_awaited_once_with(
        WORKSPACE, "nudge-C1-1.5", "U1", outcome
    )
    assert bolt.responses()[0]["text"] == "Thank you."


async def test_an_outcome_that_is_not_theirs(bolt: BoltDriver) -> None:
    """A press on what is no longer known is answered, and nothing is thanked for."""
    bolt.flows.follow_ups.record_outcome.return_value = None

    assert acknowledged(await bolt.press("reframe_learnt_asked", "asked|k1")) == {}
    assert "no longer have anything" in bolt.responses()[0]["text"]


@pytest.mark.parametrize("action_id", ["reframe_renamed", "reframe_answer_funny", "else"])
async def test_a_button_of_another_version(bolt: BoltDriver, action_id: str) -> None:
    """A press that nothing listens to any more gets a sentence instead of an error."""
    assert acknowledged(await bolt.press(action_id, "x")) == {}
    assert "no longer have anything" in bolt.responses()[0]["text"]


async def test_an_option_of_another_version(bolt: BoltDriver) -> None:
    """So does a choice from a menu that has changed."""
    await bolt.press("reframe_more", choose="renamed|nudge-1")

    assert "no longer have anything" in bolt.responses()[0]["text"]


@pytest.mark.parametrize("option", ["pause", "privately", "wrong", "why"])
async def test_a_menu_below_a_forgotten_question(bolt: BoltDriver, option: str) -> None:
    """Every choice is answered; a pause is a pause whatever is known of the question."""
    bolt.flows.feedback.record_feedback.return_value = Press.UNKNOWN
    bolt.flows.feedback.give_more.return_value = Press.UNKNOWN
    bolt.flows.pauses.pause.return_value = "Paused."
    await bolt.press("reframe_more", choose=f"{option}|nudge-1")

    assert len(bolt.responses()) == 1
    assert bolt.flows.pauses.pause.await_count == (option == "pause")


@pytest.mark.parametrize(
    ("action_id", "accepts"), [("reframe_team_yes", True), ("reframe_team_no", False)]
)
@pytest.mark.parametrize("shape", SHAPES)
async def test_invitations_to_a_team(
    bolt: BoltDriver, action_id: str, accepts: bool, shape: dict[str, Any]
) -> None:
    """Yes and no reach the flow, and the question is replaced."""
    bolt.flows.team_members.answer_invitation.return_value = "Noted."
    await bolt.press(action_id, "G1", **shape)

    bolt.flows.team_members.answer_invitation.assert_awaited_once_with(
        WORKSPACE, "G1", "U1", accepts=accepts
    )
    assert bolt.responses()[0]["text"] == "Noted."


@pytest.mark.parametrize(("metadata", "team_id"), [("", "G-V1"), ("G1", "G1")])
async def test_saving_a_team(bolt: BoltDriver, metadata: str, team_id: str) -> None:
    """A new team gets an id of its modal; one that exists keeps its id."""
    bolt.flows.team_setup.save.return_value = "Saved."
    state = values(name="North &amp; South")
    state["values"]["people"] = {"people": {"selected_users": ["U2", "U3"]}}
    shown = acknowledged(await bolt.submit("reframe_team", state, metadata=metadata))

    bolt.flows.team_setup.save.assert_awaited_once_with(
        SalesTeam(team_id, WORKSPACE, "U1", "North & South", "mon 09:00", ""),
        ("U2", "U3"),
        is_new=not metadata,
    )
    assert "Saved." in str(shown["view"])


async def test_sharing_a_digest(bolt: BoltDriver) -> None:
    """The digest stays, and a line below says what came of it."""
    share = Share(key="shared-1")
    bolt.flows.digest_sharing.begin.return_value = share
    bolt.flows.digest_sharing.outcome.return_value = "Shared."
    await bolt.press("reframe_share", "G-V1|2026-W48")
    (shown,) = bolt.responses()

    bolt.flows.digest_sharing.begin.assert_awaited_once_with(WORKSPACE, "U1", "G-V1", "2026-W48")
    bolt.flows.digest_sharing.outcome.assert_awaited_once_with(WORKSPACE, share)
    assert (shown["text"], shown["replace_original"]) == ("Shared.", False)


@pytest.mark.parametrize(
    ("action_id", "accepts"),
    [("reframe_team_take_over", True), ("reframe_team_leave_it", False)],
)
async def test_taking_a_team_over(bolt: BoltDriver, action_id: str, accepts: bool) -> None:
    """Yes and no reach the flow, and the question is replaced."""
    bolt.flows.team_handover.answer_offer.return_value = "Noted."
    await bolt.press(action_id, "G1")

    bolt.flows.team_handover.answer_offer.assert_awaited_once_with(
        WORKSPACE, "U1", "G1", accepts=accepts
    )
    assert bolt.responses()[0]["text"] == "Noted."


async def test_ending_a_team(bolt: BoltDriver) -> None:
    """The button ends the team that it names."""
    bolt.flows.team_handover.end.return_value = "Ended."
    await bolt.press("reframe_team_end", "G1")

    bolt.flows.team_handover.end.assert_awaited_once_with(WORKSPACE, "U1", "G1")
    assert bolt.responses()[0]["text"] == "Ended."


@pytest.mark.parametrize(
    ("changes", "inviter_ids"),
    [
        ({}, ["U1"]),
        ({"user": "U2"}, []),
        ({"inviter": None}, [""]),
        ({"inviter": ["U1"]}, [""]),
    ],
)
async def test_joining_a_channel(
    bolt: BoltDriver, changes: dict[str, Any], inviter_ids: list[str]
) -> None:
    """Only the bot's joining matters; the channel is told even if nobody is named."""
    event = {"type": "member_joined_channel", "user": BOT_USER, "channel": "C1", "inviter": "U1"}
    assert (await bolt.event({**event, **changes})).status == 200

    calls = [call.args for call in bolt.flows.channel_invitation.accept.await_args_list]
    assert calls == [(WORKSPACE, "C1", inviter_id, "Ev1") for inviter_id in inviter_ids]


@pytest.mark.parametrize(
    "name",
    ["member_joined_channel", "member_left_channel", "channel_shared", "channel_unshared"],
)
async def test_who_reads_a_channel_has_changed(bolt: BoltDriver, name: str) -> None:
    """Who comes or leaves, or a channel that is shared: its readers are asked for anew."""
    await bolt.event({"type": name, "channel": "C1", "user": "U7"})
    await bolt.event({"type": name, "channel": {"id": "C1"}})  # an odd one changes nothing

    assert bolt.readers.readers_changed.call_args_list == [call(WORKSPACE, "C1")]


@pytest.mark.parametrize("name", ["team_join", "user_change"])
async def test_somebody_has_changed(bolt: BoltDriver, name: str) -> None:
    """They may be a guest from now on."""
    user = {"id": "U7", "is_restricted": True}
    await bolt.event({"type": name, "user": user})
    await bolt.event({"type": name, "user": "U7"})

    assert bolt.readers.person_changed.call_args_list == [call(WORKSPACE, user)]


@pytest.mark.fault_case(32)
async def test_a_channel_gets_a_new_id(bolt: BoltDriver) -> None:
    """What is kept goes with it, and its readers are asked for anew."""
    event = {"type": "channel_id_changed", "old_channel_id": "C1", "new_channel_id": "C9"}
    await bolt.event(event)
    await bolt.event(event | {"new_channel_id": None})

    bolt.flows.channel_moves.new_id.assert_awaited_once_with(WORKSPACE, "C1", "C9")
    assert bolt.readers.readers_changed.call_count == 2


@pytest.mark.parametrize("name", ["channel_unarchive", "group_unarchive"])
async def test_a_channel_is_open_again(bolt: BoltDriver, name: str) -> None:
    """The flow is told."""
    await bolt.event({"type": name, "channel": "C1", "user": "U1"})

    bolt.flows.channel_moves.unarchived.assert_awaited_once_with(WORKSPACE, "C1")


@pytest.mark.parametrize("is_theirs", [True, False])
async def test_choosing_a_delivery(bolt: BoltDriver, playbook: Playbook, is_theirs: bool) -> None:
    """The choice is confirmed, or it is someone else's to make."""
    bolt.flows.channel_settings.choose_delivery.return_value = is_theirs
    await bolt.press("reframe_mode", choose="observe|C1")
    (shown,) = bolt.responses()

    bolt.flows.channel_settings.choose_delivery.assert_awaited_once_with(
        WORKSPACE, "C1", "U1", Delivery.OBSERVE
    )
    not_theirs = playbook.text("channel", "not_yours")
    assert ("<#C1>" in shown["text"]) is is_theirs
    assert (shown["text"] == not_theirs) is not is_theirs


@pytest.mark.parametrize(("is_theirs", "key"), [(True, "again_done"), (False, "not_yours")])
async def test_clearing_probation(
    bolt: BoltDriver, playbook: Playbook, is_theirs: bool, key: str
) -> None:
    """A trap may speak again, if an admin says so."""
    bolt.flows.probation.clear.return_value = is_theirs
    await bolt.press("reframe_clear", "blame")

    bolt.flows.probation.clear.assert_awaited_once_with(WORKSPACE, Trap.BLAME, "U1")
    assert bolt.responses()[0]["text"] == playbook.text("channel", key)


@pytest.mark.parametrize(
    ("event", "times"),
    [
        ({"type": "app_uninstalled"}, 1),
        ({"type": "tokens_revoked", "tokens": {"bot": ["U0REFRAME"]}}, 1),
        ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}, 0),
        ({"type": "tokens_revoked", "tokens": None}, 0),
    ],
)
async def test_the_end_of_an_installation(
    bolt: BoltDriver, event: dict[str, Any], times: int
) -> None:
    """Without the bot's token everything about the workspace is erased."""
    assert (await bolt.event(event, authorizations=[])).status == 200

    assert bolt.flows.erasure.forget_workspace.await_args_list == [((WORKSPACE,),)] * times
