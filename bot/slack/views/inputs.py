"""Input fields of modals, and how to read what comes back. A field's block and action share an id.

Limits follow docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element.
"""

from __future__ import annotations

from collections.abc import Iterable

from slack_sdk.models.blocks import (
    CheckboxesElement,
    InputBlock,
    InputInteractiveElement,
    Option,
    PlainTextInputElement,
    StaticSelectElement,
    TimePickerElement,
    UserMultiSelectElement,
)

from bot.slack.views.block_kit import FIELD_LIMIT, PLACEHOLDER_LIMIT, Json, fit, plain

INPUT_LIMIT = 3_000  # characters


def input_field(
    name: str, label: str, element: InputInteractiveElement, *, optional: bool = False
) -> InputBlock:
    """Return an element with its label."""
    element.action_id = name
    words = plain(label, FIELD_LIMIT)
    return InputBlock(block_id=name, label=words, element=element, optional=optional)


def text_field(
    name: str,
    label: str,
    hint: str = "",
    *,
    initial: str = "",
    optional: bool = False,
    multiline: bool = False,
    focus: bool = False,
    limit: int = INPUT_LIMIT,
) -> InputBlock:
    """Return a field to write in, at most ``limit`` characters."""
    element = PlainTextInputElement(
        placeholder=plain(hint, PLACEHOLDER_LIMIT) if hint else None,
        initial_value=fit(initial, limit) or None,
        multiline=multiline,
        max_length=limit,
        focus_on_load=focus or None,
    )
    return input_field(name, label, element, optional=optional)


def select_field(name: str, label: str, options: list[Option], initial: str) -> InputBlock:
    """Return a list to choose from; ``initial`` is the value of the option that is chosen first."""
    chosen = next((o for o in options if o.value == initial), options[0])
    element = StaticSelectElement(options=options, initial_option=chosen)
    return input_field(name, label, element)


def time_field(name: str, label: str, initial: str = "", *, optional: bool = False) -> InputBlock:
    """Return a field for a time of day, such as ``20:00``; ``initial``: empty for none."""
    element = TimePickerElement(initial_time=initial or None)
    return input_field(name, label, element, optional=optional)


def boxes_field(name: str, label: str, options: list[Option], ticked: Iterable[str]) -> InputBlock:
    """Return boxes to tick; ``ticked``: the values of those that are at first. None need be."""
    chosen = [option for option in options if option.value in ticked]
    element = CheckboxesElement(options=options, initial_options=chosen or None)
    return input_field(name, label, element, optional=True)


def people_field(
    name: str, label: str, hint: str, chosen: Iterable[str], *, at_most: int
) -> InputBlock:
    """Return a field for people, up to ``at_most``; ``chosen``: at first. It may stay empty."""
    element = UserMultiSelectElement(
        placeholder=plain(hint, PLACEHOLDER_LIMIT),
        initial_users=sorted(chosen) or None,
        max_selected_items=at_most,
    )
    return input_field(name, label, element, optional=True)


def field_value(state: Json, name: str) -> str:
    """Return what was written or chosen in a field; empty for nothing.

    Args:
        state: ``view.state`` of a submission.
        name: of the field.
    """
    given = _field(state, name)
    option = given.get("selected_option") or {}
    written = (given.get(key) for key in ("value", "selected_time", "selected_conversation"))
    found = next((value for value in written if value), None)
    return str(found or option.get("value") or "")


def selected_users(state: Json, name: str) -> list[str]:
    """Return the user ids that were chosen in a field."""
    return [str(user_id) for user_id in _field(state, name).get("selected_users") or []]


def ticked_boxes(state: Json, name: str) -> list[str]:
    """Return the values of the boxes that were ticked."""
    options = _field(state, name).get("selected_options") or []
    return [str(each.get("value")) for each in options if isinstance(each, dict)]


def first_field(view: object) -> str | None:
    """Return the name of a form's first field, given the view as Slack sends it; None for none."""
    blocks = view.get("blocks") if isinstance(view, dict) else None
    fields = [b for b in blocks or () if isinstance(b, dict) and b.get("type") == "input"]
    return next((str(b["block_id"]) for b in fields if b.get("block_id")), None)


def _field(state: Json, name: str) -> Json:
    block: Json = (state.get("values") or {}).get(name) or {}
    element: Json = block.get(name) or {}
    return element
