"""Reads and checks ``prompts/``. A bad file stops the start, with its name and line."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from bot.core.coach import ANY
from bot.core.guard import Guard
from bot.core.model import (
    Article,
    Feedback,
    Mirror,
    Playbook,
    Question,
    Reason,
    Reply,
    Rubric,
    Situation,
    Trap,
    TrapWords,
)

MIN_QUESTIONS = 8
MIN_UNTIED_QUESTIONS = 6  # that presuppose nothing, so that there is always one to ask
_FILLED_IN: Mapping[
    str, Mapping[str, tuple[str, ...]]
] = {  # the $names that the program knows, a section and key; * is any other key
    "feedback": {"pause": ("until",)},
    "cli": {"*": ("name", "what", "why", "file", "line")},
}
_CUES = ("takes_back", "own_side", "customer_side", "never_coach", "reporting")


class PlaybookProblem(Exception):
    """A file of words is bad. ``file``, ``line`` (from 1) and ``why`` are fit to be shown."""

    def __init__(self, file: str, line: int, why: str) -> None:
        super().__init__(f"{file}, line {line}: {why}")
        self.file = file
        self.line = line
        self.why = why


def prompts_folder() -> Path:
    """Where the words lie: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    shipped = package / "prompts"
    return shipped if shipped.is_dir() else package.parent / "prompts"


def read(folder: Path | None = None) -> Playbook:
    """The checked words.

    Args:
        folder: another one than the one that ships.

    Raises:
        PlaybookProblem: the first thing that is wrong.
    """
    folder = folder or prompts_folder()
    articles = _articles(_File(folder, "articles.toml"))
    situations = _situations(_File(folder, "situations.toml"))
    rubric = _rubric(_File(folder, "rubric.toml"))
    known = {s.id for s in situations}
    guard = Guard(rubric, frozenset(a.credit for a in articles.values()))
    traps = {
        trap: _trap(_File(folder, f"traps/{trap}.toml"), trap, articles, known, guard)
        for trap in Trap
    }
    return Playbook(
        version=_version(folder),
        traps=traps,
        articles=articles,
        situations=situations,
        rubric=rubric,
        voice=_voice(_File(folder, "voice.toml")),
        cues=_cues(_File(folder, "cues.toml")),
        classify=_prose(folder, "classify.md", ("traps",)),
    )


class _File:
    """One TOML file, able to say on which line something stands."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        path = folder / name
        try:
            self.text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as failure:
            raise PlaybookProblem(
                str(path), 1, f"can't be read ({type(failure).__name__})"
            ) from None
        self.path = path
        try:
            self.data = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as bad:
            where = re.search(r"line (\d+)", str(bad))
            last = self.text.count("\n") + 1  # "at end of document"
            line = int(where.group(1)) if where else last
            raise PlaybookProblem(str(path), line, str(bad)) from None

    def problem(
        self, why: str, near: str = "", *, under: str = "", nth: int = 0
    ) -> PlaybookProblem:
        """A problem with the ``nth`` line that holds the words ``near`` below the header ``under``;
        with the header itself where there is none. Comments don't count."""
        lines = ["" if line.lstrip().startswith("#") else line for line in self.text.splitlines()]
        headers = [n for n, line in enumerate(lines) if under and line.strip() == under]
        start = headers[0] if headers else 0
        found = [n for n in range(start, len(lines)) if near in lines[n]] if near else []
        at = found[nth] if nth < len(found) else start
        return PlaybookProblem(str(self.path), at + 1, why)

    def text_at(self, table: Mapping[str, Any], key: str, *, default: str | None = None) -> str:
        """A text in a table of this file."""
        value = table.get(key, default)
        if not isinstance(value, str):
            raise self.problem(f'"{key}" must be a text', _name_of(table, key))
        return value.strip()

    def texts_at(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """A list of texts in a table of this file; empty where it is not there."""
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.problem(f'"{key}" must be a list of texts', _name_of(table, key))
        return tuple(value)

    def tables_at(self, key: str) -> list[Mapping[str, Any]]:
        """A list of tables such as ``[[questions]]``, each with an id of its own."""
        value = self.data.get(key)
        if not isinstance(value, list) or not value:
            raise self.problem(f"there is no [[{key}]]")
        ids: set[str] = set()
        for nth, table in enumerate(value):
            name = table.get("id") if isinstance(table, dict) else None
            if not isinstance(name, str) or not name:
                raise self.problem(f"an entry of [[{key}]] has no id", f"[[{key}]]", nth=nth)
            if name in ids:
                raise self.problem(f'the id "{name}" stands twice', f'"{name}"')
            ids.add(name)
        return value


def _name_of(table: Mapping[str, Any], key: str) -> str:
    return f'"{table["id"]}"' if "id" in table else f"{key} ="


def _articles(file: _File) -> dict[str, Article]:
    return {
        str(t["id"]): Article(str(t["id"]), file.text_at(t, "credit"))
        for t in file.tables_at("articles")
    }


def _situations(file: _File) -> tuple[Situation, ...]:
    found = tuple(
        Situation(str(t["id"]), file.texts_at(t, "cues")) for t in file.tables_at("situations")
    )
    for situation in found:
        if not situation.cues:
            raise file.problem('"cues" is missing or empty', f'"{situation.id}"')
    return found


def _rubric(file: _File) -> Rubric:
    lists = {}
    for name in Rubric.__slots__:
        lists[name] = file.texts_at(file.data, name)
        if not lists[name]:
            raise file.problem(f'"{name}" is missing or empty', f"{name} =")
    return Rubric(**lists)


def _voice(file: _File) -> dict[str, dict[str, str]]:
    needed = {
        "nudge": [*Feedback, *(f"{f}_label" for f in Feedback), "footer"],
        "feedback": [*Feedback, "only_author"],
        "resume": ["button", "button_label"],
        "quiet": list(Reason),
        "cli": [],
    }
    for section, keys in needed.items():
        table = file.data.get(section)
        if not isinstance(table, dict):
            raise file.problem(f"there is no [{section}]")
        header = f"[{section}]"
        for key in keys:
            if key not in table:
                raise file.problem(f'"{key}" is missing', under=header)
        for key, words in table.items():
            if not isinstance(words, str) or not Template(words).is_valid():
                raise file.problem(
                    f'"{key}" must be a text, with $names only', f"{key} =", under=header
                )
            names = _FILLED_IN.get(section, {})
            known = names.get(key, names.get("*", ()))
            for name in Template(words).get_identifiers():
                if name not in known:
                    raise file.problem(
                        f'"{key}" names ${name}, which nobody fills in', f"{key} =", under=header
                    )
    return file.data


def _cues(file: _File) -> dict[str, tuple[str, ...]]:
    cues = {name: file.texts_at(file.data, name) for name in _CUES}
    for name, phrases in cues.items():
        if not phrases:
            raise file.problem(f'"{name}" is missing or empty', f"{name} =")
    return cues


@dataclass(frozen=True, slots=True)
class _Known:
    articles: Mapping[str, Article]
    situations: set[str]


def _trap(
    file: _File, trap: Trap, articles: Mapping[str, Article], situations: set[str], guard: Guard
) -> TrapWords:
    known = _Known(articles, situations)
    if file.data.get("id") != trap:
        raise file.problem(f'id must be "{trap}"')
    if file.data.get("article") not in articles:
        name = file.text_at(file.data, "article")
        raise file.problem(f'no article is called "{name}"', "article =")
    questions = tuple(_question(file, t, known) for t in file.tables_at("questions"))
    if len(questions) < MIN_QUESTIONS:
        raise file.problem(f"{len(questions)} questions; at least {MIN_QUESTIONS} are needed")
    if sum(not q.needs for q in questions) < MIN_UNTIED_QUESTIONS:
        raise file.problem(f"fewer than {MIN_UNTIED_QUESTIONS} questions need nothing")
    mirrors = tuple(_mirror(file, t, known) for t in file.tables_at("mirrors"))
    if not any(m.when == ANY for m in mirrors):
        raise file.problem(f'no mirror has when = "{ANY}"', "[[mirrors]]")
    words = TrapWords(
        trap=trap,
        title=file.text_at(file.data, "title"),
        near=file.text_at(file.data, "near"),
        article=file.text_at(file.data, "article"),
        definition=file.text_at(file.data, "definition"),
        sounds_like=file.texts_at(file.data, "sounds_like"),
        is_not=file.texts_at(file.data, "is_not"),
        questions=questions,
        mirrors=mirrors,
    )
    _all_may_be_said(file, words, articles, guard.breaches)
    return words


def _question(file: _File, table: Mapping[str, Any], known: _Known) -> Question:
    question = Question(
        id=str(table["id"]),
        text=file.text_at(table, "text"),
        article=file.text_at(table, "article"),
        when=file.texts_at(table, "when"),
        needs=file.texts_at(table, "needs"),
    )
    if question.article not in known.articles:
        raise file.problem(f'no article is called "{question.article}"', f'"{question.id}"')
    for name in (*question.when, *question.needs):
        if name not in known.situations:
            raise file.problem(f'no situation is called "{name}"', f'"{question.id}"')
    return question


def _mirror(file: _File, table: Mapping[str, Any], known: _Known) -> Mirror:
    mirror = Mirror(str(table["id"]), file.text_at(table, "when"), file.text_at(table, "text"))
    if mirror.when != ANY and mirror.when not in known.situations:
        raise file.problem(f'no situation is called "{mirror.when}"', f'"{mirror.id}"')
    return mirror


def _all_may_be_said(
    file: _File,
    words: TrapWords,
    articles: Mapping[str, Article],
    breaches: Callable[[Reply], list[str]],
) -> None:
    """Every question with some mirror, and every mirror with some question, passes the guard."""

    def found(mirror: Mirror, question: Question) -> list[str]:
        credit = articles[question.article].credit
        return breaches(Reply(question.id, mirror.text, question.text, credit))

    first, question = words.mirrors[0], words.questions[0]
    mirror_is_bad = all(found(first, q) for q in words.questions)
    pairs = [] if mirror_is_bad else [(first, q, q.id) for q in words.questions]
    pairs += [(m, question, m.id) for m in words.mirrors]
    for mirror, asked, guilty in pairs:
        if wrong := found(mirror, asked):
            raise file.problem(f"{guilty}: {'; '.join(wrong)}", f'"{guilty}"')


def _prose(folder: Path, name: str, filled_in: tuple[str, ...]) -> str:
    """A file of prose in which exactly these $names are filled in."""
    path = folder / name
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise PlaybookProblem(str(path), 1, f"can't be read ({type(failure).__name__})") from None
    words = Template(text)
    if not words.is_valid() or set(words.get_identifiers()) != set(filled_in):
        wanted = " and ".join(f"${n}" for n in filled_in)
        raise PlaybookProblem(str(path), 1, f"it must name {wanted}, and no other $name")
    return text


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".toml", ".md") and path.name != "README.md":
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]
