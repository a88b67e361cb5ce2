"""Write the table of all settings into ``docs/configuration.md``; the tests compare the two."""

from __future__ import annotations

from pathlib import Path

from bot import settings

PAGE = Path(__file__).parent / "configuration.md"
BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->\n"


def table() -> str:
    """Return the settings as a Markdown table, in the order of ``bot/settings.py``."""
    rows = ["| Name | Default | Meaning |", "| --- | --- | --- |"]
    for name, default, meaning in settings.describe():
        shown = f"`{default}`" if default else ""
        rows.append(f"| `{name}` | {shown} | {meaning.replace('|', chr(92) + '|')} |")
    return "\n".join(rows) + "\n"


def page_with_table(page: str) -> str:
    """Return the page with the current table between its two markers.

    Raises:
        ValueError: a marker is missing.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("docs/configuration.md has lost the comments around the table")
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
