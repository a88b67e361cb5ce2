"""Reads the rich text of a message that has no ``text``: what its author wrote, as Slack's markup.

Slack sends both as a rule, and some clients the blocks only. Shapes follow
docs.slack.dev/reference/block-kit/blocks/rich-text-block. Code, quotes and struck-through text get
the marks that they have in a plain text, so they are left out like there. Any JSON value is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

MAX_ELEMENTS = 2_000  # read of one message; Slack's composer makes one for each run of one style
_LONGEST = 20_000  # characters of text that are read; more than anything is kept of


def rich_text(blocks: object) -> str:
    """Return what a person wrote in blocks of rich text, escaped like a message's ``text``.

    Args:
        blocks: the ``blocks`` of a message, whatever they hold.

    Returns:
        Lines; empty if there is no rich text. Labels stand for links. Other blocks, which only
        apps can post, are left out.
    """
    lines: list[str] = []
    left = _LONGEST
    for element in _elements_of_blocks(blocks):
        text = _block_text(element)
        lines.append(text[:left])
        left -= len(text)
        if left <= 0:
            break
    return "\n".join(lines).strip()


def _elements_of_blocks(blocks: object) -> Iterator[dict[str, object]]:
    for block in _dicts(blocks):
        if block.get("type") == "rich_text":
            yield from _dicts(block.get("elements"))


def _block_text(element: dict[str, object]) -> str:
    """Return a paragraph, a list, a quote or a block of code."""
    kind = element.get("type")
    if kind == "rich_text_list":
        items = _dicts(element.get("elements"))
        return "\n".join(f"\u2022 {_inline(item.get('elements'))}" for item in items)
    if kind == "rich_text_preformatted":
        code = _inline(element.get("elements"), plain=True).replace("`", "'")
        return f"```\n{code}\n```" if code else ""
    text = _inline(element.get("elements"))
    if kind == "rich_text_quote":
        return "\n".join(f"&gt; {line}" for line in text.splitlines())
    return text if kind == "rich_text_section" else ""


def _inline(elements: object, *, plain: bool = False) -> str:
    """Return the words of a line.

    Args:
        elements: of a section.
        plain: whether styles are left out, as in a block of code.
    """
    return "".join(_styled(element, plain=plain) for element in _dicts(elements))


def _styled(element: dict[str, object], *, plain: bool) -> str:
    text = _words(element)
    style = element.get("style")
    if plain or not isinstance(style, dict) or not text.strip():
        return text
    if style.get("code") is True:
        return "".join(f" `{line}` " for line in text.replace("`", "'").splitlines())
    if style.get("strike") is True:
        bare = text.replace("~", "-").replace("`", "'")
        lines = (line.strip() for line in bare.splitlines())
        return "".join(f" ~{line}~ " for line in lines if line)
    return text


def _words(element: dict[str, object]) -> str:
    kind = element.get("type")
    if kind == "text":
        return _string(element, "text")
    if kind == "link":
        url = _string(element, "url")
        return _string(element, "text") or (f"<{url}>" if url else "")
    if kind == "emoji":
        name = _string(element, "name")
        return f":{name}:" if name else ""
    if kind == "date":
        return _string(element, "fallback")
    if kind == "user":
        return f"<@{_string(element, 'user_id')}>"
    if kind == "channel":
        return f"<#{_string(element, 'channel_id')}>"
    if kind == "usergroup":
        return f"<!subteam^{_string(element, 'usergroup_id')}>"
    return f"<!{_string(element, 'range')}>" if kind == "broadcast" else ""


def _string(element: dict[str, object], field: str) -> str:
    value = element.get(field)
    return escape(value[:_LONGEST], quote=False) if isinstance(value, str) else ""


def _dicts(values: object) -> Iterator[dict[str, object]]:
    if isinstance(values, list):
        yield from (value for value in values[:MAX_ELEMENTS] if isinstance(value, dict))
