"""What is kept about a person, in a few sentences: what, how long, who sees it, how to erase it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from bot.core import durations
from bot.core.languages import UiStrings
from bot.core.model import Person

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

_TEAMS = ("named_people", "sales_team_members", "sales_teams")
_NOT_THEIRS = ("channels", "named_people")
_SETTINGS = ("preferences", "mutes")
_SEEN_BY_OTHERS = ("teams", "channels", "admin")  # as far as the sentence about each says
_TOLD = frozenset(
    {"findings", "labels", "reflections", "channels", "workspace_admins", *_TEAMS, *_SETTINGS}
)


def summarize(rows: Rows, strings: UiStrings, person: Person, *, days: float) -> str:
    """Return the sentences.

    Args:
        rows: all that is kept, by table; counted, and not shown.
        strings: the UI strings.
        person: in whose time zone days are told.
        days: how long decisions are kept.
    """
    words = strings["kept"]
    decisions = rows.get("findings", ())
    with_words = sum(bool(row.get("words")) for row in rows.get("labels", ()))
    span = durations.format_span(days, strings["time"])
    facts = {"span": span, "since": _since(decisions, person, strings)}
    counts = {
        "decisions": len(decisions),
        "presses": sum(bool(row.get("feedback")) for row in decisions),
        "settings": _count(rows, _SETTINGS),
        "reflections": len(rows.get("reflections", ())),
        "wrong": len(rows.get("labels", ())) - with_words,
        "words": with_words,
        "teams": _count(rows, _TEAMS),
        "channels": len(rows.get("channels", ())),
        "admin": len(rows.get("workspace_admins", ())),
        "rest": sum(len(some) for name, some in rows.items() if name not in _TOLD),
    }
    told = [
        "\u2022 " + Template(words[key]).substitute(facts, count=count)
        for key, count in counts.items()
        if count
    ]
    stays = strings["record"]["forget_stays"]
    ending = Template(words["erase"]).substitute(stays=stays)
    seen = words["seen_but" if any(counts[key] for key in _SEEN_BY_OTHERS) else "seen"]
    intro = Template(words["intro"]).substitute(count=_entries(rows)) if told else words["nothing"]
    return "\n".join([intro, *told, seen, words["server"], ending])


def _count(rows: Rows, names: Sequence[str]) -> int:
    return sum(len(rows.get(name, ())) for name in names)


def _entries(rows: Rows) -> int:
    """Return how many rows an erasure would erase, as it says afterward: all but those about
    something else, in which the person's name alone goes or stays."""
    return sum(len(some) for name, some in rows.items() if name not in _NOT_THEIRS)


def _since(decisions: Sequence[Mapping[str, Any]], person: Person, strings: UiStrings) -> str:
    """Return the day of the oldest decision; empty without one."""
    times = [at for row in decisions if isinstance(at := row.get("created_at"), int | float)]
    return durations.format_day(min(times), person, strings["time"]) if times else ""
