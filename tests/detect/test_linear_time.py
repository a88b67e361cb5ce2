"""No text stops the bot: every function that reads text takes time in proportion to its length.

The functions are found by walking ``bot``: each public one whose only required argument is a
text, so a new one is measured from the start; those that need more are built here. Times are
ratios to plain text of the same length, so the speed of the machine cancels out.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import pkgutil
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

import pytest
from slack_sdk.errors import SlackObjectFormationError

import bot
from bot.core.answer_guard import AnswerGuard
from bot.core.coach import Coach
from bot.core.guard import Guard
from bot.core.intents import Intent
from bot.core.llm_answer import AnswerKind, LlmAnswer
from bot.core.matters_for_people import MattersForPeople
from bot.core.model import Reply
from bot.core.phrases import Phrases
from bot.core.policy import AnswerLengths
from bot.core.venting import Venting
from bot.core.who_is_meant import DealThings
from bot.detect.judge_output import JudgeOutput, to_verdict
from bot.detect.language import is_english, language_of
from bot.detect.offline import OfflineDetector
from bot.detect.preprocess import clean_text
from tests.shipped import shipped_playbook

LENGTHS = (4_000, 40_000)
LONG_UNITS = (
    "a-",
    "@a.",
    "@\u33c2",
    "\u201c",
    "\u0301\u0327",
    "<",
    "1 ",
    "token is ",
    "sk-",
    "{",
    "\n",
    "\ufdfa",
)
MAX_RATIO = 40  # quadratic time is hundreds at 4,000 characters and thousands at 40,000
TOO_SHORT = 0.002  # seconds; shorter times are noise

UNITS = [
    "a", "a-", "a.", "a/", "a'", "-", ".", ",", "'", "\"", "`", "``` ", "<", "<http:", "<@",
    "&gt;", "&", "&#1", "@", "@a.", "a@", "a@b.c", "~", "~a ", "--\n", "\n", " ", "\t", "\u0000",
    "\r", "\u001c", "*", "_", "-----BEGIN A", "-----BEGIN A-----", "on aaaaaaaa\n", "from: ",
    "wrote:", "1 ", "1-", "1.", "1,", "1", "(1", "+1", "1:", "::", "f:", "4111 ", "123-45-",
    "2026-", "$1", "1k ", "1 to ", "jan 1 ", "token is", "token is ", "token                    ",
    "password for a b c d ", "pw ", "key", "sk-", "sk-a", "sk-0", "eyJaaaaaaaa.", "DE12 3456 ",
    "AB12-", "login a/", "account 1 ", "call 1", "basic ", "bearer a", "www.", "a://", "\\\\",
    "x at y dot ", "x (at) y", "that's on ", "we could ", "we  ", ":a", ":", "she is a ", "{",
    "[", "A", "aA", "\u201c", "\u201d", "\u201e", "\u00ab", "\u300c", "\u201ca\u201d", "\u0301",
    "a\u0301\u0327", "\u0301\u0327", "\u200b", "a\u200b", "\u00ad", "\u202e", "\u05d0",
    "\u0627\u064b", "\ud83d\udc69\u200d", "\ud83c\udde9", "\u2764\ufe0f", "\u0661", "\uff11",
    "\u2011", "1\u2011", "\u00bd", "\u33c2", "@\u33c2", "\ufdfa", "a\u043e", "\u3164", "\u4f60",
    "\udb40\udc41",
]  # fmt: skip
PLAINER = "they owe us a call back, after all 12 demos, and so on. "
PLAIN = "they owe us a call back \u2013 after all 12 demos, and so on. "

# Not for text that people send, or measured below with more than the text.
EXEMPT = {
    "bot.playbook", "bot.cli", "bot.settings", "bot.renamed_settings", "bot.store", "bot.wiring",
    "bot.sandbox", "bot.evaluation", "bot.training", "bot.flow_wiring", "bot.serve",
    "bot.detectors", "bot.core.secret_key", "bot.core.phrase_patterns", "bot.core.word_tables",
}  # fmt: skip


def found_functions() -> Iterator[tuple[str, Callable[[str], Any]]]:
    """Find the public functions of ``bot`` that need one argument, a text."""
    for module_info in pkgutil.walk_packages(bot.__path__, "bot."):
        name = module_info.name
        if any(name == e or name.startswith(f"{e}.") for e in EXEMPT) or name.endswith("__main__"):
            continue
        module = importlib.import_module(name)
        for key, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == name and _takes_a_text(value):
                yield f"{name}.{key}", value


def _takes_a_text(function: Callable[..., Any]) -> bool:
    if function.__name__.startswith("_") or inspect.iscoroutinefunction(function):
        return False
    if inspect.isgeneratorfunction(function):
        return False
    needed = [
        p
        for p in inspect.signature(function).parameters.values()
        if p.default is p.empty and p.kind is not p.VAR_KEYWORD
    ]
    if len(needed) != 1 or needed[0].kind is needed[0].KEYWORD_ONLY:
        return False
    if needed[0].name == "character":
        return False
    try:
        return get_type_hints(function).get(needed[0].name) is str
    except (NameError, TypeError):
        return False


def built_functions() -> Iterator[tuple[str, Callable[[str], Any]]]:
    """Return functions that need more than a text."""
    playbook = shipped_playbook()
    guard = Guard(playbook.rubric, frozenset(), playbook.free_words)
    verdicts = Phrases(playbook.rubric.verdicts)
    detector = OfflineDetector.shipped(playbook.cues)
    no = JudgeOutput(
        target="customer",
        stance="own",
        span="they owe us",
        trap="blame",
        also=[],
        confidence="certain",
    )
    yield "Coach.find_situations", Coach(playbook, 30.0).find_situations
    yield "Guard.violations", lambda text: guard.violations(Reply("q", text, text, ""))
    short = "What could you ask them?"
    yield "Guard of a draft", lambda text: guard.draft_violations(Reply("q", text, text, ""), short)
    yield "Guard of a message", lambda text: guard.draft_violations(Reply("q", "", short, ""), text)
    answers = AnswerGuard(playbook.rubric, playbook.free_words, AnswerLengths(), language_of)

    def review_answer(text: str) -> list[str]:
        answer = LlmAnswer(
            AnswerKind.COACH, text[:500], "", (short, "Who?"), text[:1_000], text[:200]
        )
        return [
            *answers.violations(answer, text, Intent.DEAL),
            *answers.unread_violations(answer, text),
        ]

    yield "Guard of an answer", review_answer
    yield "to_verdict", lambda text: to_verdict(no.model_copy(update={"span": text}), text, "d")
    yield "is_retraction", detector.is_retraction
    yield "is_english", lambda text: is_english(text[:4_000], clean_text(text).tokens)
    yield "MattersForPeople.find", MattersForPeople.of_cues(playbook.cues).find
    things, venting = DealThings(playbook.intents.deal_things), Venting(playbook.intents.venting)
    yield "DealThings", lambda text: text in things
    yield "Venting", lambda text: text in venting
    yield "Phrases", lambda text: verdicts.first_match(text)


FUNCTIONS = dict([*found_functions(), *built_functions()])


def seconds(function: Callable[[str], Any], text: str, runs: int = 1) -> float:
    """Return the median CPU time of some runs."""
    times: list[float] = []
    for _ in range(runs):
        started = time.thread_time()  # of this thread alone, so a busy machine doesn't matter
        with contextlib.suppress(
            ValueError, LookupError, SlackObjectFormationError
        ):  # a text that it refuses
            function(text)
        times.append(time.thread_time() - started)
    return statistics.median(times)


def test_the_known_readers_of_text_are_found() -> None:
    """The walk finds what it should, so nothing is missed for a change of a signature."""
    known = {
        "bot.core.normal_form.plain_form",
        "bot.core.phrases.normalize",
        "bot.core.durations.parse_duration",
        "bot.detect.masking.mask",
        "bot.detect.preprocess.clean_text",
        "bot.detect.json_answer.only_object",
        "bot.slack.parse.plain_text",
    }
    assert known - FUNCTIONS.keys() == set()


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_hostile_text_takes_no_longer_than_plain_text(name: str, length: int) -> None:
    """Repeats, open quotes, marks, invisible and expanding characters cost as much as words."""
    function = FUNCTIONS[name]
    plain = [seconds(function, (words * length)[:length], 3) for words in (PLAIN, PLAINER)]
    allowed = MAX_RATIO * max(*plain, TOO_SHORT)
    slow = []
    for unit in UNITS if length == min(LENGTHS) else LONG_UNITS:
        text = (unit * length)[:length]
        if seconds(function, text) > allowed and seconds(function, text, 3) > allowed:
            slow.append(unit)  # the second time as a median: caches may be cold once

    assert slow == []
