"""What the bot did with each message, and what it has stored about it at this moment."""

from __future__ import annotations

from typing import Any, Protocol

from bot.core.model import Reason, Verdict
from bot.core.nudge_policy import why_quiet
from bot.core.playbook_model import Playbook
from bot.core.score_digits import score_and_threshold
from bot.flows.errors import StoreUnavailableError
from bot.flows.thread_reply import key_of_wish_line
from bot.playground.offline_scores import OfflineScores
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Json
from bot.store.database import Database
from bot.store.stored_rows import Sealed, StoredRow, stored_rows
from bot.store.tables import DROPPED, SPEAK, WAITING

_WORDS = {
    "reading": "The bot is reading it.",
    "waiting": "The bot waits a second, in case the author edits or deletes it.",
    "coached": "The bot asked one question in the thread.",
    "coached_privately": "The bot asked one question that only the author sees.",
    "edited": "The message was edited after that: the bot asks nothing more about it, and the"
    " question stays. That's wrong in its menu takes it away, and so does deleting the message.",
    "wish": "The bot took this as a wish about itself, and answered it in a line that only the"
    " author sees. The words are not stored.",
    "dropped": "The bot had a question ready, and dropped it before it was posted.",
    "request": "A direct message is a request. The bot answers every one.",
    "refused": "Slack didn't take it.",
    "page_score": "The bot keeps no score of this message: this page asked the same detector.",
    "bot": "The bot wrote this. What is stored about it holds no words of yours.",
    "gone": "Nothing is stored about it: the bot isn't in this channel, it was part of a test, was"
    " erased on request, or is old.",
}


class MessageTraces(Protocol):
    """Explains messages to whoever looks at the page."""

    async def refresh(self) -> None:
        """Look again at what there is to know."""

    def summary(self, channel_id: str, message: Json) -> Json:
        """Return what became of a message: ``state`` and ``words``, and more if it is known."""

    def rows(self, channel_id: str, message: Json) -> list[Json]:
        """Return the rows that the bot stores about a message."""


class Traces:
    """Reads the bot's tables again and again, and explains each message by them.
    Implements ``MessageTraces``.

    Args:
        database: the bot's; only read here. slack: to tell what is still on its way to the bot.
        playbook: why the bot keeps quiet, in its own words. scores: for what was never stored.
    """

    def __init__(
        self, database: Database, slack: FakeSlack, playbook: Playbook, scores: OfflineScores
    ) -> None:
        self._database = database
        self._slack = slack
        self._playbook = playbook
        self._scores = scores
        self._rows: list[StoredRow] = []

    async def refresh(self) -> None:
        """Read the tables; while they can't be read, what was read before stays."""
        try:
            self._rows = await stored_rows(self._database, self._slack.workspace.team_id)
        except StoreUnavailableError:
            return

    def summary(self, channel_id: str, message: Json) -> Json:
        """Return what became of a message: ``state``, ``words``, ``reason``, ``trap``, ``score``,
        ``score_words``, which say of the score what it led to, and ``is_edited``: whether it has
        changed since the bot asked."""
        if message.get("bot_id"):
            return _told("bot")
        if self._slack.workspace.channels[channel_id].is_im:
            return _told("request")
        if self._wish_lines(channel_id, message["ts"]):
            return _told("wish")
        row = self._one("inbox", channel_id=channel_id, ts=message["ts"])
        if row is None:
            return self._unstored(message)
        finding = self._one("findings", inbox_id=row["id"])
        told = self._decided(row, finding)
        if told["state"] == "coached" and _is_edited_since(message, row):
            told |= {"words": f"{told['words']} {_WORDS['edited']}", "is_edited": True}
        if finding is not None:
            threshold = self._scores.threshold(str(finding["detector"]))
            words = score_words(
                finding["score"], threshold, is_asked=told["state"] == "coached", is_of_bot=True
            )
            found = {"trap": finding["trap"], "score": finding["score"], "score_words": words}
            return {**told, **found}
        if row["state"] == WAITING:
            return told
        return {**told, **self._score(self._scores.verdict(_typed(message)))}

    def rows(self, channel_id: str, message: Json) -> list[Json]:
        """Return the rows about a message as they are now, each with its table and columns."""
        ts = message["ts"]
        key = ((message.get("metadata") or {}).get("event_payload") or {}).get("key")
        inbox = self._one("inbox", channel_id=channel_id, ts=ts)
        finding = self._one("findings", inbox_id=inbox["id"]) if inbox else None
        nudge = finding["key"] if finding else None
        wish_lines = self._wish_lines(channel_id, ts)
        found = [
            row
            for row in self._rows
            if (row.table == "inbox" and row.values is inbox)
            or (row.table == "findings" and row.values is finding)
            or (row.table == "asks" and row.values["key"] == f"dm-{channel_id}-{ts}")
            or (row.table == "outbox" and _is_about(row.values, ts, {key, nudge} - {None}))
            or (row.table == "outbox" and row.values in wish_lines)
        ]
        return [_as_json(row) for row in found]

    def _decided(self, row: dict[str, Any], finding: dict[str, Any] | None) -> Json:
        if row["state"] == WAITING:
            return _told("waiting")
        if row["reason"] != SPEAK:
            return self._quiet(str(row["reason"]))
        sent = self._one("outbox", key=finding["key"]) if finding else None
        if sent is not None and sent["state"] == DROPPED:
            why = self._quiet(str(sent["reason"]))
            return why | {"words": f"{_WORDS['dropped']} {why['words']}".strip()}
        if finding is not None and finding["is_private"]:
            return _told("coached_privately", "coached")
        return _told("coached")

    def _wish_lines(self, channel_id: str, ts: str) -> list[dict[str, Any]]:
        """Return the rows of the outbox that answer a wish in a thread; none if it was no wish."""
        begins = key_of_wish_line(ts)
        return [
            row.values
            for row in self._rows
            if row.table == "outbox"
            and row.values["channel_id"] == channel_id
            and row.values["key"].startswith(begins)
        ]

    def _unstored(self, message: Json) -> Json:
        if self._slack.events.is_delivering:
            return _told("reading", "waiting")
        verdict = self._scores.verdict(_typed(message))
        if verdict is None:
            return _told("reading", "waiting")
        if verdict.sure:
            return _told("gone") | self._score(verdict)
        reason = why_quiet(verdict, is_candidate=False) or Reason.ORDINARY
        return self._quiet(reason) | self._score(verdict)

    def _quiet(self, reason: str) -> Json:
        words = self._playbook.strings["quiet"].get(reason, _WORDS["refused"])
        return {"state": "quiet", "reason": reason, "words": words}

    def _score(self, verdict: Verdict | None) -> Json:
        """Return what the page's own detector makes of a message; nothing if it gave no score."""
        if verdict is None or (verdict.why and not verdict.score):
            return {}
        threshold = self._scores.threshold(verdict.detector)
        words = score_words(verdict.score, threshold, is_asked=False, is_of_bot=False)
        return {"trap": verdict.trap, "score": verdict.score, "score_words": words}

    def _one(self, table: str, **values: object) -> dict[str, Any] | None:
        return next(
            (
                row.values
                for row in self._rows
                if row.table == table and all(row.values[k] == v for k, v in values.items())
            ),
            None,
        )


def score_words(score: float, threshold: float | None, *, is_asked: bool, is_of_bot: bool) -> str:
    """Return what a score led to, or would have led to if it were for the score alone.

    Args:
        score: from 0 to 1. threshold: from which the bot asks; None if a language model decided.
        is_asked: whether the bot asked. is_of_bot: whether the bot decided by this score; if not,
            it keeps none, and the page has asked the same detector.
    """
    if threshold is None:
        return "A language model gave this score. It decides by more than that."
    shown, enough = score_and_threshold(score, threshold)
    if score < threshold:
        words = f"{shown} sure, and the bot asks only at {enough} or more."
    elif is_asked:
        words = f"{shown} sure; the bot asks at {enough} or more."
    else:
        words = f"{shown} sure would be enough, as the bot asks at {enough} or more; what held it"
        words += " back is above."
    words = words[:1].upper() + words[1:]
    return words if is_of_bot else f"{words} {_WORDS['page_score']}"


def _told(key: str, state: str = "") -> Json:
    return {"state": state or key, "words": _WORDS[key]}


def _typed(message: Json) -> str:
    """Return a text as it was typed, without Slack's entities."""
    text = str(message.get("text") or "")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _is_edited_since(message: Json, row: dict[str, Any]) -> bool:
    """Return whether a message was edited after the bot had decided on it."""
    edited = message.get("edited") or {"ts": 0.0}
    return float(edited["ts"]) > (row["decided_at"] or 0.0)


def _is_about(values: dict[str, Any], ts: str, keys: set[Any]) -> bool:
    return values["sent_ts"] == ts or values["key"] in keys or values["about_key"] in keys


def _as_json(row: StoredRow) -> Json:
    columns = [
        {"name": name, "sealed": value.size}
        if isinstance(value, Sealed)
        else {"name": name, "value": value}
        for name, value in row.values.items()
    ]
    return {"table": row.table, "columns": columns}
