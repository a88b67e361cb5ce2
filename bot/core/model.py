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
    ONLY_ON_DEMAND = "only_on_demand"
    OBSERVED = "observed"
    ON_PROBATION = "on_probation"
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


class More(StrEnum):
    """What else a seller can ask of a nudge; none of it says how good it was."""

    ANOTHER = "another"
    WHY = "why"
    PRIVATELY = "privately"
    TO_THREAD = "to_thread"


class Delivery(StrEnum):
    """Where unasked questions go: into the thread, to the author's eyes only, or nowhere."""

    THREAD = "thread"
    PRIVATE = "private"
    OBSERVE = "observe"


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
    ``also`` names further traps, where the detector tells them apart. ``fell_back``: a judge was to
    be asked and gave no answer, so this is the offline verdict.
    """

    trap: Trap | None
    score: float
    suspicious: bool
    sure: bool
    detector: str
    why: Reason | None = None
    also: tuple[Trap, ...] = ()
    fell_back: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """What we need to know of an author: the zone, whether it is a colleague of flesh, and what
    the person says of the own availability now, if anything."""

    id: str
    zone: str | None
    offset: int
    colleague: bool
    status: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person has chosen; None where the house's own setting holds.

    Attributes:
        paused_until: Unix seconds. daily_limit: unasked questions a day; 0 means on demand only.
        quiet: local times in which to keep still, ``20:00-07:00``. reflect: the weekly look back.
        reflect_at: when, as ``fri 15:00`` in the person's own zone.
        greeted: whether Home has explained itself once.
    """

    paused_until: float | None = None
    delivery: Delivery | None = None
    daily_limit: int | None = None
    quiet: str | None = None
    reflect: bool | None = None
    reflect_at: str | None = None
    greeted: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """What happened before, as far as it bears on one decision. Times in Unix seconds.

    ``ignored`` counts the latest questions in a row that the author left unanswered.
    ``delivery`` is the channel's. ``on_probation``: this trap was found unhelpful too often.
    """

    nudged_at: Sequence[float] = ()
    thread_done: bool = False
    cooling: bool = False
    paused_until: float | None = None
    muted_until: float | None = None
    channel_paused_until: float | None = None
    asked: Mapping[str, float] | None = None
    wishes: Wishes = Wishes()
    ignored: int = 0
    delivery: Delivery = Delivery.THREAD
    on_probation: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot says in a thread: a mirror sentence, one question, and where it comes from.

    ``private``: for the author's eyes only. ``scenes``: the situations that the message holds.
    """

    question_id: str
    mirror: str
    question: str
    credit: str
    private: bool = False
    scenes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The words without any layout, as notifications and screen readers get them."""
        return f"{self.mirror} {self.question}"
