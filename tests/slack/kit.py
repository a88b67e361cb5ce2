"""Values that the tests of Slack share."""

from __future__ import annotations

from typing import Any

from bot.flows.ports.outbox import ClaimedMessage, MessageKind, OutgoingMessage

NUDGE_CONTENT = {
    "mirror": "No answer so far.",
    "question": "What could help?",
    "credit": "Idea from: x",
}


class Clock:
    """A clock that only moves when a test moves it; Unix seconds."""

    def __init__(self, now: float = 1_760_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def claimed(
    kind: MessageKind,
    workspace_id: str,
    channel_id: str,
    *,
    key: str = "k1",
    recipient_id: str = "",
    thread_ts: str = "",
    content: dict[str, Any] | None = None,
    target_ts: str = "",
) -> ClaimedMessage:
    """Return an outgoing message that this worker has claimed."""
    message = OutgoingMessage(
        key=key,
        kind=kind,
        workspace_id=workspace_id,
        channel_id=channel_id,
        recipient_id=recipient_id,
        thread_ts=thread_ts,
        content=NUDGE_CONTENT if content is None else content,
    )
    return ClaimedMessage(
        id=1,
        message=message,
        created_at=0.0,
        attempts=0,
        lease_owner="w1",
        claim_number=1,
        unfinished_claims=1,
        target_ts=target_ts,
    )


def rendered(text: str) -> dict[str, Any]:
    """Return the content of a message that is rendered already."""
    section = {"type": "section", "text": {"type": "plain_text", "text": text}}
    return {"text": text, "blocks": [section]}


def rich(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the blocks of a message that a person wrote in Slack's composer."""
    return [{"type": "rich_text", "block_id": "b1", "elements": list(elements)}]


def rich_line(*elements: dict[str, Any]) -> dict[str, Any]:
    """Return a paragraph of rich text."""
    return {"type": "rich_text_section", "elements": list(elements)}
