"""The log: lines for people, or JSON for machines. No text of a message and no token in either.

Lines of ours hold ids and reasons; tests look at every one of them. A library's line may hold what
it was sent: its wording is kept and its values are not, and below a warning it says nothing. Of an
exception the log says its type and where it was raised, not what it says, which may quote a text.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

import structlog
from structlog.stdlib import ProcessorFormatter

from bot.flows.work_context import current_workspace

LogFormat = Literal["text", "json"]
EventDict = MutableMapping[str, Any]

_OURS = "bot"
_CHATTY = (
    *("slack_bolt", "slack_sdk", "aiohttp", "asyncio", "alembic", "sqlalchemy"),
    *("openai", "httpx2", "httpcore2", "procrastinate", "opentelemetry"),
)
_LIBRARY_LOGS = ("reframe.slack_libraries", "reframe.http_library")
_PAIR = re.compile(r"(?<!\S)([a-z_]+)=(\S+)")
_WORKSPACE = "workspace"


def set_up_log(level: str, log_format: LogFormat = "text") -> None:
    """Log one line per event to stderr.

    Args:
        level: of our lines. The libraries may only report what is badly wrong: at lower levels
            they print bodies and texts.
        log_format: ``text`` for people, ``json`` for machines.
    """
    logging.basicConfig(level=logging.WARNING, handlers=[log_handler(sys.stderr, log_format)])
    logging.getLogger(_OURS).setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in _LIBRARY_LOGS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def log_handler(stream: TextIO, log_format: LogFormat) -> logging.Handler:
    """Return what writes records to a stream; in color if the stream is a terminal."""
    handler = logging.StreamHandler(stream)
    render = _as_json if log_format == "json" else _as_text
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=0, sort_keys=False)
    )
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[_without_values_of_libraries, _with_workspace],
            processors=[render, ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    return handler


def _without_values_of_libraries(_: object, __: str, entry: EventDict) -> EventDict:
    """Keep of a library's line its first line before any value was put in; of an exception, where
    it was raised."""
    record: logging.LogRecord = entry["_record"]
    if record.name.partition(".")[0] != _OURS:
        lines = str(record.msg).splitlines() or [""]
        entry["event"] = lines[0]
    error = entry.pop("exc_info", None)
    entry.pop("stack_info", None)
    if isinstance(error, tuple) and error[0] is not None:
        entry["raised"] = _describe(error[0], error[2])
    return entry


def _with_workspace(_: object, __: str, entry: EventDict) -> EventDict:
    """Add the workspace that is worked for, unless the line names one."""
    workspace_id = current_workspace()
    is_named = f"{_WORKSPACE}=" in entry["event"]
    if workspace_id.isalnum() and not is_named:
        entry[_WORKSPACE] = workspace_id
    return entry


def _as_text(_: object, __: str, entry: EventDict) -> EventDict:
    """Return an entry for people: one line, whatever is in it."""
    record: logging.LogRecord = entry["_record"]
    entry["event"] = entry["event"].replace("\n", "\\n").replace("\r", "\\r")
    entry["timestamp"] = _time(record)
    entry["level"] = record.levelname.lower()
    entry["logger"] = record.name
    return entry


def _as_json(_: object, __: str, entry: EventDict) -> EventDict:
    """Return an entry for machines: what a line says as ``name=value`` also stands in ``fields``,
    and the workspace beside it."""
    record: logging.LogRecord = entry["_record"]
    message = entry.pop("event")
    fields = dict(_PAIR.findall(message))
    workspace_id = entry.pop(_WORKSPACE, None) or fields.pop(_WORKSPACE, None)
    rest = {**entry}
    entry.clear()
    entry["time"] = _time(record)
    entry["level"] = record.levelname.lower()
    entry["logger"] = record.name
    entry["message"] = message
    if workspace_id:
        entry[_WORKSPACE] = workspace_id
    if fields:
        entry["fields"] = fields
    entry.update(rest)
    return entry


def _time(record: logging.LogRecord) -> str:
    """Return when a record was made, in UTC."""
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _describe(kind: type[BaseException], trace: Any) -> str:
    """Return the type of an exception, and where it was, the innermost place first."""
    places = (
        f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(trace)
    )
    return " < ".join([kind.__name__, *reversed(list(places))])
