"""A second language for tests, made of English: it can be told from it in every sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from bot.core.languages import Languages, UiStrings
from bot.core.playbook_model import Playbook
from bot.playbook.load import prompts_folder

MARK = "§"
WORDLESS = Languages("en", [UiStrings("en", {"language": {"name": "English"}})])
"""For what never says a word."""


def german(english: UiStrings) -> UiStrings:
    """Return a language whose every sentence begins with the mark; all the $names stay."""
    sections = {
        section: {key: f"{MARK}{text}" for key, text in sentences.items()}
        for section, sentences in english.items()
    }
    return UiStrings("de", {**sections, "language": {"name": "Deutsch"}})


def in_two_languages(playbook: Playbook) -> Languages:
    """Return the playbook's English, the usual one, and a German made of it."""
    return Languages("en", [playbook.strings, german(playbook.strings)])


def two_language_prompts(playbook: Playbook, folder: Path) -> Path:
    """Write the prompts that ship into a folder, and a German beside the English; return where."""
    prompts = folder / "prompts"
    shutil.copytree(prompts_folder(), prompts)
    write_strings(prompts / "strings.de.toml", german(playbook.strings))
    return prompts


def write_strings(path: Path, strings: Mapping[str, Mapping[str, str]]) -> None:
    """Write the UI strings of a language as a file."""
    lines = list[str]()
    for section, sentences in strings.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {_toml(text)}" for key, text in sentences.items()]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # both escape alike
