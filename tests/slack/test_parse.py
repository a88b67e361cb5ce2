"""Slack's payloads become values once, whatever they hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Deleted, Edited, Ignored, Message, Reason
from bot.slack.parse import MAX_TEXT, heard, words

TEAM = "T1"
SAID = {
    "type": "message",
    "channel": "C1",
    "channel_type": "channel",
    "user": "U1",
    "text": "they owe us",
    "ts": "1760000000.000100",
    "team": TEAM,
}


def envelope(event: Any, **more: Any) -> dict[str, Any]:
    return {"type": "event_callback", "event_id": "Ev1", "event": event, **more}


def test_a_message_is_read() -> None:
    """A plain message keeps who, where, when and what."""
    found = heard(envelope(SAID), TEAM)

    assert found == Message("Ev1", TEAM, "C1", SAID["ts"], "U1", "they owe us", version=SAID["ts"])


def test_a_reply_keeps_its_thread() -> None:
    """A reply belongs to its root; a root is in no thread of its own."""
    reply = heard(envelope({**SAID, "thread_ts": "1750000000.000100"}), TEAM)
    root = heard(envelope({**SAID, "thread_ts": SAID["ts"]}), TEAM)

    assert isinstance(reply, Message)
    assert isinstance(root, Message)
    assert (reply.thread, reply.thread_ts) == ("1750000000.000100", "1750000000.000100")
    assert (root.thread, root.thread_ts) == (SAID["ts"], None)


def test_forwarded_words_are_left_out() -> None:
    """21: what an attachment or an unfurled link quotes is no word of the author's."""
    quoted = [{"text": "the customer wrote: you owe us", "is_msg_unfurl": True}]
    found = heard(envelope({**SAID, "text": "fyi", "attachments": quoted}), TEAM)

    assert isinstance(found, Message)
    assert found.text == "fyi"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"bot_id": "B1"}, Reason.BOT_POST),
        ({"subtype": "bot_message"}, Reason.BOT_POST),
        ({"subtype": "channel_join"}, Reason.NOT_A_MESSAGE),
        ({"subtype": "channel_topic"}, Reason.NOT_A_MESSAGE),
        ({"text": ""}, Reason.NOT_A_MESSAGE),
        ({"user": None}, Reason.NOT_A_MESSAGE),
        ({"ts": "yesterday"}, Reason.NOT_A_MESSAGE),
        ({"ts": "１.２"}, Reason.NOT_A_MESSAGE),
        ({"channel": None}, Reason.NOT_A_MESSAGE),
        ({"channel_type": "im"}, Reason.DIRECT_MESSAGE),
        ({"channel_type": "mpim"}, Reason.DIRECT_MESSAGE),
        ({"channel": "D1", "channel_type": None}, Reason.DIRECT_MESSAGE),
        ({"user_team": "T2"}, Reason.AUTHOR_NOT_COLLEAGUE),
        ({"source_team": "T2"}, Reason.AUTHOR_NOT_COLLEAGUE),
        ({"subtype": "message_changed", "message": None}, Reason.NOT_A_MESSAGE),
        ({"subtype": "message_deleted", "deleted_ts": None}, Reason.NOT_A_MESSAGE),
    ],
)
def test_what_is_no_sellers_message(change: dict[str, Any], reason: Reason) -> None:
    """Each kind of noise has its reason."""
    assert heard(envelope({**SAID, **change}), TEAM) == Ignored(reason)


def test_a_shared_channel_is_told_by_the_envelope() -> None:
    """16: the envelope's word is enough."""
    shared = envelope(SAID, is_ext_shared_channel=True)

    assert heard(shared, TEAM) == Ignored(Reason.OUTSIDERS_READ)


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
def test_peoples_words_in_other_shapes(subtype: str) -> None:
    """24: a comment on a file, a broadcast and /me are people's words."""
    assert isinstance(heard(envelope({**SAID, "subtype": subtype}), TEAM), Message)


def changed(before: object, now: str) -> dict[str, Any]:
    edited = {**SAID, "text": now, "edited": {"user": "U1", "ts": "1760000009.000000"}}
    return {
        **SAID,
        "subtype": "message_changed",
        "hidden": True,
        "message": edited,
        "previous_message": {**SAID, "text": before},
    }


def test_an_edit_tells_both_wordings() -> None:
    """An edit carries the new words, the old ones, and when."""
    found = heard(envelope(changed("they owe us", "I owe them")), TEAM)

    assert isinstance(found, Edited)
    assert (found.message.text, found.before) == ("I owe them", "they owe us")
    assert found.message.version == "1760000009.000000"


def test_an_unfurled_link_is_no_edit() -> None:
    """Slack changes a message when it adds a preview; nobody rewrote it."""
    found = heard(envelope(changed("same words", "same words")), TEAM)

    assert found == Ignored(Reason.NOT_A_MESSAGE)


def test_a_deletion_names_the_message() -> None:
    """A deletion carries the ts of what is gone, and its words for the gate."""
    gone = {**SAID, "subtype": "message_deleted", "deleted_ts": "1.5", "previous_message": SAID}

    assert heard(envelope(gone), TEAM) == Deleted("Ev1", TEAM, "C1", "1.5", "they owe us")


def test_slacks_entities_are_undone() -> None:
    """Slack escapes three characters, and they are read as they were typed."""
    assert words("a &lt; b &amp; c &gt; d") == "a < b & c > d"


@given(st.text(max_size=9_000))
def test_no_text_is_too_long(text: str) -> None:
    """42: whatever is typed, at most 4,000 characters are looked at."""
    assert len(words(text)) <= MAX_TEXT


@pytest.mark.parametrize(
    "value", [heard(envelope(SAID), TEAM), heard(envelope(changed("a", "b")), TEAM)]
)
def test_words_never_show_in_a_repr(value: object) -> None:
    """44: a value that reaches a log or a traceback does not carry the words along."""
    assert "owe" not in repr(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*SAID, "subtype", "message", "previous_message", "edited"]), inner
        )
    ),
    max_leaves=12,
)
SUBTYPES = st.sampled_from(["message_changed", "message_deleted", "file_share", None])


@given(
    st.dictionaries(st.sampled_from([*SAID, "message", "previous_message", "deleted_ts"]), JSON),
    SUBTYPES,
)
def test_no_payload_makes_it_stumble(change: dict[str, Any], subtype: str | None) -> None:
    """14: an event of any shape is a value or is ignored."""
    found = heard(envelope({**SAID, **change, "subtype": subtype}), TEAM)

    assert isinstance(found, (Message, Edited, Deleted, Ignored))


@given(JSON)
def test_no_event_at_all(event: object) -> None:
    """14: an event that is none is ignored."""
    assert isinstance(heard(envelope(event), TEAM), (Message, Ignored, Edited, Deleted))
