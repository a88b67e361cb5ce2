"""Reads the project's Markdown pages: links, headings, and the commands they print."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.processes.reframe import command

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
        *(ROOT / "docs").rglob("*.md"),
    ]
)

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_INLINE_CODE = re.compile(r"`[^`\n]+`")


@dataclass(frozen=True)
class Command:
    """A command that a page prints in a shell block."""

    page: str
    line: str

    def __str__(self) -> str:
        return f"{self.page}: {self.line}"


def name_of(page: Path) -> str:
    """Return the path of a page from the root of the project."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of one language, without their indentation."""
    found = _FENCE.findall(page.read_text(encoding="utf-8"))
    return [textwrap.dedent(inside) for _, named, inside in found if named == language]


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[str]:
    """Return the targets of all links and images outside code."""
    return _LINK.findall(_INLINE_CODE.sub("", prose(page)))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to a page's headings."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.replace(" ", "-") for title in plain}


def commands(page: Path) -> Iterator[Command]:
    """Yield each command in the shell blocks of a page; a here-document belongs to its command."""
    for block in blocks(page, "sh"):
        lines = iter(block.splitlines())
        for first in lines:
            line = re.sub(r"\s+# .*$", "", first).strip()
            if ends := re.search(r"<<'(\w+)'$", line):
                for inside in lines:
                    line += "\n" + inside
                    if inside == ends[1]:
                        break
            if line:
                yield Command(name_of(page), line)


def prepare(folder: Path, *, warm: bool = True) -> None:
    """Make a folder look like a fresh clone, as far as printed commands need it.

    Args:
        folder: an empty one.
        warm: let ``.venv/bin/reframe`` start from the fork server, which has the imports already;
            else it is the script that ``make setup`` installs.
    """
    for name in ("tests", "prompts", "Makefile", "manifest.json", ".env.example", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    installed = Path(sys.executable).parents[1]
    if not warm:
        (folder / ".venv").symlink_to(installed)
        return
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for there in (*installed.iterdir(), *(installed / "bin").iterdir()):
        if there.name not in ("bin", "reframe"):
            (folder / ".venv" / there.relative_to(installed)).symlink_to(there)
    script = programs / "reframe"
    script.write_text(f'#!/bin/sh\nexec {shlex.join(command())} "$@"\n')
    script.chmod(0o755)


def run(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a printed command as it stands, in a prepared folder, with a clean environment."""
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env={"PATH": os.environ.get("PATH", os.defpath), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
