"""The words of the field as values: message, trap, verdict, reason, question, reply.

Everything here is frozen. Times are Unix seconds (UTC) unless a name says otherwise; ``ts`` is
Slack's own message id, a string such as ``"1760000000.000100"``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Trap(StrEnum):
    """The five ways in which a seller's thinking costs the deal (the five articles)."""

    BLAME = "blame"
    LABELLING = "labelling"
    FIXING = "fixing"
    ENTITLEMENT = "entitlement"
    FUTURE_PITCHING = "future_pitching"


class Reason(StrEnum):
    """Why the bot stayed quiet. Silence is a result, so each one has a name and a sentence."""

    ORDINARY = "ordinary"
    NO_TRAP = "no_trap"
    NOT_SURE = "not_sure"
    OTHER_LANGUAGE = "other_language"
    QUOTED = "quoted"
    NEVER_COACH = "never_coach"
    SECOND_THOUGHTS = "second_thoughts"
    WITHDRAWN_BY_EDIT = "withdrawn_by_edit"
    DELETED = "deleted"
    DAILY_CAP = "daily_cap"
    WEEKLY_CAP = "weekly_cap"
    COOL_DOWN = "cool_down"
    THREAD_DONE = "thread_done"
    QUIET_HOURS = "quiet_hours"
    TOO_OLD = "too_old"
    PAUSED = "paused"
    MUTED_TRAP = "muted_trap"
    CHANNEL_PAUSED = "channel_paused"
    NOT_WATCHED = "not_watched"
    OUTSIDERS_READ = "outsiders_read"
    VISIBILITY_UNKNOWN = "visibility_unknown"
    AUTHOR_NOT_COLLEAGUE = "author_not_colleague"
    AUTHOR_UNKNOWN = "author_unknown"
    NO_QUESTION_LEFT = "no_question_left"
    OWN_POST = "own_post"
    BOT_POST = "bot_post"
    NOT_A_MESSAGE = "not_a_message"
    DIRECT_MESSAGE = "direct_message"
    FAILED = "failed"


class Audience(StrEnum):
    """Who can read a channel. Only ``COLLEAGUES`` is safe to speak in."""

    COLLEAGUES = "colleagues"
    OUTSIDERS = "outsiders"
    UNKNOWN = "unknown"


class Feedback(StrEnum):
    """What a seller can answer to a nudge."""

    HELPFUL = "helpful"
    NOT_THIS_TIME = "not_this_time"
    WRONG = "wrong"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Message:
    """One message that a person wrote in a channel.

    ``version`` orders what we hear of one message: Slack's ts of the writing or of its last edit.
    The text never shows in a repr, so it can't reach a log or a traceback by accident.
    """

    event_id: str
    team: str
    channel: str
    ts: str
    author: str
    text: str
    thread_ts: str | None = None
    version: str = ""

    @property
    def sent_at(self) -> float:
        """When it was written, in Unix seconds."""
        return float(self.ts)

    @property
    def thread(self) -> str:
        """The ts of the thread that an answer belongs to."""
        return self.thread_ts or self.ts

    def __repr__(self) -> str:
        return f"Message({self.channel} {self.ts}, {len(self.text)} characters)"


@dataclass(frozen=True, slots=True)
class Edited:
    """A message was rewritten; ``before`` is the earlier text, None where Slack did not say."""

    message: Message
    before: str | None

    def __repr__(self) -> str:
        return f"Edited({self.message!r})"


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message was taken away; ``before`` is its text, None where Slack did not say."""

    event_id: str
    team: str
    channel: str
    ts: str
    before: str | None

    def __repr__(self) -> str:
        return f"Deleted({self.channel} {self.ts})"


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that is no seller's message, and why."""

    reason: Reason


Heard = Message | Edited | Deleted | Ignored


@dataclass(frozen=True, slots=True)
class Suspect:
    """A stored message that waits for its decision. ``id`` is its row in the inbox."""

    id: int
    message: Message
    attempts: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a detector makes of one message.

    ``score`` is the calibrated probability, 0 to 1, that the message shows a trap. ``suspicious``
    is the wide gate, ``sure`` the narrow one. ``why`` says what kept it quiet where no number did.
    ``also`` names further traps, where the detector tells them apart.
    """

    trap: Trap | None
    score: float
    suspicious: bool
    sure: bool
    detector: str
    why: Reason | None = None
    also: tuple[Trap, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """What we need to know of an author: the zone, and whether it is a colleague of flesh."""

    id: str
    zone: str | None
    offset: int
    colleague: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What happened before, as far as it bears on one decision. Times in Unix seconds."""

    nudged_at: Sequence[float] = ()
    thread_done: bool = False
    cooling: bool = False
    paused_until: float | None = None
    muted_until: float | None = None
    channel_paused_until: float | None = None
    asked: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One of the articles that the coaching rests on, with the credit that may be shown."""

    id: str
    credit: str


@dataclass(frozen=True, slots=True)
class Question:
    """An open question. ``needs`` names situations it presupposes, ``when`` where it fits best."""

    id: str
    text: str
    article: str
    when: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mirror:
    """A sentence that says back what the message surely holds, where ``when`` is in it."""

    id: str
    when: str
    text: str


@dataclass(frozen=True, slots=True)
class Situation:
    """A concrete thing that a deal message can be about, and the phrases that show it."""

    id: str
    cues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrapWords:
    """All words of one trap, from ``prompts/traps/<trap>.toml``."""

    trap: Trap
    title: str
    near: str
    article: str
    definition: str
    sounds_like: tuple[str, ...]
    is_not: tuple[str, ...]
    questions: tuple[Question, ...]
    mirrors: tuple[Mirror, ...]


@dataclass(frozen=True, slots=True)
class Rubric:
    """The words that no reply may hold (``prompts/rubric.toml``), lower case."""

    trap_names: tuple[str, ...]
    verdicts: tuple[str, ...]
    directives: tuple[str, ...]
    feelings: tuple[str, ...]
    cheering: tuple[str, ...]
    harsh_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Playbook:
    """All words of the bot, checked. ``version`` is a hash of the files they came from.

    ``classify`` is what a language model is told as the judge, with ``$traps`` to be filled in.
    """

    version: str
    traps: Mapping[Trap, TrapWords]
    articles: Mapping[str, Article]
    situations: tuple[Situation, ...]
    rubric: Rubric
    voice: Mapping[str, Mapping[str, str]]
    cues: Mapping[str, tuple[str, ...]]
    classify: str

    def say(self, section: str, key: str) -> str:
        """One fixed sentence of ``prompts/voice.toml``. Raises KeyError for an unknown one."""
        return self.voice[section][key]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot says in a thread: a mirror sentence, one question, and where it comes from."""

    question_id: str
    mirror: str
    question: str
    credit: str

    @property
    def text(self) -> str:
        """The words without any layout, as notifications and screen readers get them."""
        return f"{self.mirror} {self.question}"
