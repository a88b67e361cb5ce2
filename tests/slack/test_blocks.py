"""What a reply looks like in Slack."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Feedback
from bot.core.words import Playbook
from bot.slack import blocks

BODY = {"mirror": "No answer so far.", "question": "What could help?", "credit": "Idea from: x"}


def test_the_text_says_what_the_blocks_say(playbook: Playbook) -> None:
    """Notifications and screen readers get the same words."""
    look = blocks.nudge(BODY, "key", playbook.voice)

    assert look.text == "No answer so far. What could help?"
    assert look.blocks[0]["text"]["text"] == look.text


def test_each_answer_has_its_place(playbook: Playbook) -> None:
    """Two buttons to look at and one menu with every other way out; each carries the key."""
    *buttons, menu = blocks.nudge(BODY, "key", playbook.voice).blocks[1]["elements"]

    assert [b["action_id"] for b in buttons] == [
        f"{blocks.ACTION}{f}" for f in (Feedback.HELPFUL, Feedback.NOT_THIS_TIME)
    ]
    assert {b["value"] for b in buttons} == {"key"}
    assert all(b["accessibility_label"] for b in buttons)
    assert [o["value"] for o in menu["options"]] == [
        f"{what}|key" for what in ("wrong", "another", "why", "pause", "privately")
    ]


def test_only_what_is_private_can_be_brought_to_the_thread(playbook: Playbook) -> None:
    """A private nudge says that it is private, and offers the thread instead of privacy."""
    look = blocks.nudge(BODY, "key", playbook.voice, private=True)
    *buttons, menu = look.blocks[1]["elements"]

    assert buttons[-1]["action_id"] == blocks.TO_THREAD
    assert [o["value"].split("|")[0] for o in menu["options"]] == [
        "wrong", "another", "why", "pause",
    ]  # fmt: skip
    assert "Only you" in look.blocks[-1]["elements"][0]["text"]


def test_a_pause_can_be_ended_where_it_is_told(playbook: Playbook) -> None:
    """The private line after Pause carries Resume; other lines carry no button."""
    paused = blocks.whisper({"line": "Done.", "about": Feedback.PAUSE}, playbook.voice)
    thanked = blocks.whisper({"line": "Noted.", "about": Feedback.HELPFUL}, playbook.voice)

    assert [e["action_id"] for e in paused.blocks[-1]["elements"]] == [
        blocks.PAUSE_LONGER,
        blocks.PAUSE_OPEN,
        blocks.RESUME,
    ]
    assert len(thanked.blocks) == 1


@given(st.text())
def test_nothing_calls_or_links(text: str) -> None:
    """41: no text reaches Slack with a control character of its markup."""
    found = blocks.escaped(text)

    assert not set("<>") & set(found)
    assert found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


@given(st.text(min_size=1, max_size=300))
def test_words_are_shown_as_plain_text(playbook: Playbook, words: str) -> None:
    """41: a channel call or link in the words stays words: they stand in plain_text."""
    look = blocks.nudge({**BODY, "mirror": words}, "key", playbook.voice)

    assert look.blocks[0]["text"]["type"] == "plain_text"
    assert json.loads(json.dumps(look.blocks)) == look.blocks
