"""What people read is natural American English, and shows no name as a shout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.core.playbook_model import Playbook

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "bot" / "playground" / "page"
PAGES = [
    *(ROOT / name for name in ("README.md", "manifest.json")),
    *(ROOT / "docs" / f"{name}.md" for name in ("using", "setup", "troubleshooting", "operations")),
    *sorted(PAGE.glob("*.html")),
]
_STILTED = re.compile(
    r"\b(?:mend(?:s|ed)?|labelling|reads? along|reading along|asks? from|looks odd|marked odd)\b",
    re.IGNORECASE,
)
_OTHER_CLOCK = re.compile(r"(?<![\d:.@])(?:1[3-9]|2[0-3]):[0-5]\d(?!\d)")
_DAY_FIRST = re.compile(
    r"\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December)\b"
)


def told(playbook: Playbook) -> dict[str, str]:
    """Return every fixed sentence, and every answer about the bot."""
    found = {
        f"{section}.{key}": sentence
        for section, sentences in playbook.strings.items()
        for key, sentence in sentences.items()
    }
    for topic in playbook.answers.about:
        found |= {topic.id: topic.text, f"{topic.id} with a model": topic.with_model}
    found |= {f"title of {trap}": each.title for trap, each in playbook.traps.items()}
    return found


@pytest.mark.parametrize("pattern", [_STILTED, _OTHER_CLOCK, _DAY_FIRST], ids=lambda p: p.pattern)
def test_words(playbook: Playbook, pattern: re.Pattern[str]) -> None:
    assert {key: text for key, text in told(playbook).items() if pattern.search(text)} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages(page: Path) -> None:
    text = re.sub(r"`[^`]*`|\]\([^)]*\)|https?://\S+", "", page.read_text(encoding="utf-8"))

    assert _STILTED.findall(text) == []
    assert _DAY_FIRST.findall(text) == []


def test_the_page_spells_names_as_they_are() -> None:
    """No style makes OMAR of Omar, and no clock of it counts to 24."""
    assert "text-transform" not in (PAGE / "style.css").read_text(encoding="utf-8")
    code = (PAGE / "app.js").read_text(encoding="utf-8")
    assert _OTHER_CLOCK.findall(code) == []
    assert "h23" not in code
