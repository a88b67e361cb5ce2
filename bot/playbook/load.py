"""Build the playbook from the files in ``prompts/``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from string import Template

from bot.core.free_words import free_word_index
from bot.core.guard import Guard
from bot.core.languages import ENGLISH, LANGUAGE_CODE, Languages, UiStrings
from bot.core.model import Trap
from bot.core.phrases import Phrases
from bot.core.playbook_model import (
    Article,
    Example,
    FreeWords,
    IfThenPlan,
    Mirror,
    NoTrapContent,
    Playbook,
    Rubric,
    ThemeContent,
    TrapContent,
)
from bot.core.situations import Situation
from bot.core.tone import ToneRules
from bot.flows.errors import PlaybookError
from bot.playbook.answers import check_topics, read_answers, read_intents, read_plays
from bot.playbook.matters import read_matters
from bot.playbook.rules import Known
from bot.playbook.shapes import (
    ArticlesFile,
    CuesFile,
    FreeWordsFile,
    NoTrapFile,
    RubricFile,
    SituationsFile,
    ThemeFile,
    TrapFile,
)
from bot.playbook.strings import StringsFile
from bot.playbook.toml_file import parse_toml, read_text


def prompts_folder() -> Path:
    """Return the folder of the texts: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "prompts"
    return installed if installed.is_dir() else package.parent / "prompts"


def version_of(folder: Path) -> str:
    """Return a hash of every text, so that a stored decision names the texts it was made with.

    Args:
        folder: The texts.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".toml", ".md") and path.name != "README.md":
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def load_playbook(folder: Path | None = None, language: str = ENGLISH) -> Playbook:
    """Read every file and check it.

    Args:
        folder: Read these files instead of the ones that ship with the bot.
        language: The operator's: ``de`` is ``strings.de.toml``. All others are read and checked,
            too, since a workspace may choose them.

    Raises:
        PlaybookError: The first thing that is wrong.
    """
    folder, known = folder or prompts_folder(), Known()
    articles = parse_toml(folder / "articles.toml", ArticlesFile, known).articles
    known.articles = {a.id: Article(a.id, a.credit, a.ideas) for a in articles}
    found = parse_toml(folder / "situations.toml", SituationsFile, known).situations
    situations = tuple(Situation(s.id, s.cues, s.asked, s.told, s.unless, s.names) for s in found)
    known.situations = frozenset(s.id for s in situations)
    rubric = Rubric(**dict(parse_toml(folder / "rubric.toml", RubricFile)))
    free_words = FreeWords(**dict(parse_toml(folder / "free_words.toml", FreeWordsFile)))
    known.guard = Guard(rubric, frozenset(a.credit for a in articles))
    known.trap_names = Phrases(rubric.trap_names)
    intents = read_intents(folder / "intents.toml")
    answers = read_answers(folder / "answers.toml", known)
    check_topics(folder / "intents.toml", intents, answers)
    known.tone = ToneRules(rubric, free_word_index(free_words))
    return Playbook(
        version=version_of(folder),
        traps={trap: _trap(folder / f"traps/{trap}.toml", trap, known) for trap in Trap},
        themes={trap: _theme(folder / f"themes/{trap}.toml", trap, known) for trap in Trap},
        articles=known.articles,
        situations=situations,
        rubric=rubric,
        free_words=free_words,
        languages=_languages(folder, language),
        cues=dict(parse_toml(folder / "cues.toml", CuesFile))
        | read_matters(folder / "matters_for_people.toml"),
        classify=_instructions(folder / "classify.md"),
        reword=_instructions(folder / "reword.md"),
        check=read_text(folder / "check.md"),
        answer=read_text(folder / "answer.md"),
        check_answer=read_text(folder / "check_answer.md"),
        no_trap=_no_trap(folder / "no_trap.toml", known),
        intents=intents,
        plays=read_plays(folder / "plays.toml", known),
        answers=answers,
    )


def _trap(path: Path, trap: Trap, known: Known) -> TrapContent:
    found = parse_toml(path, TrapFile, known)
    if found.id is not trap:
        raise PlaybookError(str(path), 1, f'"id" must be "{trap}"')
    values = dict(found) | {
        "questions": tuple(entry.question() for entry in found.questions),
        "mirrors": tuple(Mirror(**dict(entry)) for entry in found.mirrors),
        "if_then_plans": tuple(IfThenPlan(**dict(entry)) for entry in found.if_then_plans),
    }
    return TrapContent(trap=values.pop("id"), **values)


def _theme(path: Path, trap: Trap, known: Known) -> ThemeContent:
    found = parse_toml(path, ThemeFile, known)
    if found.id is not trap:
        raise PlaybookError(str(path), 1, f'"id" must be "{trap}"')
    values = dict(found) | {"examples": tuple(Example(**dict(e)) for e in found.examples)}
    del values["id"]
    return ThemeContent(**values)


def _no_trap(path: Path, known: Known) -> NoTrapContent:
    found = parse_toml(path, NoTrapFile, known)
    questions = tuple(entry.question() for entry in found.questions)
    return NoTrapContent(found.observation, found.fill_in_sentence, questions)


def _instructions(path: Path) -> str:
    """Read the instructions for a language model; ``$traps`` is the only $name in them."""
    text = read_text(path)
    template = Template(text)
    if not template.is_valid() or set(template.get_identifiers()) != {"traps"}:
        raise PlaybookError(str(path), 1, "must contain $traps, and no other $name")
    return text


def _languages(folder: Path, usual: str) -> Languages:
    """Read the UI strings of every language that has a file; ``usual``: the operator's."""
    files = {ENGLISH: folder / "strings.toml"}
    for path in sorted(folder.glob("strings.*.toml")):
        code = path.name.removeprefix("strings.").removesuffix(".toml")
        if code == ENGLISH or not LANGUAGE_CODE.fullmatch(code):
            why = "is named after no other language: strings.de.toml would be German, by its code"
            raise PlaybookError(str(path), 1, why)
        files[code] = path
    if usual not in files:
        path = folder / f"strings.{usual}.toml"
        why = f"does not exist: copy strings.toml to {path.name} and translate it"
        raise PlaybookError(str(path), 1, why)
    found = {code: parse_toml(path, StringsFile).model_dump() for code, path in files.items()}
    return Languages(usual, (UiStrings(code, sections) for code, sections in found.items()))
