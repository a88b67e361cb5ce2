"""Read ``intents.toml``, ``plays.toml`` and ``answers.toml``: what an ask is about, and what is
answered."""

from __future__ import annotations

from pathlib import Path

from bot.core.bare_orders import BareOrder
from bot.core.intents import IntentPhrases, by_intent
from bot.core.playbook_model import (
    AboutTopic,
    AnswerTexts,
    Play,
    WhatIsSent,
    WhoAdminsAre,
)
from bot.flows.errors import PlaybookError
from bot.playbook.rules import Known
from bot.playbook.shapes import AnswersFile, IntentsFile, PlaysFile
from bot.playbook.toml_file import parse_toml


def read_intents(path: Path) -> IntentPhrases:
    """Return the phrases.

    Raises:
        PlaybookError: The first thing that is wrong.
    """
    found = parse_toml(path, IntentsFile)
    return IntentPhrases(
        whole=by_intent(dict(found.whole)),
        hints=by_intent(dict(found.hints)),
        customer=found.customer,
        off_topic=found.off_topic,
        their_side=found.their_side,
        their_silence=found.their_silence,
        deal_things=found.deal_things,
        venting=found.venting,
        about_bot=found.about_bot,
    )


def check_topics(path: Path, intents: IntentPhrases, answers: AnswerTexts) -> None:
    """Check that each topic of a question about the bot has an answer.

    Raises:
        PlaybookError: One has none.
    """
    missing = sorted(intents.about_bot.keys() - {topic.id for topic in answers.about})
    if missing:
        lines = path.read_text(encoding="utf-8").splitlines()
        line = next(n for n, each in enumerate(lines, 1) if each.startswith(missing[0]))
        raise PlaybookError(
            str(path), line, f'no [[about]] of answers.toml is called "{missing[0]}"'
        )


def read_plays(path: Path, known: Known) -> tuple[Play, ...]:
    """Return the plays; the last one fits any ask.

    Args:
        path: The file.
        known: The situations, the rubric, and the ids in use.

    Raises:
        PlaybookError: The first thing that is wrong.
    """
    found = parse_toml(path, PlaysFile, known)
    return tuple(Play(**entry.model_dump(exclude={"about"})) for entry in found.plays)


def read_answers(path: Path, known: Known) -> AnswerTexts:
    """Return the answers.

    Args:
        path: The file.
        known: The situations, and the ids in use.

    Raises:
        PlaybookError: The first thing that is wrong.
    """
    found = parse_toml(path, AnswersFile, known)
    return AnswerTexts(
        talk=by_intent(dict(found.talk)),
        venting=found.venting.lines if found.venting else (),
        won=found.won.lines if found.won else (),
        bare_orders={BareOrder(name): lines for name, lines in found.bare_orders.items()},
        about=tuple(AboutTopic(**dict(entry)) for entry in found.about),
        sent=WhatIsSent(**dict(found.sent)),
        admins=WhoAdminsAre(**dict(found.admins)),
    )
