"""A message that has blocks only is read like the same words in ``text``."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Deleted, DirectMessage, Edited, Ignored, Message, Reason
from bot.detect.preprocess import clean_text
from bot.slack.parse import MAX_TEXT, parse_event
from bot.slack.rich_text import rich_text
from tests.slack.kit import rich, rich_line

OWED = "they owe us a call back"
EVENT: dict[str, Any] = {
    "type": "message",
    "channel": "C1",
    "channel_type": "channel",
    "user": "U1",
    "ts": "1760000000.000100",
    "team": "T1",
}


def parsed(event: dict[str, Any]) -> Any:
    return parse_event({"type": "event_callback", "event_id": "Ev1", "event": event}, "T1")


def text(words: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": words, **({"style": style} if style else {})}


@pytest.mark.parametrize("nothing", [{}, {"text": ""}, {"text": None}])
def test_a_message_of_blocks_alone_is_read(nothing: dict[str, Any]) -> None:
    found = parsed({**EVENT, **nothing, "blocks": rich(rich_line(text(OWED)))})

    assert isinstance(found, Message)
    assert found.text == OWED


def test_the_text_counts_where_there_is_one() -> None:
    found = parsed({**EVENT, "text": "fyi", "blocks": rich(rich_line(text(OWED)))})

    assert isinstance(found, Message)
    assert found.text == "fyi"


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ([text("a < b & "), text("c", bold=True)], "a < b & c"),
        ([text("&lt; typed so")], "&lt; typed so"),
        ([text("see "), {"type": "link", "url": "https://x.example/?t=1", "text": "the deck"}],
         "see the deck"),
        ([{"type": "link", "url": "https://x.example/a"}], "<https://x.example/a>"),
        ([{"type": "user", "user_id": "U2"}, text(" owes"), {"type": "emoji", "name": "wave"}],
         "<@U2> owes:wave:"),
        ([{"type": "broadcast", "range": "here"}, {"type": "channel", "channel_id": "C2"}],
         "<!here><#C2>"),
        ([{"type": "date", "timestamp": 1, "fallback": "today"}, {"type": "new kind"}], "today"),
    ],
)  # fmt: skip
def test_each_element_is_what_people_see(elements: list[dict[str, Any]], expected: str) -> None:
    found = parsed({**EVENT, "blocks": rich(rich_line(*elements))})

    assert isinstance(found, Message)
    assert found.text == expected


@pytest.mark.parametrize(
    "block",
    [
        {"type": "rich_text_quote", "elements": [text(f"{OWED}\nand {OWED}")]},
        {"type": "rich_text_preformatted", "elements": [text(f"{OWED} ``` {OWED}")]},
        rich_line(text(OWED, code=True)),
        rich_line(text(OWED, strike=True)),
        rich_line(text(f"{OWED}\n ~{OWED}~ `{OWED}`", strike=True)),
    ],
)
def test_what_is_quoted_code_or_struck_out_is_not_the_authors(block: dict[str, Any]) -> None:
    """As in a plain text; the lines around stay."""
    blocks = rich(rich_line(text("before")), block, rich_line(text("after")))
    found = parsed({**EVENT, "blocks": blocks})

    assert isinstance(found, Message)
    clean = clean_text(found.text)
    assert (clean.author_text, clean.had_quotes) == ("before after", True)


def test_a_list_is_read_line_by_line() -> None:
    items = {
        "type": "rich_text_list",
        "style": "bullet",
        "elements": [rich_line(text("no budget")), rich_line(text(OWED))],
    }
    assert rich_text(rich(items)) == f"\u2022 no budget\n\u2022 {OWED}"


def test_blocks_of_an_app_are_no_text() -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": OWED}}

    assert parsed({**EVENT, "blocks": [section]}) == Ignored(Reason.NOT_A_MESSAGE)


def test_edits_deletions_and_direct_messages_of_blocks_alone_are_read() -> None:
    before = {**EVENT, "blocks": rich(rich_line(text(OWED)))}
    now = {**EVENT, "blocks": rich(rich_line(text("I owe them")))}
    edit = {**EVENT, "subtype": "message_changed", "message": now, "previous_message": before}
    gone = {**EVENT, "subtype": "message_deleted", "deleted_ts": "1.5", "previous_message": before}

    edited, deleted = parsed(edit), parsed(gone)
    direct = parsed({**before, "channel": "D1", "channel_type": "im"})

    assert isinstance(edited, Edited)
    assert (edited.message.text, edited.before) == ("I owe them", OWED)
    assert parsed({**edit, "message": before}) == Ignored(Reason.NOT_A_MESSAGE)
    assert isinstance(deleted, Deleted)
    assert deleted.before == OWED
    assert isinstance(direct, DirectMessage)
    assert direct.message.text == OWED


def test_much_rich_text_is_cut_in_little_time() -> None:
    line = rich_line(*[text("x" * 5_000, strike=True)] * 5_000)
    started = time.perf_counter()
    found = parsed({**EVENT, "blocks": rich(*[line] * 1_000)})

    assert isinstance(found, Message)
    assert len(found.text) <= MAX_TEXT
    assert time.perf_counter() - started < 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "elements", "text", "style", "url", "code", "strike"]), inner
        )
    ),
    max_leaves=10,
)


@given(JSON)
def test_any_json_is_taken(value: object) -> None:
    assert isinstance(rich_text([{"type": "rich_text", "elements": [value]}]), str)
    assert isinstance(rich_text(value), str)
