"""Posts recorded payloads to the real bot, with its ids and its buttons put in."""

from __future__ import annotations

import copy
import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.slack.listeners import command, on_demand
from bot.slack.views import (
    ask_reply,
    channels,
    digest,
    erasure,
    home,
    modals,
    nudge,
    settings_modal,
    teams,
    weekly,
    weekly_modals,
)
from tests.harness import BotHarness
from tests.payloads.shapes import Json, Recorded

ACTIONS = (
    *(ask_reply.ANOTHER, ask_reply.WHY, channels.DELIVERY, channels.CLEAR_PROBATION, digest.SHARE),
    *(erasure.FORGET, home.PAUSE, home.SETTINGS, home.ASK, home.DATA, nudge.MORE, nudge.TO_THREAD),
    *(nudge.PAUSE_LONGER, nudge.PAUSE_OPEN, nudge.RESUME, nudge.TELL_WHY, nudge.REFLECT_ON),
    *(weekly.REFLECT, weekly.SKIP, weekly.OFF, teams.ACCEPT, teams.DECLINE, teams.END),
    *(teams.TAKE_OVER, teams.LEAVE_IT),
    *(f"{nudge.FEEDBACK}helpful", f"{weekly.OUTCOME}learnt"),
)
_NUDGE = "nudge-C1-1760000000.000100"
_VALUES = {
    ask_reply.ANOTHER: "blame|silence",
    ask_reply.WHY: "blame|silence",
    channels.CLEAR_PROBATION: "blame",
    channels.DELIVERY: "observe|C1",
    digest.SHARE: "G1|2026-W48",
    nudge.MORE: f"why|{_NUDGE}",
    f"{weekly.OUTCOME}learnt": f"learned|{_NUDGE}",
}
FORMS = (
    *(modals.ASK, modals.WRONG, settings_modal.SETTINGS),
    *(weekly_modals.REFLECTION, weekly_modals.TEAM),
)
_SHORTEST_TEXT = 12  # characters; shorter ones occur in a log by chance
_TEXT_FIELDS = ("text", "value", "topic", "purpose", "status_text")


@dataclass
class Report:
    """What the bot answered.

    Attributes:
        statuses: how often each status came, by what was put in.
        failures: name and status of every 5xx. leaks: texts of payloads that are in the log.
    """

    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)


class LogLines(logging.Handler):
    """Keeps every line of every log."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def __enter__(self) -> LogLines:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)


async def replay(bot: BotHarness, recorded: Iterable[Recorded]) -> Report:
    """Post each payload as it is, with the ids of this workspace and app, and, if it is an
    interaction or a command, with everything of ours in it.

    Args:
        bot: running, over HTTP.
    """
    report = Report()
    with LogLines() as log:
        async with aiohttp.ClientSession() as session:
            for each in recorded:
                for variant, payload in variants(each, bot):
                    before = len(log.lines)
                    status = await _post(session, bot, each.kind, payload)
                    counts = report.statuses.setdefault(f"{each.kind}, {variant}", Counter())
                    counts[status] += 1
                    if status >= 500:
                        why = [line for line in log.lines[before:] if "workspace=" in line][-1:]
                        report.failures.append(f"{each.name} [{variant}]: {status} {why}")
                    written = "\n".join(log.lines[before:])
                    report.leaks += [t for t in _texts(payload) if t in written]
            await bot.slack.wait_for_deliveries()
    return report


def variants(each: Recorded, bot: BotHarness) -> Iterator[tuple[str, Json]]:
    """Yield what to post."""
    yield "as it is", each.payload
    ours = _with_our_ids(each.payload, bot)
    yield "our ids", ours
    if each.kind == "bare":
        yield "our envelope", bot.slack.envelope(ours)
    if each.kind in ("command", "interaction") and not _is_complete(ours):
        return
    if each.kind == "command":
        words = ("", "help", "why", "settings", "pause", "my data", "forget me", "team", "They owe")
        for text in words:
            yield "our command", {**ours, "command": command.COMMAND, "text": text}
    if each.kind == "interaction":
        yield from _with_our_names(ours)


def _with_our_names(ours: Json) -> Iterator[tuple[str, Json]]:
    actions, view = ours.get("actions"), ours.get("view")
    if isinstance(actions, list) and actions and isinstance(actions[0], dict):
        for action_id in ACTIONS:
            value = _VALUES.get(action_id, _NUDGE)
            pressed = {"action_id": action_id, "value": value, "selected_option": {"value": value}}
            yield "our action", {**ours, "actions": [{**actions[0], **pressed}]}
    if isinstance(view, dict):
        for callback_id in FORMS:
            yield "our form", {**ours, "view": {**view, "callback_id": callback_id}}
    if ours.get("type") == "message_action":
        yield "our shortcut", {**ours, "callback_id": on_demand.SHORTCUT}


def _is_complete(payload: Json) -> bool:
    """Return whether what Slack always sends is there: what we drew can't be without it."""
    view = payload.get("view")
    if payload.get("type") == "message_action" and not isinstance(payload.get("message"), dict):
        return False
    if "view" in payload and not (isinstance(view, dict) and {"id", "private_metadata"} <= {*view}):
        return False
    return isinstance(payload.get("trigger_id"), str) and bool(_user_of(payload))


def _user_of(payload: Json) -> Any:
    return payload.get("user_id") or payload.get("user")


def _with_our_ids(payload: Json, bot: BotHarness) -> Json:
    """Return a payload for this workspace and app; what isn't there stays away."""
    changed = copy.deepcopy(payload)
    workspace, app = bot.workspace.team_id, bot.workspace.app_id
    if "api_app_id" in changed:
        changed["api_app_id"] = app
    if "team_id" in changed:
        changed["team_id"] = workspace
    if isinstance(changed.get("team"), str):
        changed["team"] = workspace
    for holder, name in (("team", "id"), ("user", "team_id"), ("view", "team_id")):
        if isinstance(changed.get(holder), dict):
            changed[holder][name] = workspace
    if isinstance(changed.get("response_url"), str):
        changed["response_url"] = f"{bot.slack.api_url.removesuffix('/api/')}/respond/replayed"
    return changed


async def _post(session: aiohttp.ClientSession, bot: BotHarness, kind: str, payload: Json) -> int:
    if kind == "command":
        body = urlencode({k: v for k, v in payload.items() if v is not None}).encode()
    elif kind == "interaction":
        body = urlencode({"payload": json.dumps(payload)}).encode()
    else:
        body = json.dumps(payload).encode()
    form = "application/x-www-form-urlencoded"
    headers = {
        "Content-Type": form if kind in ("command", "interaction") else "application/json",
        **bot.slack.delivery.signed_headers(body),
    }
    async with session.post(f"{bot.url}/slack/events", data=body, headers=headers) as response:
        return response.status


def _texts(value: Any, name: str = "") -> Iterator[str]:
    """Yield every text in a payload that a person may have written."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, name)
    elif isinstance(value, str) and name in _TEXT_FIELDS and len(value) >= _SHORTEST_TEXT:
        yield value
