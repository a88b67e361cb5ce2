"""The domain as values: messages, traps, verdicts, reasons, people and replies.

Everything here is frozen. Times are Unix seconds (UTC) unless a name says otherwise; ``ts`` is
Slack's own message id, a string such as ``"1760000000.000100"``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Trap(StrEnum):
    """The five ways of thinking that cost sellers deals, one per article."""

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
    JOKE = "joke"
    OWN_PART = "own_part"
    NEXT_STEP = "next_step"
    THEIR_SIDE = "their_side"
    NEXT_MESSAGE = "next_message"
    MOVED_ON = "moved_on"
    WITHDRAWN_BY_EDIT = "withdrawn_by_edit"
    DELETED = "deleted"
    DAILY_CAP = "daily_cap"
    WEEKLY_CAP = "weekly_cap"
    COOL_DOWN = "cool_down"
    THREAD_DONE = "thread_done"
    QUIET_HOURS = "quiet_hours"
    DAY_OFF = "day_off"
    HOLIDAY = "holiday"
    AWAY = "away"
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
    NO_ONE_DEAL = "no_one_deal"
    TOO_LITTLE = "too_little"
    ONLY_ON_DEMAND = "only_on_demand"
    OBSERVED = "observed"
    ON_PROBATION = "on_probation"
    OWN_POST = "own_post"
    BOT_POST = "bot_post"
    NOT_A_MESSAGE = "not_a_message"
    DIRECT_MESSAGE = "direct_message"
    FAILED = "failed"
    TEXT_LOST = "text_lost"
    NOTHING_TO_ASK = "nothing_to_ask"
    NO_EVIDENCE = "no_evidence"


class Audience(StrEnum):
    """Who can read a channel. Only ``COLLEAGUES`` is safe to speak in."""

    COLLEAGUES = "colleagues"
    OUTSIDERS = "outsiders"
    UNKNOWN = "unknown"


class Feedback(StrEnum):
    """How a seller can rate a nudge, or pause the bot below it."""

    HELPFUL = "helpful"
    NOT_THIS_TIME = "not_this_time"
    WRONG = "wrong"
    PAUSE = "pause"


NOT_USEFUL = (Feedback.NOT_THIS_TIME, Feedback.WRONG)
"""The feedback that counts against a nudge."""


class More(StrEnum):
    """What else a seller can ask for below a nudge; none of it is a rating."""

    ANOTHER = "another"
    WHY = "why"
    PRIVATELY = "privately"
    TO_THREAD = "to_thread"


class Delivery(StrEnum):
    """Where unprompted questions go: the thread, the author's eyes only, or nowhere (a count)."""

    THREAD = "thread"
    PRIVATE = "private"
    OBSERVE = "observe"


@dataclass(frozen=True, slots=True)
class Message:
    """One message that a person wrote in a channel.

    The repr leaves the text out, so that no log or traceback shows it by accident.

    Attributes:
        event_id: of the delivery that brought it.
        thread_ts: the thread it is in; None if it isn't in one.
        version: Slack's ts of the last edit, or of the message; orders what arrives about it.
    """

    event_id: str
    workspace_id: str
    channel_id: str
    ts: str
    author_id: str
    text: str
    thread_ts: str | None = None
    version: str = ""

    @property
    def sent_at(self) -> float:
        """When it was written, Unix seconds."""
        return float(self.ts)

    @property
    def thread(self) -> str:
        """The ts of the thread that a reply belongs to."""
        return self.thread_ts or self.ts

    def __repr__(self) -> str:
        return f"Message({self.channel_id} {self.ts}, {len(self.text)} characters)"


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody said before a message.

    Attributes:
        author_id: Slack's id of who said it; empty if Slack doesn't say, as for some bots.
    """

    author_id: str
    text: str

    def __repr__(self) -> str:
        return f"Turn({len(self.text)} characters)"


@dataclass(frozen=True, slots=True)
class Edited:
    """A message was edited. ``before`` is the earlier text; None if Slack didn't send it."""

    message: Message
    before: str | None

    def __repr__(self) -> str:
        return f"Edited({self.message!r})"


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message was deleted.

    Attributes:
        before: its text; None if Slack didn't send it.
        author_id: who wrote it; empty if Slack doesn't say.
    """

    event_id: str
    workspace_id: str
    channel_id: str
    ts: str
    before: str | None
    author_id: str = ""

    def __repr__(self) -> str:
        return f"Deleted({self.channel_id} {self.ts})"


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that is not a seller's message, with the reason."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class DirectMessage:
    """A message that a person wrote to the bot itself."""

    message: Message

    def __repr__(self) -> str:
        return f"DirectMessage({self.message!r})"


IncomingEvent = Message | Edited | Deleted | DirectMessage | Ignored


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a detector makes of one message.

    Attributes:
        trap: the trap it shows; None if none.
        score: the calibrated probability of a trap, 0 to 1.
        suspicious: it passes the wide threshold. sure: it passes the narrow one.
        detector: name and version of what decided.
        why: what kept it quiet, if it wasn't the score.
        also: further traps, if the detector can tell them apart.
        fell_back: a judge should have answered and didn't; this is the offline verdict.
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
    """What we need to know of a Slack user.

    Attributes:
        time_zone: IANA name, such as ``Europe/Berlin``; None if Slack doesn't say.
        utc_offset: in seconds; used if the name is unknown.
        is_colleague: a human member of the company, not a guest, bot or stranger.
        is_outsider: a guest, or from another company; a bot or a former colleague is neither.
        status: emoji and text of the user's Slack status; empty if none.
        is_slack_admin: an admin or owner of the Slack workspace.
    """

    id: str
    time_zone: str | None
    utc_offset: int
    is_colleague: bool
    status: str = ""
    is_outsider: bool = False
    is_slack_admin: bool = False

    @classmethod
    def unknown(cls, user_id: str) -> Person:
        """Return a stand-in for a user whom Slack can't describe now: a colleague in UTC."""
        return cls(user_id, time_zone=None, utc_offset=0, is_colleague=True)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person has chosen; None if the workspace's setting holds.

    Attributes:
        paused_until: no unprompted question before then, Unix seconds.
        resumed_at: when the last pause was ended by hand, Unix seconds.
        delivery: PRIVATE if questions are for the person's eyes only.
        daily_limit: unprompted questions per day; 0 means on demand only.
        quiet_hours: local times without questions, ``20:00-07:00``.
        weekly_reflection: whether the weekly reflection is on; None if never chosen.
        reflection_slot: when it comes, ``fri 15:00`` in the person's time zone.
        greeted: whether Home has introduced itself once.
    """

    paused_until: float | None = None
    resumed_at: float | None = None
    delivery: Delivery | None = None
    daily_limit: int | None = None
    quiet_hours: str | None = None
    weekly_reflection: bool | None = None
    reflection_slot: str | None = None
    greeted: bool = False

    def is_paused(self, now: float) -> bool:
        """Return whether a pause lasts at ``now`` (Unix seconds)."""
        return self.paused_until is not None and self.paused_until > now


@dataclass(frozen=True, slots=True)
class History:
    """What happened before, as far as it bears on one decision. Times in Unix seconds.

    Attributes:
        nudged_at: nudges to the author that count against the caps.
        thread_has_nudge: the thread has had its question.
        cooling_down: this trap was coached in this channel lately.
        muted_until: no question about this trap to the author before then.
        channel_paused_until: no question in this channel before then.
        asked_questions: when the author last got each question, by question id.
        asked_here: when each was last asked in the channel, whoever got it.
        preferences: the author's.
        ignored_in_a_row: the latest questions in a row that the author left unanswered.
        delivery: the channel's, or that of the house if nobody chose one for the channel.
        on_probation: this trap's questions were rated unhelpful too often.
    """

    nudged_at: Sequence[float] = ()
    thread_has_nudge: bool = False
    cooling_down: bool = False
    muted_until: float | None = None
    channel_paused_until: float | None = None
    asked_questions: Mapping[str, float] = field(default_factory=dict)
    asked_here: Mapping[str, float] = field(default_factory=dict)
    preferences: Preferences = Preferences()
    ignored_in_a_row: int = 0
    delivery: Delivery = Delivery.THREAD
    on_probation: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """A nudge: one question, perhaps a sentence that mirrors the message before it, and its credit.

    Attributes:
        mirror: Empty if the question stands alone.
        private: for the author's eyes only.
        situations: what the message is about.
    """

    question_id: str
    mirror: str
    question: str
    credit: str
    private: bool = False
    situations: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The words without layout, for notifications and screen readers."""
        return f"{self.mirror} {self.question}".strip()
