"""The store in memory keeps what a transaction does apart until it is committed."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

from tests.fakes import state as tables
from tests.fakes.state import ROWS, State


def kinds_in(hint: Any) -> Iterator[type]:
    """Yield each class that a type names, also inside of other classes."""
    for inner in typing.get_args(hint):
        yield from kinds_in(inner)
    kind = typing.get_origin(hint) or hint
    if isinstance(kind, type):
        yield kind
    if is_dataclass(kind):
        for each in typing.get_type_hints(kind).values():
            yield from kinds_in(each)


def test_all_that_can_be_changed_in_place_is_copied() -> None:
    """Rows, dicts and lists are; every other value in a table is frozen."""
    kinds = {kind for hint in typing.get_type_hints(State).values() for kind in kinds_in(hint)}
    thawed = {k for k in kinds if is_dataclass(k) and not vars(k)["__dataclass_params__"].frozen}

    assert thawed == ROWS
    assert kinds & {dict, list, set} == {dict, list}  # which are copied
    for kind in kinds - thawed:
        hints = typing.get_type_hints(kind) if is_dataclass(kind) else {}
        inside = {n: set(kinds_in(hint)) & {dict, list, set} for n, hint in hints.items()}
        assert not any(inside.values()), f"{kind.__name__} holds what could be changed"


def test_a_copy_shares_nothing_that_can_be_changed() -> None:
    """Change every kind of row and container of a copy; the original stays as it was."""
    row = tables.ReflectionRow({"plan": "call"}, 1.0)
    state = State(
        reflections={("T", "U"): row}, marks={("T", "U"): [1.0]}, channels={("T", "C"): {}}
    )
    copy = state.copied()
    copy.reflections["T", "U"].answers["plan"] = "write"
    copy.reflections["T", "U"].is_locked = True
    copy.marks["T", "U"].append(2.0)
    copy.channels["T", "C"]["on"] = True
    copy.pacing["T", "C"] = tables.Pacing(3.0)
    copy.next_id()

    assert state == State(
        reflections={("T", "U"): tables.ReflectionRow({"plan": "call"}, 1.0)},
        marks={("T", "U"): [1.0]},
        channels={("T", "C"): {}},
    )
