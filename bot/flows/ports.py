"""The doors to the outside, as the flows see them, and the ways in which they can fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.core.model import (
    Audience,
    Delivery,
    Feedback,
    Message,
    Past,
    Person,
    Reason,
    Reply,
    Suspect,
    Trap,
    Verdict,
)


class Clock(Protocol):
    """Tells the time in Unix seconds. The flows own none."""

    def __call__(self) -> float: ...


class Detector(Protocol):
    """Finds a trap in a message."""

    name: str

    async def suspects(self, text: str) -> bool:
        """The wide gate, in memory: is this worth a closer look? Microseconds for most messages,
        some milliseconds for the rest, in which other messages go on."""

    def takes_back(self, text: str) -> bool:
        """Whether the author turns to curiosity or an own step, or takes something back."""

    def glance(self, text: str, context: Sequence[str] = ()) -> Verdict:
        """The verdict that can be had at once, in memory and without asking anyone."""

    def promises(self, glance: Verdict) -> bool:
        """Whether a message that looked like this could still end in words."""

    async def judge(self, team: str, text: str, context: Sequence[str] = ()) -> Verdict:
        """The best verdict to be had on one message of a team (Slack's id of the workspace);
        ``context`` is what was said before, oldest first. Falls back, never fails."""

    def near(self, verdict: Verdict) -> Trap | None:
        """The trap that is worth naming to a seller who asked for it, though it may be too
        doubtful to speak of unasked; None where none is."""


class JudgeFailed(Exception):
    """The judge gave no valid answer. Holds a reason fit for a log, nothing of the text."""


class Judge(Protocol):
    """A second opinion from outside: slow, costly, and right more often."""

    name: str

    def ready(self) -> bool:
        """Whether it may be asked now; False while it rests after failures."""

    async def judge(self, text: str, context: Sequence[str] = ()) -> Verdict:
        """The verdict on one message. Raises JudgeFailed within the deadline."""


class Budget(Protocol):
    """How often the judge may be asked; counted where a restart can't forget it."""

    async def take(self, team: str, now: float) -> bool:
        """Takes one call of the workspace's day (UTC). False: none is left."""


class PostKind(StrEnum):
    """What lies in the outbox."""

    NUDGE = "nudge"
    PRIVATE = "private"
    RETRACT = "retract"
    WHISPER = "whisper"
    SAY = "say"


@dataclass(frozen=True, slots=True)
class Post:
    """One thing to do in Slack, exactly once.

    Attributes:
        id: row in the outbox.
        kind: NUDGE in a thread; PRIVATE the same for its reader's eyes; WHISPER a line for one
            reader; SAY what is laid out already; RETRACT takes a nudge away.
        key: travels with the message as metadata, so that it can be found again after a crash.
        channel: where to; for SAY also a user id, for the bot's own conversation with that user.
        thread_ts: the thread it goes to; empty for none.
        target: the reader; RETRACT: ts of the own message to take away.
        body: the words (NUDGE, PRIVATE: mirror, question, credit, scenes; WHISPER: line and what it
            is about; SAY: text and blocks as JSON), else empty.
        sending_since: when a try began whose end is not known, Unix seconds.
    """

    id: int
    kind: PostKind
    key: str
    team: str
    channel: str
    thread_ts: str
    target: str
    body: dict[str, str]
    created_at: float
    attempts: int
    sending_since: float | None


class StoreDown(Exception):
    """The database can't take this now; nothing was written. Try again."""


class ChatRefused(Exception):
    """Slack said no, for good. ``code`` is Slack's own word (``is_archived``)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ChatBusy(Exception):
    """Slack asks to wait (429). Nothing was done. ``retry_after`` in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"wait {retry_after:g} s")
        self.retry_after = retry_after


class ChatDown(Exception):
    """Slack can't be reached or doesn't answer well; for a post: nothing was done."""


class ChatInDoubt(Exception):
    """A post may or may not have been taken; only a look into the thread can tell."""


class Chat(Protocol):
    """The conversation, as far as the bot takes part in it.

    Every method may raise ChatRefused, ChatBusy or ChatDown.
    """

    async def audience(self, channel: str, *, fresh: bool = False) -> Audience:
        """Who reads the channel. ``fresh`` asks Slack now; UNKNOWN where it won't say.

        A passing failure is raised, so that the caller can try again.
        """

    async def person(self, user: str) -> Person:
        """Who an author is."""

    async def earlier(self, channel: str, thread_ts: str | None, ts: str) -> tuple[str, ...]:
        """What was said just before, oldest first; empty where it may not be read."""

    async def post(self, post: Post) -> str:
        """Carries out a post and returns the ts of the message. May raise ChatInDoubt."""

    async def find(self, post: Post) -> str | None:
        """The ts of the own message in the thread that carries the post's key, if it is there."""


class Inbox(Protocol):
    """Suspected messages, each decided once. One method, one transaction."""

    async def accept(self, message: Message, *, due_at: float, now: float) -> bool:
        """Stores a suspected message. False: it was here already (or was taken back before)."""

    async def amend(self, message: Message, *, due_at: float, now: float) -> None:
        """A later wording: replaces the waiting one; changes nothing once it is decided."""

    async def withdraw(
        self,
        team: str,
        channel: str,
        ts: str,
        *,
        event_id: str,
        version: str,
        reason: Reason,
        now: float,
    ) -> None:
        """The message is gone or harmless now: no decision, text erased, an answer taken back
        where the message was deleted. Works when it comes before the message itself."""

    async def second_thoughts(self, team: str, channel: str, author: str, *, now: float) -> int:
        """The author took it back: what waits from this author here is decided as silence."""

    async def settling(self) -> list[tuple[str, str, str]]:
        """(team, channel, author) of all that waits."""

    async def due(self, now: float, limit: int) -> list[Suspect]:
        """What has settled, oldest first."""

    async def next_due(self) -> float | None:
        """When the next one settles."""

    async def past(
        self,
        message: Message,
        trap: Trap | None,
        *,
        now: float,
        cool_down_seconds: float,
        ignored_after_seconds: float = 86_400.0,
    ) -> Past:
        """What policy needs to know of earlier days."""

    async def decide(
        self,
        suspect: Suspect,
        verdict: Verdict,
        outcome: Reason | Reply,
        *,
        now: float,
        playbook: str,
    ) -> bool:
        """Writes finding and outbox, erases the text. False: the message changed meanwhile."""

    async def postpone(self, suspect: Suspect, until: float) -> None:
        """Another try later."""

    async def scrub(self) -> None:
        """Makes erased text unreadable in the files of the database too."""


class Outbox(Protocol):
    """What is to be said, each once."""

    async def ready(self, now: float, limit: int, *, skip: Sequence[str] = ()) -> list[Post]:
        """What may be tried now, oldest first: queued, or in doubt for long enough.

        Nothing from the channels in ``skip``, and no retraction before its nudge's fate is known.
        """

    async def next_ready(self) -> float | None:
        """When the next one may be tried."""

    async def begin(self, post: Post, *, now: float, doubt_until: float) -> bool:
        """Marks a try before it happens. False: someone took the post back."""

    async def sent(self, post: Post, ts: str, *, now: float) -> None:
        """It is said, and Slack's ts is kept to find it again."""

    async def again(self, post: Post, *, at: float) -> None:
        """Nothing was sent; another try later."""

    async def doubt(self, post: Post, *, until: float) -> None:
        """Still not known whether it was sent; another look later."""

    async def drop(self, post: Post, reason: str, *, now: float) -> None:
        """It will not be said; the reason is kept."""


@dataclass(frozen=True, slots=True)
class Nudged:
    """One question that was asked unasked, as far as it is kept. ``scenes``: the situations that
    its message held. ``private``: for the author's eyes only."""

    key: str
    team: str
    author: str
    trap: Trap | None
    question_id: str
    scenes: tuple[str, ...]
    private: bool


class People(Protocol):
    """What sellers and channels asked for."""

    async def nudged(self, key: str) -> Nudged | None:
        """What is kept of one nudge; None if it is not known."""

    async def answer(
        self,
        key: str,
        user: str,
        feedback: Feedback,
        *,
        now: float,
        words: dict[str, str],
        mute_until: float,
        pause_until: float,
    ) -> Feedback | None:
        """Keeps a seller's answer to a nudge and does what it asks. None: not theirs to give."""

    async def tell(
        self,
        key: str,
        user: str,
        about: str,
        line: str,
        *,
        now: float,
        gap_seconds: float,
        question_id: str | None = None,
        delivery: Delivery | None = None,
    ) -> bool:
        """Puts a line for one reader into the outbox, unless the same was told within the gap (a
        double click). Remembers the question in it, and a new way of delivery."""

    async def to_thread(self, key: str, line: str, *, now: float) -> bool:
        """Brings a private nudge into its thread, once, and tells its author."""

    async def label(self, key: str, user: str, *, reason: str, words: str, now: float) -> bool:
        """What a person said was wrong; ``words`` are kept only because the person wrote them for
        that. False: there is no such answer of this person."""

    async def pause(self, team: str, user: str, *, until: float) -> None:
        """No unasked question to this person until then (Unix seconds)."""

    async def resume(self, team: str, user: str, *, now: float) -> None:
        """Ends a pause, and what unanswered questions led to."""

    async def pause_channel(self, team: str, channel: str, *, until: float, why: str) -> None:
        """No nudge in this channel until then (Unix seconds)."""
