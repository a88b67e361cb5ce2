"""The doors to what sellers ask for themselves: asks, wishes, their own record, what they see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from bot.core.coach import Advice
from bot.core.model import Delivery, Reason, Trap, Wishes
from bot.core.wording import Written
from bot.core.words import Question


class AskKind(StrEnum):
    """What is asked for: advice on some words, one more question, where an idea is from, or all
    that is kept about the person."""

    ADVICE = "advice"
    ANOTHER = "another"
    WHY = "why"
    DATA = "data"


class Place(StrEnum):
    """Where the answer goes: a response address, an open modal, or the bot's own conversation."""

    RESPONSE = "response"
    VIEW = "view"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that a person asked of the bot, until it is answered.

    Attributes:
        id: row in the store. key: unique, so that a second delivery changes nothing.
        text: the person's own words; for ANOTHER and WHY what the button carried.
        place, address: where the answer goes: a URL, the id of a view, or a conversation.
        ts: the message that is answered, in the bot's own conversation; else empty.
        asked_at: Unix seconds.
    """

    id: int
    key: str
    kind: AskKind
    team: str
    user: str
    text: str
    place: Place
    address: str
    ts: str
    asked_at: float
    attempts: int

    def __repr__(self) -> str:
        return f"Ask({self.key}, {len(self.text)} characters)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to an ask: advice, one question, or a plain line. One of the three is set."""

    advice: Advice | None = None
    question: Question | None = None
    line: str = ""
    trap: Trap | None = None
    scenes: tuple[str, ...] = ()


class Asks(Protocol):
    """What was asked and is not answered yet. The words go with the answer."""

    async def accept(
        self,
        key: str,
        kind: AskKind,
        *,
        team: str,
        user: str,
        text: str,
        place: Place,
        address: str,
        ts: str = "",
        now: float,
    ) -> bool:
        """Stores one ask. False: it was here already."""

    async def due(self, now: float, limit: int) -> list[Ask]:
        """What is to be answered now, oldest first."""

    async def next_due(self) -> float | None:
        """When the next one is to be tried."""

    async def recent(self, team: str, user: str, since: float) -> int:
        """How many this person asked since then (Unix seconds)."""

    async def asked(self, team: str, user: str) -> Mapping[str, float]:
        """Question id to when this person last had it, Unix seconds."""

    async def done(
        self,
        ask: Ask,
        *,
        now: float,
        questions: Sequence[str] = (),
        post: Mapping[str, str] | None = None,
    ) -> None:
        """It is answered: its words and its address are erased, its questions remembered.

        ``post``: the answer itself, where it goes through the outbox into a conversation.
        """

    async def again(self, ask: Ask, *, at: float) -> None:
        """Another try later (Unix seconds)."""

    async def scrub(self) -> None:
        """Makes erased words unreadable in the files of the database too."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision on an own message, as its author may see it. Times in Unix seconds."""

    at: float
    channel: str
    trap: Trap | None
    reason: Reason | None
    question_id: str | None


class Record(Protocol):
    """What is kept about one person, for that person."""

    async def wishes(self, team: str, user: str) -> Wishes:
        """What the person has chosen."""

    async def wish(self, team: str, user: str, **changes: Any) -> None:
        """Changes what the person has chosen; the names are those of ``Wishes``."""

    async def decisions(self, team: str, user: str, limit: int) -> list[Decided]:
        """The latest decisions on the person's own messages, silence included, newest first."""

    async def nudges(self, team: str, user: str, limit: int) -> list[Decided]:
        """The latest questions to this person, newest first."""

    async def everything(self, team: str, user: str) -> dict[str, list[dict[str, Any]]]:
        """All rows about the person, by the name of their table."""

    async def erase_team(self, team: str) -> int:
        """Erases everything about a workspace, from the files too; tells how many rows."""

    async def erase(self, team: str, user: str, *, now: float) -> tuple[int, bool]:
        """Erases all rows about the person, from the files too; only a pause that still lasts
        stays. Tells how many, and whether there was such a pause."""


@dataclass(frozen=True, slots=True)
class Watched:
    """How one channel is watched, and what came of it in the last weeks.

    ``observed`` counts what would have been said; ``said`` what was.
    """

    channel: str
    delivery: Delivery
    inviter: str
    observed: int = 0
    said: int = 0


class Channels(Protocol):
    """What was chosen for channels, and which traps have to keep still."""

    async def invited(
        self,
        team: str,
        channel: str,
        *,
        inviter: str,
        key: str,
        notice: Mapping[str, str] | None,
        hello: Mapping[str, str],
        now: float,
    ) -> bool:
        """The bot came into a channel: keeps who invited it, and queues a hello for the inviter
        and one line for the channel, if there is one. False: known already."""

    async def channel(self, team: str, channel: str, *, since: float) -> Watched:
        """How a channel is watched; counts since then (Unix seconds)."""

    async def watch(self, team: str, channel: str, delivery: Delivery) -> None:
        """Chooses where questions go."""

    async def inviters(self, team: str) -> list[str]:
        """Who invited the bot to any channel; they stand in where no admin is named."""

    async def review(
        self,
        team: str,
        trap: Trap,
        *,
        useless: Callable[[int, int], bool],
        told: Callable[[int, int], Mapping[str, str]],
        admins: Sequence[str],
        now: float,
    ) -> bool:
        """Puts a trap on probation where its ratings (not useful, all) say so, once, and queues
        what the admins are told. True: it was put there now."""

    async def clear(self, team: str, trap: Trap, *, now: float) -> None:
        """Lets a trap speak again; ratings count anew from now."""


class Writer(Protocol):
    """A language model that may write words for a seller."""

    name: str

    async def write(
        self, team: str, text: str, trap: Trap | None, questions: Sequence[Question]
    ) -> Written:
        """What it would say. Nothing of it was checked yet.

        Raises:
            JudgeFailed: no valid answer within its deadline, or it may not be asked now.
        """


class Screen(Protocol):
    """What one person is shown. Every method may raise ChatRefused, ChatBusy or ChatDown."""

    async def answer(self, ask: Ask, answer: Answer) -> None:
        """Shows an answer at a response address or in an open modal."""

    def body(self, answer: Answer) -> Mapping[str, str]:
        """An answer as it is kept in the outbox until it is said."""

    async def file(self, user: str, name: str, content: str, comment: str) -> None:
        """Sends a file into the bot's own conversation with a user."""
