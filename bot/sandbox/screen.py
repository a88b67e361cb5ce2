"""Slack's messages, modals and Home tabs as text, for a terminal or a README.

Pure. It draws what a reader would see (docs.slack.dev/reference/block-kit), 72 columns wide. A type
that it does not know appears as ``<type>``, so that a drawing never fails over a new block.
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
_MENTION = re.compile(r"<@(\w+)(?:\|[^<>]*)?>")


def message(message: Json, name: str = "Reframe") -> str:
    """A message as its reader sees it.

    Args:
        message: as Slack stores it; ``text`` is drawn only where there are no ``blocks``.
        name: the author's shown name.

    Returns:
        The author's line, and the message indented below it.
    """
    return "\n".join(_message(message, name, WIDTH))


def thread(root: Json, replies: list[Json], names: Mapping[str, str]) -> str:
    """A message and what was answered to it.

    Args:
        root: the message that opened the thread. replies: the others, oldest first.
        names: user id -> shown name, for authors and mentions. A bot without one is Reframe, a
            person without one is the id.

    Returns:
        The root, and each reply indented after an empty line.
    """
    lines = _message(_named(root, names), _author(root, names), WIDTH)
    for reply in replies:
        drawn = _message(_named(reply, names), _author(reply, names), WIDTH - len(_REPLY))
        lines += ["", *_indented(drawn, _REPLY)]
    return "\n".join(lines)


def view(view: Json) -> str:
    """A modal or a Home tab.

    Args:
        view: as given to ``views.open`` or ``views.publish``. Fields show their initial value, or
            else their placeholder.

    Returns:
        A box with the title and the blocks; a modal's buttons are its last line.
    """
    home = view.get("type") == "home"
    title = _text(view.get("title")) or ("Home" if home else "")
    lines = _blocks(view.get("blocks") or [], WIDTH - 4, apart=True)
    return "\n".join(_box(lines if home else [*lines, "", _ending(view)], WIDTH, title))


def _author(message: Json, names: Mapping[str, str]) -> str:
    user = str(message.get("user", ""))
    return names.get(user) or ("Reframe" if message.get("bot_id") else user) or "?"


def _named(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _MENTION.sub(lambda found: f"@{names.get(found[1], found[1])}", value)
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    if isinstance(value, dict):
        return {key: _named(item, names) for key, item in value.items()}
    return value


def _message(message: Json, name: str, width: int) -> list[str]:
    inner = width - len(_BODY)
    blocks = message.get("blocks")
    body = _blocks(blocks, inner) if blocks else _wrapped(_mrkdwn(message.get("text") or ""), inner)
    return [name, *_indented(body, _BODY)]


def _ending(view: Json) -> str:
    asks = any(block.get("type") == "input" for block in view.get("blocks") or [])
    submit = _text(view.get("submit")) or ("Submit" if asks else "")
    close = _text(view.get("close")) or "Close"
    return "  ".join(f"[{label}]" for label in (submit, close) if label)


def _mrkdwn(text: str) -> str:
    """Links and mentions by what they show, then Slack's three entities undone."""
    shown = _REFERENCE.sub(lambda found: found[2] or found[1], text)
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _text(value: Any) -> str:
    """What a text object shows; nothing if there is none."""
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
    """Pieces side by side, a new line only between two of them."""
    whole = (piece.replace(" ", _HARD_SPACE) for piece in pieces)
    return [line.replace(_HARD_SPACE, " ") for line in _wrapped("  ".join(whole), width)]


def _button(element: Json) -> str:
    return f"[{_text(element.get('text'))}]"


def _image(element: Json) -> str:
    return f"({element.get('alt_text') or 'image'})"


def _chosen(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_chosen(item) for item in value)
    return _text(value.get("text")) if isinstance(value, dict) else str(value or "")


def _menu(initial: str) -> Callable[[Json], str]:
    """A closed menu that shows what lies under the key ``initial``, or else its placeholder."""

    def drawn(element: Json) -> str:
        shown = _chosen(element.get(initial)) or _text(element.get("placeholder"))
        return f"[{shown} v]" if shown else "[v]"

    return drawn


def _overflow_options(element: Json, width: int) -> list[str]:
    options = (_text(option.get("text")) for option in element.get("options") or [])
    return _wrapped(f"... : {' | '.join(options)}", width)


def _field(element: Json, width: int) -> list[str]:
    shown = str(element.get("initial_value") or "") or _text(element.get("placeholder"))
    lines = _wrapped(shown, width - 4) or [""]
    rows = 3 if element.get("multiline") else 1
    return _box(lines + [""] * (rows - len(lines)), width)


def _options(on: str, off: str) -> Callable[[Json, int], list[str]]:
    """Options one below the other, each after the mark that says whether it is chosen."""

    def drawn(element: Json, width: int) -> list[str]:
        initial = [*(element.get("initial_options") or []), element.get("initial_option") or {}]
        chosen = [option.get("value") for option in initial if option]
        lines: list[str] = []
        for option in element.get("options") or []:
            said = [_text(option.get(part)) for part in ("text", "description")]
            first, *more = _wrapped("\n".join(filter(None, said)), width - 4) or [""]
            mark = on if option.get("value") in chosen else off
            lines += [f"{mark} {first}", *_indented(more, "    ")]
        return lines

    return drawn


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
"""What an element shows within a line."""

_BELOW: dict[str, Callable[[Json, int], list[str]]] = {
    "checkboxes": _options("[x]", "[ ]"),
    "overflow": _overflow_options,
    "plain_text_input": _field,
    "radio_buttons": _options("(x)", "( )"),
}
"""What an element shows on lines of its own."""


def _name(thing: Json) -> str:
    return f"<{thing.get('type', '?')}>"


def _inline(elements: list[Json]) -> list[str]:
    known = [e for e in elements if e.get("type") in _INLINE or e.get("type") not in _BELOW]
    return [_INLINE.get(str(element.get("type")), _name)(element) for element in known]


def _below(elements: list[Json], width: int) -> list[str]:
    drawn = (_BELOW[e["type"]](e, width) for e in elements if e.get("type") in _BELOW)
    return [line for lines in drawn for line in lines]


def _elements(elements: list[Json], width: int) -> list[str]:
    return _row(_inline(elements), width) + _below(elements, width)


def _section(block: Json, width: int) -> list[str]:
    accessory = [block["accessory"]] if block.get("accessory") else []
    fields = _columns(block.get("fields") or [], width)
    text, beside = _text(block.get("text")), "".join(_inline(accessory))
    if not text or not beside or len(beside) > width // 3:
        return [*_wrapped(text, width), *fields, *_elements(accessory, width)]
    room = width - len(beside) - 2
    first, *more = _wrapped(text, room)
    return [f"{first:<{room}}  {beside}", *more, *fields, *_below(accessory, width)]


def _columns(fields: list[Json], width: int) -> list[str]:
    half = (width - 2) // 2
    drawn = [_wrapped(_text(field), half) for field in fields]
    lines: list[str] = []
    for at in range(0, len(drawn), 2):
        left, right = (*drawn[at : at + 2], [])[:2]
        pairs = zip_longest(left, right, fillvalue="")
        lines += [f"{one:<{half}}  {other}".rstrip() for one, other in pairs]
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
    return _wrapped(_name(block), width)


def _chart(block: Json, width: int) -> list[str]:
    """A bar for each value of the first series, the longest as wide as there is room."""
    data = (block.get("chart") or {}).get("series", [{}])[0].get("data") or []
    labels = max((len(str(point["label"])) for point in data), default=0)
    most = max((float(point["value"]) for point in data), default=0.0) or 1.0
    room = width - labels - 8
    bars = [
        f"{point['label']:<{labels}} {'█' * max(1, round(room * point['value'] / most))} "
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


def _blocks(blocks: list[Json], width: int, apart: bool = False) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        lines += [""] if apart and lines else []
        lines += _BLOCKS.get(str(block.get("type")), _unknown)(block, width)
    return lines
