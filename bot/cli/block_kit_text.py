"""Renders Slack messages, modals and Home tabs as text, for a terminal or a README. No I/O.

The text is what a reader would see (docs.slack.dev/reference/block-kit), 72 columns wide. An
unknown type is rendered as ``<type>``, so new kinds of blocks never raise an error.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any

Json = dict[str, Any]

WIDTH = 72
_BODY = "  "
_REPLY = "    "
_HARD_SPACE = "\u00a0"
_REFERENCE = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_QUOTATION = re.compile(r"^(?:>|&gt;) ?", re.MULTILINE)
_MENTION = re.compile(r"<@(\w+)(?:\|[^<>]*)?>")


def render_message(message: Json, name: str = "Reframe") -> str:
    """Render a message.

    Args:
        message: as Slack stores it; ``text`` is rendered only if there are no ``blocks``.
        name: the author's display name.

    Returns:
        A line with the author's name, and the message indented below it.
    """
    return "\n".join(_message(message, name, WIDTH))


def render_thread(root: Json, replies: list[Json], names: Mapping[str, str]) -> str:
    """Render a message and the replies to it.

    Args:
        root: the message that started the thread. replies: the others, oldest first.
        names: display names by user id, for authors and mentions. A bot without a name is called
            Reframe; a user without one is shown as the id.

    Returns:
        The root, and each reply indented after an empty line.
    """
    lines = _message(_with_names(root, names), _author(root, names), WIDTH)
    for reply in replies:
        rendered = _message(_with_names(reply, names), _author(reply, names), WIDTH - len(_REPLY))
        lines += ["", *_indented(rendered, _REPLY)]
    return "\n".join(lines)


def render_view(view: Json) -> str:
    """Render a modal or a Home tab.

    Args:
        view: as passed to ``views.open`` or ``views.publish``. Fields show their initial value,
            or else their placeholder.

    Returns:
        A box with the title and the blocks; a modal's buttons are the last line.
    """
    is_home = view.get("type") == "home"
    title = _text(view.get("title")) or ("Home" if is_home else "")
    lines = _blocks(view.get("blocks") or [], WIDTH - 4, spaced=True)
    return "\n".join(_box(lines if is_home else [*lines, "", _modal_buttons(view)], WIDTH, title))


def _author(message: Json, names: Mapping[str, str]) -> str:
    user = str(message.get("user", ""))
    return names.get(user) or ("Reframe" if message.get("bot_id") else user) or "?"


def _with_names(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _MENTION.sub(lambda found: f"@{names.get(found[1], found[1])}", value)
    if isinstance(value, list):
        return [_with_names(item, names) for item in value]
    if isinstance(value, dict):
        return {key: _with_names(item, names) for key, item in value.items()}
    return value


def _message(message: Json, name: str, width: int) -> list[str]:
    inner = width - len(_BODY)
    blocks = message.get("blocks")
    body = _blocks(blocks, inner) if blocks else _wrapped(_mrkdwn(message.get("text") or ""), inner)
    return [name, *_indented(body, _BODY)]


def _modal_buttons(view: Json) -> str:
    has_inputs = any(block.get("type") == "input" for block in view.get("blocks") or [])
    submit = _text(view.get("submit")) or ("Submit" if has_inputs else "")
    close = _text(view.get("close")) or "Close"
    return "  ".join(f"[{label}]" for label in (submit, close) if label)


def _mrkdwn(text: str) -> str:
    """Replace links and mentions by their labels and the sign of a quotation by Slack's bar, then
    decode Slack's three entities."""
    shown = _REFERENCE.sub(lambda found: found[2] or found[1], text)
    shown = _QUOTATION.sub("\u2502 ", shown)
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _text(value: Any) -> str:
    """Return the text of a text object, or an empty string if there is none."""
    if not isinstance(value, dict):
        return value if isinstance(value, str) else ""
    text = str(value.get("text", ""))
    return _mrkdwn(text) if value.get("type") == "mrkdwn" else text


def _wrapped(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for line in text.split("\n") if text else ():
        lines += textwrap.wrap(line, width, break_on_hyphens=False) or [""]
    return lines


def _indented(lines: list[str], by: str) -> list[str]:
    return [f"{by}{line}".rstrip() for line in lines]


def _box(lines: list[str], width: int, title: str = "") -> list[str]:
    head = f"─ {title} " if title else ""
    return [
        f"┌{head[: width - 2]:─<{width - 2}}┐",
        *(f"│ {line:<{width - 4}} │" for line in lines),
        f"└{'─' * (width - 2)}┘",
    ]


def _row(pieces: list[str], width: int) -> list[str]:
    """Put pieces side by side and break lines only between two of them."""
    unbreakable = (piece.replace(" ", _HARD_SPACE) for piece in pieces)
    return [line.replace(_HARD_SPACE, " ") for line in _wrapped("  ".join(unbreakable), width)]


def _button(element: Json) -> str:
    return f"[{_text(element.get('text'))}]"


def _image(element: Json) -> str:
    return f"({element.get('alt_text') or 'image'})"


def _selected(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_selected(item) for item in value)
    return _text(value.get("text")) if isinstance(value, dict) else str(value or "")


def _menu(initial: str) -> Callable[[Json], str]:
    """Return a renderer for a closed menu: its value under ``initial``, or its placeholder."""

    def render(element: Json) -> str:
        value = _selected(element.get(initial)) or _text(element.get("placeholder"))
        return f"[{value} v]" if value else "[v]"

    return render


def _overflow_options(element: Json, width: int) -> list[str]:
    options = (_text(option.get("text")) for option in element.get("options") or [])
    return _wrapped(f"... : {' | '.join(options)}", width)


def _field(element: Json, width: int) -> list[str]:
    text = str(element.get("initial_value") or "") or _text(element.get("placeholder"))
    lines = _wrapped(text, width - 4) or [""]
    rows = 3 if element.get("multiline") else 1
    return _box(lines + [""] * (rows - len(lines)), width)


def _options(on: str, off: str) -> Callable[[Json, int], list[str]]:
    """Return a renderer for a list of options, marked ``on`` if selected and ``off`` if not."""

    def render(element: Json, width: int) -> list[str]:
        initial = [*(element.get("initial_options") or []), element.get("initial_option") or {}]
        selected = [option.get("value") for option in initial if option]
        lines: list[str] = []
        for option in element.get("options") or []:
            texts = [_text(option.get(part)) for part in ("text", "description")]
            first, *more = _wrapped("\n".join(filter(None, texts)), width - 4) or [""]
            mark = on if option.get("value") in selected else off
            lines += [f"{mark} {first}", *_indented(more, "    ")]
        return lines

    return render


_INLINE: dict[str, Callable[[Json], str]] = {
    "button": _button,
    "image": _image,
    "mrkdwn": _text,
    "multi_users_select": _menu("initial_users"),
    "overflow": lambda _: "[...]",
    "plain_text": _text,
    "static_select": _menu("initial_option"),
    "timepicker": _menu("initial_time"),
    "users_select": _menu("initial_user"),
}
"""Renderers of elements that share a line with others."""

_BLOCK_LEVEL: dict[str, Callable[[Json, int], list[str]]] = {
    "checkboxes": _options("[x]", "[ ]"),
    "overflow": _overflow_options,
    "plain_text_input": _field,
    "radio_buttons": _options("(x)", "( )"),
}
"""Renderers of elements, or parts of them, that take separate lines."""


def _type_name(item: Json) -> str:
    return f"<{item.get('type', '?')}>"


def _inline(elements: list[Json]) -> list[str]:
    known = [e for e in elements if e.get("type") in _INLINE or e.get("type") not in _BLOCK_LEVEL]
    return [_INLINE.get(str(element.get("type")), _type_name)(element) for element in known]


def _block_level(elements: list[Json], width: int) -> list[str]:
    rendered = (
        _BLOCK_LEVEL[e["type"]](e, width) for e in elements if e.get("type") in _BLOCK_LEVEL
    )
    return [line for lines in rendered for line in lines]


def _elements(elements: list[Json], width: int) -> list[str]:
    return _row(_inline(elements), width) + _block_level(elements, width)


def _section(block: Json, width: int) -> list[str]:
    accessory = [block["accessory"]] if block.get("accessory") else []
    fields = _columns(block.get("fields") or [], width)
    text, beside = _text(block.get("text")), "".join(_inline(accessory))
    if not text or not beside or len(beside) > width // 3:
        return [*_wrapped(text, width), *fields, *_elements(accessory, width)]
    room = width - len(beside) - 2
    first, *more = _wrapped(text, room)
    return [f"{first:<{room}}  {beside}", *more, *fields, *_block_level(accessory, width)]


def _columns(fields: list[Json], width: int) -> list[str]:
    half = (width - 2) // 2
    cells = [_wrapped(_text(field), half) for field in fields]
    lines: list[str] = []
    for index in range(0, len(cells), 2):
        left, right = (*cells[index : index + 2], [])[:2]
        pairs = zip_longest(left, right, fillvalue="")
        lines += [f"{line:<{half}}  {beside}".rstrip() for line, beside in pairs]
    return lines


def _header(block: Json, width: int) -> list[str]:
    lines = _wrapped(_text(block.get("text")), width)
    return [*lines, "=" * max(map(len, lines), default=0)]


def _context(block: Json, width: int) -> list[str]:
    return _wrapped("  ".join(_inline(block.get("elements") or [])), width)


def _actions(block: Json, width: int) -> list[str]:
    return _elements(block.get("elements") or [], width)


def _input(block: Json, width: int) -> list[str]:
    label = _text(block.get("label")) + (" (optional)" if block.get("optional") else "")
    element = _elements([block["element"]] if block.get("element") else [], width)
    return [*_wrapped(label, width), *element, *_wrapped(_text(block.get("hint")), width)]


def _picture(block: Json, width: int) -> list[str]:
    return [*_wrapped(_text(block.get("title")), width), *_wrapped(_image(block), width)]


def _unknown(block: Json, width: int) -> list[str]:
    return _wrapped(_type_name(block), width)


def _chart(block: Json, width: int) -> list[str]:
    """Render one bar per value of the first series; the longest bar fills the line."""
    data = (block.get("chart") or {}).get("series", [{}])[0].get("data") or []
    labels = max((len(str(point["label"])) for point in data), default=0)
    largest = max((float(point["value"]) for point in data), default=0.0) or 1.0
    room = width - labels - 8
    bars = [
        f"{point['label']:<{labels}} {'█' * max(1, round(room * point['value'] / largest))} "
        f"{point['value']}"
        for point in data
    ]
    return [*_wrapped(_text(block.get("title")), width), *bars]


_BLOCKS: dict[str, Callable[[Json, int], list[str]]] = {
    "actions": _actions,
    "context": _context,
    "data_visualization": _chart,
    "divider": lambda _, width: ["─" * width],
    "header": _header,
    "image": _picture,
    "input": _input,
    "section": _section,
}


def _blocks(blocks: list[Json], width: int, spaced: bool = False) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        lines += [""] if spaced and lines else []
        lines += _BLOCKS.get(str(block.get("type")), _unknown)(block, width)
    return lines
