"""Nudges and the private lines that follow them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Feedback, More, Preferences
from bot.core.playbook_model import Playbook
from bot.core.policy import Limits
from bot.flows.preferences import HomeState
from bot.slack.views import block_kit, home, nudge
from tests.slack.kit import NUDGE_CONTENT


def content(line: str, topic: str, offer: str = "") -> dict[str, Any]:
    return {"line": line, "topic": topic, "key": "key", "offer": offer}


def buttons(message: block_kit.RenderedMessage) -> list[str]:
    return [
        element["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def test_the_text_says_what_the_blocks_say(playbook: Playbook) -> None:
    """Notifications and screen readers get the same words."""
    shown = nudge.nudge(NUDGE_CONTENT, "key", playbook.strings, Limits())

    assert shown.text == "No answer so far. What could help?"
    assert shown.blocks[0]["text"]["text"] == shown.text


@pytest.mark.parametrize("private", [False, True])
def test_no_credit_below_a_question(playbook: Playbook, private: bool) -> None:
    """A title can name the trap, so no article is credited where colleagues read along.

    That also holds for a nudge of an older version, which still has its credit.
    """
    shown = nudge.nudge(NUDGE_CONTENT, "key", playbook.strings, Limits(), private=private)

    assert NUDGE_CONTENT["credit"] not in json.dumps(shown.blocks)
    assert "Reframe is a bot" in json.dumps(shown.blocks)


def test_each_answer_has_its_place(playbook: Playbook) -> None:
    """Two buttons, and one menu with every other choice; each carries the key."""
    elements = nudge.nudge(NUDGE_CONTENT, "key", playbook.strings, Limits()).blocks[1]["elements"]
    *shown, menu = elements

    assert [b["action_id"] for b in shown] == [
        "reframe_answer_helpful",
        "reframe_answer_not_this_time",
    ]
    assert {b["value"] for b in shown} == {"key"}
    assert all(b["accessibility_label"] for b in shown)
    assert menu["action_id"] == "reframe_more"
    assert [o["value"] for o in menu["options"]] == [
        f"{choice}|key" for choice in ("wrong", "another", "why", "pause", "privately")
    ]


def test_only_a_private_nudge_can_be_brought_to_the_thread(playbook: Playbook) -> None:
    """A private nudge says that it is private, and offers the thread instead of privacy."""
    shown = nudge.nudge(NUDGE_CONTENT, "key", playbook.strings, Limits(), private=True)
    *elements, menu = shown.blocks[1]["elements"]

    assert elements[-1]["action_id"] == "reframe_to_thread"
    assert [o["value"].split("|")[0] for o in menu["options"]] == [
        "wrong", "another", "why", "pause",
    ]  # fmt: skip
    assert "Only you" in shown.blocks[-1]["elements"][0]["text"]


def test_a_shared_nudge_says_so(playbook: Playbook) -> None:
    """It can't be shared again; everything else can still be said about it."""
    limits, note = Limits(), playbook.text("feedback", "shared")
    args = (NUDGE_CONTENT, "key", playbook.strings, limits)
    before = nudge.nudge(*args, private=True)
    shared = nudge.nudge(*args, private=True, note=note)

    assert buttons(shared) == [b for b in buttons(before) if b != "reframe_to_thread"]
    assert note in shared.text
    assert note in str(shared.blocks)


@pytest.mark.parametrize(
    ("topic", "offer", "expected"),
    [
        (
            Feedback.PAUSE,
            "",
            ["reframe_pause_longer", "reframe_pause_open", "reframe_resume"],
        ),
        (Feedback.WRONG, "", ["reframe_tell_why"]),
        (Feedback.HELPFUL, "reflection", ["reframe_reflect_on"]),
        (Feedback.HELPFUL, "", []),
        (Feedback.HELPFUL, "something new", []),
        (Feedback.NOT_THIS_TIME, "reflection", []),
        (More.ANOTHER, "", []),
        (More.WHY, "", []),
        (More.PRIVATELY, "", []),
        ("only_author", "", []),
    ],
)
def test_buttons_of_a_line(playbook: Playbook, topic: str, offer: str, expected: list[str]) -> None:
    """Each line has the buttons that its topic needs, and no others."""
    shown = nudge.ephemeral_line(content("Done.", topic, offer), playbook.strings, Limits())

    assert buttons(shown) == expected
    assert shown.text.startswith("Done.")


def test_the_offer_is_in_the_text_too(playbook: Playbook) -> None:
    """Screen readers hear what is offered."""
    shown = nudge.ephemeral_line(
        content("Noted.", Feedback.HELPFUL, "reflection"), playbook.strings, Limits()
    )

    assert shown.text == f"Noted. {playbook.text('reflection', 'offer')}"


def test_a_pause_can_only_be_made_longer_once(playbook: Playbook) -> None:
    """After a longer pause, resuming is the only button that is left."""
    shown = nudge.paused("Done.", "", playbook.strings, Limits(), longer=False)

    assert buttons(shown) == ["reframe_resume"]


@pytest.mark.fault_case(41)
@given(st.text())
def test_no_text_mentions_or_links(text: str) -> None:
    """41: no text reaches Slack with a control character of its markup."""
    found = block_kit.escape(text)

    assert not set("<>") & set(found)
    assert found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


@pytest.mark.parametrize(
    ("mirror", "text"), [("", "What next?"), ("No answer so far.", "No answer so far. What next?")]
)
def test_a_question_stands_alone_without_a_mirror(
    playbook: Playbook, mirror: str, text: str
) -> None:
    """Without a mirror, the question begins the message, in blocks and notification."""
    content = {"mirror": mirror, "question": "What next?"}
    shown = nudge.nudge(content, "key", playbook.strings, Limits())

    assert (shown.text, shown.blocks[0]["text"]["text"]) == (text, text)


@pytest.mark.fault_case(41)
@given(st.text(min_size=1, max_size=300))
def test_text_is_shown_as_plain_text(playbook: Playbook, text: str) -> None:
    """41: a mention or a link in a nudge stays text, in the blocks and in the notification."""
    shown = nudge.nudge({**NUDGE_CONTENT, "mirror": text}, "key", playbook.strings, Limits())

    assert shown.blocks[0]["text"]["type"] == "plain_text"
    assert not set("<>") & set(shown.text)
    assert json.loads(json.dumps(shown.blocks)) == shown.blocks


@pytest.mark.parametrize(
    ("days", "span"),
    [(1, "a day"), (3, "3 days"), (7, "a week"), (14, "2 weeks"), (0.5, "12 hours")],
)
def test_buttons_name_the_pause_that_is_set(playbook: Playbook, days: float, span: str) -> None:
    """Below a question, below a pause, and in Home."""
    limits = replace(Limits(), pause_days=days, longer_pause_days=days)
    question = nudge.nudge(NUDGE_CONTENT, "key", playbook.strings, limits)
    menu = question.blocks[1]["elements"][-1]["options"]
    longer = nudge.paused("Done.", "", playbook.strings, limits).blocks[1]["elements"][0]
    state = HomeState(Preferences(), limits, None, False, (), 0)
    drawn = json.dumps(home.home(state, playbook.strings, 90))

    assert f"Pause for {span}" in [option["text"]["text"] for option in menu]
    assert longer["text"]["text"] == f"For {span}"
    assert f'"Pause for {span}"' in drawn
    assert "$span" not in drawn + json.dumps(question.blocks) + json.dumps(longer)
