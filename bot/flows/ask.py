"""What a seller asks for is answered: soon, privately, and with or without a model.

An ask is stored before Slack is told that it was taken, so a crash loses none. Its words are erased
with the answer. Nothing here counts against a cap.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from string import Template
from zlib import crc32

from bot.core.coach import TALK_SECONDS, Coach
from bot.core.model import Reason, Trap
from bot.core.phrases import Phrases
from bot.core.policy import Limits
from bot.core.wording import Wording
from bot.core.words import Playbook
from bot.flows.ask_ports import Answer, Ask, AskKind, Asks, Place, Record, Screen, Writer
from bot.flows.ports import Chat, ChatBusy, ChatDown, ChatRefused, Clock, Detector, JudgeFailed

log = logging.getLogger(__name__)

BATCH = 8
_FIRST_PAUSE_SECONDS = 1.0
_FOLLOW_UP_WORDS = 8  # a longer message is a new matter, whatever it begins with


@dataclass(frozen=True, slots=True)
class _Talk:
    """What the last advice to a person was about; labels only, for an hour, in memory."""

    trap: Trap | None
    scenes: tuple[str, ...]
    at: float


class Answering:
    """Takes asks and answers them. ``step`` is what the worker calls.

    Args:
        asks, record, screen, chat, detector, clock, limits: the ports and the caps.
        writer: a model that may write words; None where the playbook speaks alone.
        playbook, coach, wording: the words, who picks them, and who checks a model's.
        wake: called when something was taken. wake_delivery: when something lies in the outbox.
    """

    def __init__(
        self,
        *,
        asks: Asks,
        record: Record,
        screen: Screen,
        chat: Chat,
        detector: Detector,
        writer: Writer | None,
        clock: Clock,
        limits: Limits,
        playbook: Playbook,
        coach: Coach,
        wording: Wording,
        wake: Callable[[], None],
        wake_delivery: Callable[[], None],
    ) -> None:
        self._asks = asks
        self._record = record
        self._screen = screen
        self._chat = chat
        self._detector = detector
        self._writer = writer
        self._clock = clock
        self._limits = limits
        self._playbook = playbook
        self._coach = coach
        self._wording = wording
        self._wake = wake
        self._wake_delivery = wake_delivery
        self._talks: dict[tuple[str, str], _Talk] = {}
        self._another = Phrases(playbook.cues["another"])

    async def take(
        self,
        key: str,
        kind: AskKind,
        *,
        team: str,
        user: str,
        place: Place,
        address: str,
        text: str = "",
        ts: str = "",
    ) -> bool:
        """Stores one ask; the arguments are those of ``Asks.accept``. False: it was here already.

        Raises:
            StoreDown: it could not be stored, so it must not be acknowledged.
        """
        new = await self._asks.accept(
            key,
            kind,
            team=team,
            user=user,
            text=text,
            place=place,
            address=address,
            ts=ts,
            now=self._clock(),
        )
        self._wake()
        return new

    async def step(self) -> float | None:
        """Answers what waits, side by side.

        Returns:
            When the next one is to be tried, Unix seconds, or None.
        """
        self._forget()
        due = await self._asks.due(self._clock(), BATCH)
        await asyncio.gather(*(self._try(ask) for ask in due))
        await self._asks.scrub()
        return await self._asks.next_due()

    async def _try(self, ask: Ask) -> None:
        try:
            if ask.kind is AskKind.DATA:
                await self._data(ask)
            else:
                await self._say(ask, await self._answer(ask))
        except ChatRefused as refused:
            log.warning("ask=%s refused: %s", ask.key, refused.code)
            await self._asks.done(ask, now=self._clock())
        except (ChatBusy, ChatDown) as failure:
            log.warning("ask=%s slack failed: %s", ask.key, failure)
            await self._later(ask, failure)
        except Exception as broken:  # noqa: BLE001 - one poisonous ask must not stop the rest
            log.error("ask=%s could not be answered: %s", ask.key, type(broken).__name__)
            await self._later(ask, broken)

    async def _answer(self, ask: Ask) -> Answer:
        now = self._clock()
        if now - ask.asked_at > self._limits.asks_too_old_seconds:
            return self._line("late")
        if ask.attempts >= self._limits.attempts:
            return self._line("failed")
        if not (await self._chat.person(ask.user)).colleague:
            return self._line("guests")
        if (
            await self._asks.recent(ask.team, ask.user, now - TALK_SECONDS)
            > self._limits.asks_an_hour
        ):
            return self._line("enough")
        match ask.kind:
            case AskKind.WHY:
                return self._why(ask.text)
            case AskKind.ANOTHER:
                return await self._one_more(ask, *unpacked(ask.text))
        if ask.place is Place.DIRECT and self._is_follow_up(ask.text):
            talk = self._talks.get((ask.team, ask.user))
            if talk is None:
                return self._line("forgotten")
            return await self._one_more(ask, talk.trap, talk.scenes)
        return await self._advice(ask)

    async def _advice(self, ask: Ask) -> Answer:
        now = self._clock()
        asked = await self._asks.asked(ask.team, ask.user)
        verdict = self._detector.glance(ask.text)
        if verdict.why is Reason.NEVER_COACH:
            return Answer(line=self._playbook.say("quiet", Reason.NEVER_COACH))
        scenes = self._coach.situations(ask.text)
        late = False
        try:
            async with asyncio.timeout(self._limits.ask_within_seconds):
                verdict = await self._detector.judge(ask.team, ask.text)
                trap = self._detector.near(verdict)
                plain = self._coach.advise(trap, scenes, asked=asked, now=now, key=ask.key)
                fitting = self._coach.fitting(
                    trap, scenes, asked=asked, now=now, at_least=TALK_SECONDS
                )
                advice = plain
                if self._writer and fitting:
                    written = await self._writer.write(ask.team, ask.text, trap, fitting)
                    advice, faults = self._wording.advice(plain, written, fitting, ask.text)
                    if faults:
                        log.info("ask=%s a model's words fell: %d faults", ask.key, len(faults))
        except (TimeoutError, JudgeFailed) as slow:
            log.info("ask=%s the model is skipped: %s", ask.key, slow or "no answer in time")
            late = True
            trap = self._detector.near(verdict)
            advice = self._coach.advise(trap, scenes, asked=asked, now=now, key=ask.key)
        advice = replace(advice, skipped=late or verdict.fell_back)
        if trap is None and verdict.why is Reason.OTHER_LANGUAGE:
            advice = replace(advice, near=self._playbook.say("quiet", Reason.OTHER_LANGUAGE))
        self._talks[ask.team, ask.user] = _Talk(trap, tuple(scenes), now)
        return Answer(advice=advice, trap=trap, scenes=tuple(scenes))

    async def _one_more(self, ask: Ask, trap: Trap | None, scenes: tuple[str, ...]) -> Answer:
        now = self._clock()
        asked = await self._asks.asked(ask.team, ask.user)
        question = self._coach.another(
            trap, scenes, asked=asked, now=now, key=ask.key, at_least=TALK_SECONDS
        )
        if question is None:
            return self._line("no_more")
        self._talks[ask.team, ask.user] = _Talk(trap, scenes, now)
        return Answer(question=question, trap=trap, scenes=scenes)

    def _why(self, text: str) -> Answer:
        trap, _ = unpacked(text)
        return Answer(line=because(self._playbook, trap, self._playbook.say("advice", "because")))

    async def _say(self, ask: Ask, answer: Answer) -> None:
        advice = answer.advice
        questions = [q.id for q in advice.questions] if advice else []
        questions += [answer.question.id] if answer.question else []
        if ask.place is Place.DIRECT:
            body = self._screen.body(answer)
            await self._asks.done(ask, now=self._clock(), questions=questions, post=body)
            self._wake_delivery()
        else:
            await self._screen.answer(ask, answer)
            await self._asks.done(ask, now=self._clock(), questions=questions)
        log.info("ask=%s kind=%s place=%s answered", ask.key, ask.kind, ask.place)

    async def _data(self, ask: Ask) -> None:
        found = await self._record.everything(ask.team, ask.user)
        found["asks"] = [row for row in found["asks"] if row["key"] != ask.key]
        comment = self._playbook.say("record", "file")
        content = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True)
        await self._screen.file(ask.user, "reframe-data.json", content, comment)
        await self._asks.done(ask, now=self._clock())

    async def _later(self, ask: Ask, why: Exception) -> None:
        if ask.attempts > self._limits.attempts:
            await self._asks.done(ask, now=self._clock())
            return
        pause = _FIRST_PAUSE_SECONDS * 2.0**ask.attempts
        if isinstance(why, ChatBusy):
            pause = max(pause, why.retry_after)
        await self._asks.again(ask, at=self._clock() + pause)

    def _is_follow_up(self, text: str) -> bool:
        return len(text.split()) <= _FOLLOW_UP_WORDS and text in self._another

    def _line(self, key: str) -> Answer:
        return Answer(line=self._playbook.say("advice", key))

    def _forget(self) -> None:
        oldest = self._clock() - TALK_SECONDS
        self._talks = {who: talk for who, talk in self._talks.items() if talk.at > oldest}


def packed(trap: Trap | None, scenes: tuple[str, ...]) -> str:
    """What a button carries, so that no words need to be kept: the trap and the situations."""
    return f"{trap or ''}|{','.join(scenes)}"


def unpacked(value: str) -> tuple[Trap | None, tuple[str, ...]]:
    """The trap and the situations that a button carried; none of either where it is not ours."""
    name, _, scenes = value.partition("|")
    trap = Trap(name) if name in set(Trap) else None
    return trap, tuple(s for s in scenes.split(",") if s)


def because(playbook: Playbook, trap: Trap | None, sentence: str) -> str:
    """Where an idea is from: what the article says in our own words, and its credit.

    Args:
        trap: None for the open questions. sentence: with ``$idea``, ``$credit``, perhaps ``$near``.
    """
    words = playbook.traps[trap] if trap else None
    article = playbook.articles[words.article if words else playbook.open.questions[0].article]
    idea = article.ideas[crc32(article.id.encode()) % len(article.ideas)]
    near = words.near if words else ""
    return Template(sentence).substitute(idea=idea, credit=article.credit + ".", near=near)
