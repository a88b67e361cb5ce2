"""Choose the question that fits a message, and a mirror sentence if the playbook has one.

The same input gives the same texts. A question is not repeated to a seller within the time that
policy sets (Ancker 2017: repeats are what wears people out), and none is asked that presupposes
something the message does not say (rubric R7).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from zlib import crc32

from bot.core.asked_phrases import AskedPhrases, ReadAsk
from bot.core.model import Reply, Trap
from bot.core.phrases import Phrases
from bot.core.playbook_model import Mirror, Playbook, Question
from bot.core.policy import BEST_AT_ONCE, CONVERSATION_SECONDS, DAY, FRESH_QUESTION_SECONDS
from bot.core.situations import (
    LOST,
    NO_WORD,
    WHERE_A_DEAL_STANDS,
    SituationReader,
    SituationReading,
    in_doubt,
    is_name,
)
from bot.core.told_situations import ToldSituations

ANY_SITUATION = "any"
_NEVER: Mapping[str, float] = {}

_QUOTES_SOMEBODY = re.compile(
    r"[\"\u201c\u201e\u00ab][^\"\u201d]{15,}|^>\s*\S|:\s*\n+\S", re.MULTILINE
)
"""What somebody wrote is in the ask, so they are not silent."""


class Coach:
    """Chooses texts from the playbook.

    Args:
        playbook: The checked texts of ``prompts/``.
        same_question_days: Days before a seller may get the same question again.
        read_situations: Finds situations that no phrase shows; None if the phrase lists decide
            alone.
    """

    def __init__(
        self,
        playbook: Playbook,
        same_question_days: float,
        read_situations: SituationReader | None = None,
    ) -> None:
        self._playbook = playbook
        self._read_situations = read_situations
        self._repeat_seconds = same_question_days * DAY
        self._cues = {s.id: Phrases(s.cues) for s in playbook.situations}
        self._told = ToldSituations(playbook.situations)
        self._asked = {
            s.id: AskedPhrases((*s.asked, *(() if s.id in WHERE_A_DEAL_STANDS else s.cues)))
            for s in playbook.situations
        }

    @property
    def playbook(self) -> Playbook:
        """The texts that it chooses from."""
        return self._playbook

    @property
    def questions(self) -> Mapping[str, Question]:
        """Every question of the playbook, by id."""
        return self._playbook.questions

    def find_situations(self, text: str) -> list[str]:
        """Return the ids of the situations in a message, in order of priority.

        What can't be ruled out is in the list as well, with a question mark: ``"lost?"``. Reading
        may take 10 ms, so stories call it in a thread.
        """
        cued, told = self.cued_situations(text), self._told.read(text)
        if self._read_situations is None:
            reading = SituationReading(frozenset(cued), frozenset())
        else:
            reading = self._read_situations(text, cued)
        found = []
        for situation in self._cues:
            if situation in told:
                found += [situation, *told[situation]]
            elif situation in reading.certain:
                found.append(situation)
        doubtful = [s for s in self._cues if s in reading.possible and s not in told]
        return [*found, *map(in_doubt, doubtful)]

    def find_asked_situations(self, text: str) -> list[str]:
        """Return the situations in what a seller asks the bot; see ``find_situations``.

        A few words must do here, so more phrases count: those that would be too loose to interrupt
        somebody with.
        """
        found = self.find_situations(text)
        ask = ReadAsk(text)
        asked = {situation for situation, cues in self._asked.items() if cues.match(ask)}
        if _QUOTES_SOMEBODY.search(text):
            asked, found = asked - NO_WORD, [s for s in found if s not in NO_WORD]
        certain = [s for s in self._cues if s in asked or s in found]
        certain += [s for s in found if is_name(s)]
        return [
            *certain,
            *(s for s in map(in_doubt, self._cues) if s in found and s[:-1] not in asked),
        ]

    def cued_situations(self, text: str) -> list[str]:
        """Return the ids of the situations whose phrases are in a text, in order of priority."""
        return [situation for situation, cues in self._cues.items() if text in cues]

    def choose_reply(
        self,
        trap: Trap,
        situations: Sequence[str],
        *,
        asked: Mapping[str, float],
        asked_here: Mapping[str, float] = _NEVER,
        now: float,
        key: str,
    ) -> Reply | None:
        """Return the reply to a message.

        Args:
            trap: The trap that was detected.
            situations: From ``find_situations``.
            asked: When this seller was last asked each question, by id, in Unix seconds.
            asked_here: When each was last asked in the channel, whoever got it.
            now: Unix seconds.
            key: Breaks ties, so the same message always gets the same reply.

        Returns:
            The reply, or None if every question that fits was asked too recently.
        """
        content = self._playbook.traps[trap]
        question = self.next_question(
            trap, situations, asked=asked, asked_here=asked_here, now=now, key=key
        )
        if question is None:
            return None
        mirror = _choose_mirror(content.mirrors, situations, key)
        article = self._playbook.articles[question.article]
        return Reply(
            question.id, mirror, question.text, article.credit, situations=tuple(situations)
        )

    def eligible_questions(
        self,
        trap: Trap | None,
        situations: Sequence[str],
        *,
        asked: Mapping[str, float],
        now: float,
        min_repeat_seconds: float = 0.0,
    ) -> list[Question]:
        """Return the questions that fit the situations and repeat nothing.

        Args:
            trap: None for the questions without a trap.
            situations: From ``find_situations``.
            asked: When this seller was last asked each question, by id, in Unix seconds.
            now: Unix seconds.
            min_repeat_seconds: Time before a repeat, if policy allows a shorter one.
        """
        repeat_seconds = max(self._repeat_seconds, min_repeat_seconds)
        content = self._playbook.traps[trap] if trap else self._playbook.no_trap
        return [
            q
            for q in content.questions
            if q.fits(situations) and now - asked.get(q.id, float("-inf")) >= repeat_seconds
        ]

    def questions_for_model(
        self,
        trap: Trap | None,
        situations: Sequence[str],
        *,
        asked: Mapping[str, float],
        asked_here: Mapping[str, float] = _NEVER,
        now: float,
        key: str,
    ) -> list[Question]:
        """Return the questions whose ideas a model may apply: fresh ones that fit best first.

        Args: see ``choose_reply``; another ``key`` brings other ideas to the front.
        """
        eligible = self.eligible_questions(trap, situations, asked=asked, now=now)
        used = _used_lately(asked, asked_here, now)
        return sorted(
            eligible,
            key=lambda q: (
                used.get(q.id, 0.0),
                not set(q.when) & set(situations),
                tie_break(key, q.id),
            ),
        )

    def next_question(
        self,
        trap: Trap | None,
        situations: Sequence[str],
        *,
        asked: Mapping[str, float],
        asked_here: Mapping[str, float] = _NEVER,
        now: float,
        key: str,
        min_repeat_seconds: float = 0.0,
    ) -> Question | None:
        """Return the fresh question that fits best; once all are used, the one asked longest ago.

        A question is fresh if neither the seller nor the channel had it lately. The playbook lists
        the best ones first.

        Args: see ``choose_reply`` and ``eligible_questions``.

        Returns:
            The question, with the message's own noun where it has a slot for one; None if all of a
            trap's were asked too recently. The questions without a trap never run out: after all
            were asked, the oldest come back.
        """
        eligible = self.eligible_questions(
            trap, situations, asked=asked, now=now, min_repeat_seconds=min_repeat_seconds
        )
        if trap is None and not eligible:
            fitting = [q for q in self._playbook.no_trap.questions if q.fits(situations)]
            return min(fitting, key=lambda q: (asked.get(q.id, 0.0), tie_break(key, q.id)))
        used = _used_lately(asked, asked_here, now)
        fresh = [q for q in eligible if q.id not in used]
        if eligible and not fresh:
            oldest = min(eligible, key=lambda q: (used[q.id], tie_break(key, q.id)))
            return replace(oldest, text=oldest.worded(situations))
        present = set(situations)
        fit = [
            (
                LOST in situations and LOST not in q.when,
                trap is not None and not set(q.needs) & present,
                not set(q.when) & present,
                trap is None and _place(q, situations),
            )
            for q in fresh
        ]
        closest = min(fit, default=None)
        best = [q for q, how in zip(fresh, fit, strict=True) if how == closest]
        about = present & set(best[0].when) if best else present
        if about:  # of two things in a message, the one whose best question stands first
            best = [q for q in best if about & set(q.when)]
        chosen = min(
            best[:BEST_AT_ONCE],
            key=lambda q: (asked.get(q.id, 0.0), tie_break(key, q.id)),
            default=None,
        )
        return chosen and replace(chosen, text=chosen.worded(situations))

    def requested_question(
        self,
        trap: Trap | None,
        situations: Sequence[str],
        *,
        asked: Mapping[str, float],
        now: float,
        key: str,
    ) -> Question:
        """Return a question for somebody who asks for one, so there always is one.

        Where those of a trap run out, an open one follows. None is repeated within an hour.

        Args: see ``choose_reply`` and ``eligible_questions``.
        """
        found = (
            self.next_question(
                of_trap,
                situations,
                asked=asked,
                now=now,
                key=key,
                min_repeat_seconds=CONVERSATION_SECONDS,
            )
            for of_trap in (trap, None)  # an open one is always found
        )
        return next(question for question in found if question is not None)


def _used_lately(
    asked: Mapping[str, float], asked_here: Mapping[str, float], now: float
) -> dict[str, float]:
    """Return when each question was last asked lately, of the seller or in the channel."""
    latest = {
        question_id: max(asked.get(question_id, 0.0), asked_here.get(question_id, 0.0))
        for question_id in {*asked, *asked_here}
    }
    return {q: at for q, at in latest.items() if now - at < FRESH_QUESTION_SECONDS}


def _place(question: Question, situations: Sequence[str]) -> int:
    """Return how early in the list the question's first situation stands. One that is meant for
    other situations comes after all that fit anything."""
    places = [at for at, each in enumerate(situations) if each in question.when]
    return min(places, default=len(situations) + bool(question.when))


def _choose_mirror(mirrors: tuple[Mirror, ...], situations: Sequence[str], key: str) -> str:
    """Return the sentence that fits; empty if none does, because none beats a wrong one."""
    for situation in [*situations, ANY_SITUATION]:
        fitting = [m for m in mirrors if m.when == situation]
        if fitting:
            return min(fitting, key=lambda m: tie_break(key, m.id)).text
    return ""


def tie_break(key: str, entry_id: str) -> int:
    """Return a number that puts equals in an order: another one for another key."""
    return crc32(f"{key}/{entry_id}".encode())
