"""Feeds invented payloads to the parser: ``python -m tests.slack.fuzz_parse SECONDS``.

Payloads have the shape of Slack's, with any part replaced by any JSON, left out, or added in an odd
place. The parser must return one of its values, and never raise.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.core.model import Deleted, DirectMessage, Edited, Ignored, IncomingEvent, Message
from bot.slack.listeners.payload import Origin, origin_of
from bot.slack.parse import MAX_TEXT, parse_event

BATCH = 400  # payloads between two looks at the clock
_NAMES = (
    "type", "subtype", "channel", "channel_type", "user", "text", "ts", "thread_ts", "team",
    "user_team", "source_team", "bot_id", "bot_profile", "hidden", "edited", "message",
    "previous_message", "deleted_ts", "files", "mode", "filetype", "blocks", "elements", "style",
    "strike", "code", "url", "name", "id", "team_id", "view", "authorizations", "event_id",
    "is_ext_shared_channel", "event", "app_installed_team_id",
)  # fmt: skip
_TEXTS = (
    "", "message", "message_changed", "message_deleted", "tombstone", "me_message", "file_share",
    "thread_broadcast", "bot_message", "im", "mpim", "C1", "D1", "U1", "T1", "E1", "USLACKBOT",
    "1760000000.000100", "1.", ".1", "\u0661.\u0662", "rich_text", "rich_text_section",
    "rich_text_list", "rich_text_quote", "rich_text_preformatted", "link", "emoji", "email",
    "they owe us", "&lt;&amp;", "&#1;", "\x00", "\ud83d", "~a~", "```", "a" * 5_000, "&" * 30_000,
)  # fmt: skip

_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-1, 10**20)
    | st.floats()
    | st.sampled_from(_TEXTS)
    | st.text(max_size=12)
)
_json = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=16,
)
_styles = st.dictionaries(st.sampled_from(("code", "strike", "bold")), st.booleans() | _json)


def _element(kind: str, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(kind)}, optional=more)


_inline = st.lists(
    _element("text", text=_scalars, style=_styles)
    | _element("link", text=_scalars, url=_scalars, style=_styles)
    | _element("user", user_id=_scalars)
    | _json,
    max_size=4,
)
_rich = st.lists(
    _element(
        "rich_text",
        elements=st.lists(
            st.fixed_dictionaries(
                {
                    "type": st.sampled_from(_TEXTS),
                    "elements": _inline | st.lists(_element("rich_text_section", elements=_inline)),
                }
            )
            | _json,
            max_size=4,
        ),
    )
    | _json,
    max_size=3,
)
_message = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.just(value) | _json for name, value in (
            ("type", "message"), ("channel", "C1"), ("channel_type", "channel"), ("user", "U1"),
            ("text", "they owe us"), ("ts", "1760000000.000100"), ("team", "T1"),
        )},
        "thread_ts": _scalars,
        "files": st.lists(_json, max_size=2) | _json,
        "edited": st.fixed_dictionaries({"ts": _scalars}) | _json,
        "blocks": _rich | _json,
        "bot_id": st.none() | _json,
        "hidden": _scalars,
    },
)  # fmt: skip
_event = st.builds(
    lambda outer, inner: outer | inner,
    _message,
    st.fixed_dictionaries(
        {},
        optional={
            "subtype": st.sampled_from(_TEXTS) | _json,
            "message": _message | _json,
            "previous_message": _message | _json,
            "deleted_ts": _scalars,
        },
    ),
)
PAYLOADS = st.builds(
    lambda event, more: {"event": event, **more},
    _event | _json,
    st.dictionaries(
        st.sampled_from(("event_id", "is_ext_shared_channel", "team_id", "team", "view",
                         "authorizations", "user", "event")),
        _json,
        max_size=3,
    ),
)  # fmt: skip
VALUES = (Message, Edited, Deleted, DirectMessage, Ignored)


def check(payload: dict[str, Any]) -> IncomingEvent:
    """Parse a payload, and return the value.

    Raises:
        AssertionError: what came out is no value of the parser, or can't be stored.
    """
    assert isinstance(origin_of(payload), Origin)
    found = parse_event(payload, "T1")
    assert isinstance(found, VALUES)
    for message in (found, getattr(found, "message", None)):
        if isinstance(message, Message):
            assert 0 < len(message.text) <= MAX_TEXT
            assert message.text.encode()
    return found


def main() -> None:
    """Try new payloads for some seconds, and print how many."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    ends, tried = time.monotonic() + seconds, 0

    @settings(
        max_examples=BATCH,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(PAYLOADS)
    def batch(payload: dict[str, Any]) -> None:
        nonlocal tried
        tried += 1
        check(payload)

    while time.monotonic() < ends:
        batch()
    sys.stdout.write(f"{tried} payloads, no failure\n")


if __name__ == "__main__":
    main()
