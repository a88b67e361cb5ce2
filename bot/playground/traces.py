"""What the bot did with each message, and what it has stored about it at this moment."""

from __future__ import annotations

from typing import Any, Protocol

from bot.core.model import Reason, Verdict
from bot.core.nudge_policy import why_quiet
from bot.core.playbook_model import Playbook
from bot.flows.errors import StoreUnavailableError
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
    "dropped": "The bot had a question ready, and dropped it before it was posted.",
    "request": "A direct message is a request. The bot answers every one.",
    "bot": "The bot wrote this. The row holds no words of yours.",
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
        ``threshold`` (from which the bot asks; None if a score alone doesn't tell), and
        ``score_by``: ``bot`` for the one that it decided by, ``page`` for one asked here."""
        if message.get("bot_id"):
            return _told("bot")
        if self._slack.workspace.channels[channel_id].is_im:
            return _told("request")
        row = self._one("inbox", channel_id=channel_id, ts=message["ts"])
        if row is None:
            return self._unstored(message)
        finding = self._one("findings", inbox_id=row["id"])
        told = self._decided(row, finding)
        if finding is not None:
            found = {"trap": finding["trap"], "score": finding["score"], "score_by": "bot"}
            name = str(finding["detector"])
            return {**told, **found, "detector": name, "threshold": self._scores.threshold(name)}
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
        found = [
            row
            for row in self._rows
            if (row.table == "inbox" and row.values is inbox)
            or (row.table == "findings" and row.values is finding)
            or (row.table == "asks" and row.values["key"] == f"dm-{channel_id}-{ts}")
            or (row.table == "outbox" and _is_about(row.values, ts, {key, nudge} - {None}))
        ]
        return [_as_json(row) for row in found]

    def _decided(self, row: dict[str, Any], finding: dict[str, Any] | None) -> Json:
        if row["state"] == WAITING:
            return _told("waiting")
        if row["reason"] != SPEAK:
            return self._quiet(str(row["reason"]))
        sent = self._one("outbox", key=finding["key"]) if finding else None
        if sent is not None and sent["state"] == DROPPED:
            return _told("dropped", "quiet") | {"reason": sent["reason"]}
        if finding is not None and finding["is_private"]:
            return _told("coached_privately", "coached")
        return _told("coached")

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
        words = self._playbook.strings["quiet"].get(reason, reason)
        return {"state": "quiet", "reason": reason, "words": words}

    def _score(self, verdict: Verdict | None) -> Json:
        if verdict is None:
            return {}
        return {
            "trap": verdict.trap,
            "score": verdict.score,
            "score_by": "page",
            "detector": verdict.detector,
            "threshold": self._scores.threshold(verdict.detector),
        }

    def _one(self, table: str, **values: object) -> dict[str, Any] | None:
        return next(
            (
                row.values
                for row in self._rows
                if row.table == table and all(row.values[k] == v for k, v in values.items())
            ),
            None,
        )


def _told(key: str, state: str = "") -> Json:
    return {"state": state or key, "words": _WORDS[key]}


def _typed(message: Json) -> str:
    """Return a text as it was typed, without Slack's entities."""
    text = str(message.get("text") or "")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


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
