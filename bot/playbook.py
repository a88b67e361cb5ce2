"""Reads and checks ``prompts/``. A bad file stops the start, with its name and line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from bot import voice
from bot.core.coach import ANY
from bot.core.guard import Guard
from bot.core.model import Reply, Trap
from bot.core.words import (
    Article,
    Mirror,
    Move,
    OpenWords,
    Playbook,
    Question,
    Rubric,
    Situation,
    TrapWords,
)
from bot.wordfile import PlaybookProblem, WordFile

ENGLISH = "en"
MIN_QUESTIONS = 15
MIN_OPEN_QUESTIONS = 3
MIN_MOVES = 3
MIN_UNTIED_QUESTIONS = 6  # that presuppose nothing, so that there is always one to ask
_PLAIN_MIRROR = "A deal is waiting for its next step."
_CUES = (
    "takes_back",
    "own_side",
    "customer_side",
    "never_coach",
    "reporting",
    "another",
    "away",
)


def prompts_folder() -> Path:
    """Where the words lie: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    shipped = package / "prompts"
    return shipped if shipped.is_dir() else package.parent / "prompts"


def read(folder: Path | None = None, language: str = ENGLISH) -> Playbook:
    """The checked words.

    Args:
        folder: another one than the one that ships.
        language: of the fixed sentences: ``de`` reads ``voice.de.toml``.

    Raises:
        PlaybookProblem: the first thing that is wrong.
    """
    folder = folder or prompts_folder()
    articles = _articles(WordFile(folder, "articles.toml"))
    situations = _situations(WordFile(folder, "situations.toml"))
    rubric = _rubric(WordFile(folder, "rubric.toml"))
    known = {s.id for s in situations}
    guard = Guard(rubric, frozenset(a.credit for a in articles.values()))
    traps = {
        trap: _trap(WordFile(folder, f"traps/{trap}.toml"), trap, articles, known, guard)
        for trap in Trap
    }
    return Playbook(
        version=_version(folder),
        traps=traps,
        articles=articles,
        situations=situations,
        rubric=rubric,
        voice=voice.read(WordFile(folder, _voice_file(language))),
        cues=_cues(WordFile(folder, "cues.toml")),
        classify=_prose(folder, "classify.md", ("traps",)),
        reword=_prose(folder, "reword.md", ("traps",)),
        open=_open(WordFile(folder, "open.toml"), _Known(articles, known), guard),
    )


def _articles(file: WordFile) -> dict[str, Article]:
    found = {
        str(t["id"]): Article(str(t["id"]), file.text_at(t, "credit"), file.texts_at(t, "ideas"))
        for t in file.tables_at("articles")
    }
    for article in found.values():
        if not article.ideas:
            raise file.problem('"ideas" is missing or empty', f'"{article.id}"')
    return found


def _situations(file: WordFile) -> tuple[Situation, ...]:
    found = tuple(
        Situation(str(t["id"]), file.texts_at(t, "cues")) for t in file.tables_at("situations")
    )
    for situation in found:
        if not situation.cues:
            raise file.problem('"cues" is missing or empty', f'"{situation.id}"')
    return found


def _rubric(file: WordFile) -> Rubric:
    lists = {}
    for name in Rubric.__slots__:
        lists[name] = file.texts_at(file.data, name)
        if not lists[name]:
            raise file.problem(f'"{name}" is missing or empty', f"{name} =")
    return Rubric(**lists)


def _cues(file: WordFile) -> dict[str, tuple[str, ...]]:
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
    file: WordFile, trap: Trap, articles: Mapping[str, Article], situations: set[str], guard: Guard
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
        moves=_moves(file, known),
        frame=file.text_at(file.data, "frame"),
        for_the_team=file.text_at(file.data, "for_the_team"),
    )
    credit = articles[words.article].credit
    if wrong := guard.breaches(Reply("team", _PLAIN_MIRROR, words.for_the_team, credit)):
        raise file.problem(f"for_the_team: {'; '.join(wrong)}", "for_the_team =")
    _all_may_be_said(file, words, articles, guard.breaches)
    return words


def _moves(file: WordFile, known: _Known) -> tuple[Move, ...]:
    moves = tuple(
        Move(str(t["id"]), file.text_at(t, "text"), file.texts_at(t, "when"))
        for t in file.tables_at("moves")
    )
    for move in moves:
        if not re.fullmatch(r"If .+, then I will .+\.", move.text):
            raise file.problem("a move reads: If ..., then I will ... .", f'"{move.id}"')
        for name in move.when:
            if name not in known.situations:
                raise file.problem(f'no situation is called "{name}"', f'"{move.id}"')
    if len(moves) < MIN_MOVES or all(m.when for m in moves):
        raise file.problem(f"at least {MIN_MOVES} moves, one with nothing in when", "[[moves]]")
    return moves


def _open(file: WordFile, known: _Known, guard: Guard) -> OpenWords:
    questions = tuple(_question(file, t, known) for t in file.tables_at("questions"))
    if sum(not q.needs for q in questions) < MIN_OPEN_QUESTIONS:
        raise file.problem(f"fewer than {MIN_OPEN_QUESTIONS} questions need nothing")
    for question in questions:
        credit = known.articles[question.article].credit
        if wrong := guard.breaches(Reply(question.id, _PLAIN_MIRROR, question.text, credit)):
            raise file.problem(f"{question.id}: {'; '.join(wrong)}", f'"{question.id}"')
    return OpenWords(file.text_at(file.data, "near"), file.text_at(file.data, "frame"), questions)


def _question(file: WordFile, table: Mapping[str, Any], known: _Known) -> Question:
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


def _mirror(file: WordFile, table: Mapping[str, Any], known: _Known) -> Mirror:
    mirror = Mirror(str(table["id"]), file.text_at(table, "when"), file.text_at(table, "text"))
    if mirror.when != ANY and mirror.when not in known.situations:
        raise file.problem(f'no situation is called "{mirror.when}"', f'"{mirror.id}"')
    return mirror


def _all_may_be_said(
    file: WordFile,
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


def _voice_file(language: str) -> str:
    return "voice.toml" if language == ENGLISH else f"voice.{language}.toml"


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".toml", ".md") and path.name != "README.md":
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]
