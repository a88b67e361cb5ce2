"""Slack's message events become values once, whatever they hold."""

from __future__ import annotations

from html import escape
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.model import Deleted, DirectMessage, Edited, Ignored, Message, Reason
from bot.slack.parse import MAX_TEXT, parse_event, plain_text
from tests.slack.fuzz_parse import PAYLOADS, check

WORKSPACE = "T1"
EVENT = {
    "type": "message",
    "channel": "C1",
    "channel_type": "channel",
    "user": "U1",
    "text": "they owe us",
    "ts": "1760000000.000100",
    "team": WORKSPACE,
}
DIRECT = {**EVENT, "channel": "D1", "channel_type": "im"}


def envelope(event: Any, **more: Any) -> dict[str, Any]:
    return {"type": "event_callback", "event_id": "Ev1", "event": event, **more}


def changed(before: object, now: str) -> dict[str, Any]:
    edited = {**EVENT, "text": now, "edited": {"user": "U1", "ts": "1760000009.000000"}}
    return {
        **EVENT,
        "subtype": "message_changed",
        "hidden": True,
        "message": edited,
        "previous_message": {**EVENT, "text": before},
    }


def test_a_message() -> None:
    """A plain message keeps its author, channel, ts and text."""
    assert parse_event(envelope(EVENT), WORKSPACE) == Message(
        "Ev1", WORKSPACE, "C1", EVENT["ts"], "U1", "they owe us", version=EVENT["ts"]
    )


def test_a_reply_keeps_its_thread() -> None:
    """A reply belongs to its root; a root is in no thread."""
    reply = parse_event(envelope({**EVENT, "thread_ts": "1750000000.000100"}), WORKSPACE)
    root = parse_event(envelope({**EVENT, "thread_ts": EVENT["ts"]}), WORKSPACE)

    assert isinstance(reply, Message)
    assert isinstance(root, Message)
    assert (reply.thread, reply.thread_ts) == ("1750000000.000100", "1750000000.000100")
    assert (root.thread, root.thread_ts) == (EVENT["ts"], None)


@pytest.mark.fault_case(21)
def test_forwarded_text_is_left_out() -> None:
    """21: what an attachment or an unfurled link quotes is not the author's text."""
    quoted = [{"text": "the customer wrote: you owe us", "is_msg_unfurl": True}]
    found = parse_event(envelope({**EVENT, "text": "fyi", "attachments": quoted}), WORKSPACE)

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
        ({"channel_type": "mpim"}, Reason.DIRECT_MESSAGE),
        ({"channel_type": "app_home"}, Reason.DIRECT_MESSAGE),
        ({"channel": "D1", "channel_type": None}, Reason.DIRECT_MESSAGE),
        ({"user_team": "T2"}, Reason.AUTHOR_NOT_COLLEAGUE),
        ({"source_team": "T2"}, Reason.AUTHOR_NOT_COLLEAGUE),
        ({"subtype": "message_changed", "message": None}, Reason.NOT_A_MESSAGE),
        ({"subtype": "message_deleted", "deleted_ts": None}, Reason.NOT_A_MESSAGE),
    ],
)
def test_what_is_not_a_sellers_message(change: dict[str, Any], reason: Reason) -> None:
    """Each kind of noise has its reason."""
    assert parse_event(envelope({**EVENT, **change}), WORKSPACE) == Ignored(reason)


@pytest.mark.parametrize(
    "change",
    [
        {"user": "USLACKBOT"},
        {"user": "USLACKBOT", "subtype": "slackbot_response"},
        {"user": "USLACKBOT", "subtype": "file_share", "files": [{"filetype": "email"}]},
        {"subtype": "file_share", "files": [{"id": "F1", "mode": "email"}]},
        {"files": [{"filetype": "pdf"}, {"filetype": "email"}]},
        {"subtype": "bot_message", "username": "A mail"},
    ],
)
def test_mail_and_slackbot_are_no_sellers(change: dict[str, Any]) -> None:
    """Posted, rewritten or deleted: what Slackbot says, or a mail to the channel, is nobody's."""
    written = {**EVENT, **change}
    edit = {
        **EVENT,
        "subtype": "message_changed",
        "message": {**written, "text": "they owe us more"},
        "previous_message": written,
    }
    assert isinstance(parse_event(envelope(written), WORKSPACE), Ignored)
    assert isinstance(parse_event(envelope(edit), WORKSPACE), Ignored)


def test_a_deleted_slackbot_message_is_no_sellers() -> None:
    """Nothing is to be taken back."""
    deletion = {
        **EVENT,
        "subtype": "message_deleted",
        "deleted_ts": EVENT["ts"],
        "previous_message": {**EVENT, "user": "USLACKBOT"},
    }
    assert parse_event(envelope(deletion), WORKSPACE) == Ignored(Reason.BOT_POST)


@pytest.mark.parametrize(
    "change",
    [
        {"subtype": "file_share", "files": [{"filetype": "pdf"}]},
        {"files": "email"},
        {"files": ["email", None]},
    ],
)
def test_words_beside_another_file_are_the_sellers(change: dict[str, Any]) -> None:
    """A file that somebody shares changes nothing about what they wrote."""
    assert isinstance(parse_event(envelope({**EVENT, **change}), WORKSPACE), Message)


def test_a_direct_message_is_parsed_once() -> None:
    """A message to the bot itself comes out whole, so nobody parses it again."""
    found = parse_event(envelope({**DIRECT, "thread_ts": "1750000000.000100"}), WORKSPACE)

    assert found == DirectMessage(
        Message(
            "Ev1", WORKSPACE, "D1", DIRECT["ts"], "U1", "they owe us",
            thread_ts="1750000000.000100", version=DIRECT["ts"],
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"bot_id": "B1"},
        {"subtype": "message_changed", "hidden": True, "message": DIRECT},
        {"subtype": "message_deleted", "hidden": True, "deleted_ts": DIRECT["ts"]},
        {"subtype": "message_changed", "message": DIRECT},
        {"text": ""},
        {"user": None},
        {"user_team": "T2"},
    ],
)
def test_what_is_not_a_direct_message(change: dict[str, Any]) -> None:
    """Edits, deletions, the bot's own posts and strangers start nothing in a direct
    conversation."""
    found = parse_event(envelope({**DIRECT, **change}), WORKSPACE)

    assert found == Ignored(Reason.DIRECT_MESSAGE)


@pytest.mark.fault_case(16)
def test_a_shared_channel_is_known_by_the_envelope() -> None:
    """16: the envelope alone says that people outside the company can read."""
    shared = envelope(EVENT, is_ext_shared_channel=True)

    assert parse_event(shared, WORKSPACE) == Ignored(Reason.OUTSIDERS_READ)


@pytest.mark.fault_case(24)
@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
def test_messages_in_other_shapes(subtype: str) -> None:
    """24: a comment on a file, a broadcast and /me are written by people."""
    found = parse_event(envelope({**EVENT, "subtype": subtype}), WORKSPACE)

    assert isinstance(found, Message)


def test_an_edit_has_both_wordings() -> None:
    """An edit carries the new text, the old one, and when."""
    found = parse_event(envelope(changed("they owe us", "I owe them")), WORKSPACE)

    assert isinstance(found, Edited)
    assert (found.message.text, found.before) == ("I owe them", "they owe us")
    assert found.message.version == "1760000009.000000"


def test_an_unfurled_link_is_not_an_edit() -> None:
    """Slack changes a message when it adds a preview; nobody rewrote it."""
    found = parse_event(envelope(changed("same words", "same words")), WORKSPACE)

    assert found == Ignored(Reason.NOT_A_MESSAGE)


def test_a_deletion_names_the_message() -> None:
    """A deletion carries the ts of what is gone, and its text for the prefilter."""
    gone = {**EVENT, "subtype": "message_deleted", "deleted_ts": "1.5", "previous_message": EVENT}
    found = parse_event(envelope(gone), WORKSPACE)

    assert found == Deleted("Ev1", WORKSPACE, "C1", "1.5", "they owe us", "U1")


def test_a_deletion_that_leaves_a_thread() -> None:
    """Slack deletes a message with replies by turning it into a tombstone; it is gone as well."""
    message = {"user": "U1", "text": "they owe us", "ts": "1.5", "thread_ts": "1.5"}
    gone = {"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted."}
    event = {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": "C1",
        "ts": "2.5",
        "message": message | gone | {"hidden": True},
        "previous_message": message,
    }
    found = parse_event(envelope(event), WORKSPACE)

    assert found == Deleted("Ev1", WORKSPACE, "C1", "1.5", "they owe us", "U1")


def test_slackbot_is_no_person() -> None:
    """What Slack's own helper posts, such as an email to a channel, is no seller's message."""
    found = parse_event(envelope({**EVENT, "user": "USLACKBOT"}), WORKSPACE)

    assert found == Ignored(Reason.BOT_POST)


def test_slacks_entities_are_undone() -> None:
    """Slack escapes three characters; they are read as they were typed."""
    assert plain_text("a &lt; b &amp; c &gt; d") == "a < b & c > d"


@pytest.mark.parametrize("typed", ["x" * 40_000, "a&b" * 2_000, "<" * 8_000])
def test_a_long_text_is_cut(typed: str) -> None:
    """Of a long text the first 4,000 typed characters are kept, whatever they are."""
    assert plain_text(escape(typed, quote=False)) == typed[:4_000]


@pytest.mark.parametrize("sent", ["they owe us \ud83d", "\udc00"])
def test_half_characters_are_replaced(sent: str) -> None:
    """Half a surrogate pair, which no database stores, doesn't stay in the text."""
    assert plain_text(sent).encode()


@pytest.mark.fault_case(42)
@given(st.text(max_size=9_000))
def test_no_text_is_too_long(text: str) -> None:
    """42: whatever is typed, at most 4,000 characters are kept."""
    assert len(plain_text(text)) <= MAX_TEXT


@pytest.mark.fault_case(44)
@pytest.mark.parametrize("event", [EVENT, DIRECT, changed("a", "b")])
def test_text_never_shows_in_a_repr(event: dict[str, Any]) -> None:
    """44: a value that reaches a log or a traceback doesn't carry the text along."""
    assert "owe" not in repr(parse_event(envelope(event), WORKSPACE))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*EVENT, "subtype", "message", "previous_message", "edited"]), inner
        )
    ),
    max_leaves=12,
)
SUBTYPES = st.sampled_from(["message_changed", "message_deleted", "file_share", None])
VALUES = (Message, Edited, Deleted, DirectMessage, Ignored)


@pytest.mark.fault_case(14)
@given(
    st.sampled_from([EVENT, DIRECT]),
    st.dictionaries(st.sampled_from([*EVENT, "message", "previous_message", "deleted_ts"]), JSON),
    SUBTYPES,
)
def test_any_shape_is_a_value(
    event: dict[str, Any], change: dict[str, Any], subtype: str | None
) -> None:
    """14: an event of any shape is a value or is ignored."""
    found = parse_event(envelope({**event, **change, "subtype": subtype}), WORKSPACE)

    assert isinstance(found, VALUES)


@pytest.mark.fault_case(14)
@given(JSON)
def test_any_json_is_a_value(event: object) -> None:
    """14: JSON that is not an event is ignored."""
    assert isinstance(parse_event(envelope(event), WORKSPACE), VALUES)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(PAYLOADS)
def test_any_payload_is_a_value(payload: dict[str, Any]) -> None:
    """``python -m tests.slack.fuzz_parse 60`` tries new ones for as long as you like."""
    check(payload)


def test_a_number_with_too_many_digits_is_text() -> None:
    text = f"&#{'1' * 5_000};"

    assert plain_text(text) == text[:MAX_TEXT]
