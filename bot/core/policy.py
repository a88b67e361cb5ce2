"""Caps, spans and quiet hours. Every threshold lives here; settings only override them.

The defaults come from coaching research: Ancker 2017 (repeats kill acceptance), Localytics 2017
(more than one unprompted message a week makes a third of users switch off) and Slack's rule of one
message per second per channel (docs.slack.dev/apis/web-api/rate-limits).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.model import Audience, Delivery, Person, Preferences, Reason
from bot.core.quiet_hours import QuietHours, parse_quiet_hours
from bot.core.team_policy import TeamLimits

HOUR = 3_600.0
DAY = 24 * HOUR
WEEK = 7 * DAY

FEWEST_WORDS = 5
"""A shorter message in which nothing is certain ("idiots, the lot") says nothing to ask about."""

CLOSEST_TRAP_SCORE = 0.35
"""From which score of the detector on an answer says what stands out. Below it, half of the
messages of ``tests/corpus/dev`` with a trap's score, and nearly all such asks of
``tests/corpus/intents``, hold none: whoever is asked for a free pilot is not labelling anybody."""

PLAIN_ASK_WORDS = 32
"""A longer ask tells too much for one phrase to show what it is about."""

BEST_AT_ONCE = 4
"""Of the questions that fit, one of so many best ones is asked: not always the same one in a
channel, and none of the lesser ones before."""

FRESH_QUESTION_SECONDS = 30 * DAY
"""A question that the seller or the channel had since then comes after all others
that fit, whatever the settings say."""

CONVERSATION_SECONDS = HOUR
"""Within it no question is repeated, whatever the settings say."""

RETRY_AFTER_SECONDS = 30.0
"""How long a method of Slack's is left alone if Slack doesn't say how long."""

SHORTEST_RETRY_AFTER_SECONDS, LONGEST_RETRY_AFTER_SECONDS = 0.1, HOUR
"""What is believed of what Slack says about that."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before the next try: each wait is ``factor`` times the one before.

    Attributes:
        initial_seconds: after the first try.
        longest_seconds: never more than this.
        max_attempts: after so many tries we give up; 0 if only the time ends them.
    """

    initial_seconds: float = 2.0
    factor: float = 4.0
    longest_seconds: float = 300.0
    max_attempts: int = 5

    def delay(self, attempts: int) -> float:
        """Return the seconds to wait after this many tries (1 or more)."""
        return min(self.initial_seconds * self.factor ** (attempts - 1), self.longest_seconds)

    def is_exhausted(self, attempts: int) -> bool:
        """Return whether there is no further try after this many."""
        return 0 < self.max_attempts <= attempts


@dataclass(frozen=True, slots=True)
class Batches:
    """How many rows one round of a worker claims, and for how long.

    A lease must outlast the slowest round: Slack's timeout several times, and a model's deadline
    twice. If it doesn't, the work is done again and the late result is discarded.

    After ``patience_seconds`` a round no longer waits for a workspace that is slower than the
    others; what is under way there goes on. Weekly work, which is looked for once a minute, waits
    for ``weekly_patience_seconds``.
    """

    arrivals: int = 128
    decide: int = 16
    deliver: int = 64
    answer: int = 8
    weekly: int = 200
    lease_seconds: float = 120.0
    patience_seconds: float = 0.25
    weekly_patience_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class ReplyLimits:
    """How long a question with its mirror sentence may be; a longer one is not shown.

    Attributes:
        words, sentences: of both together. mirror_words, question_words: of each.
        characters: of what a model writes; a longer one is not read further.
        ideas: how many a model is offered. evidence_characters: it must quote so many at least.
    """

    words: int = 60
    sentences: int = 3
    mirror_words: range = range(4, 26)
    question_words: int = 20
    characters: int = 1_200
    ideas: int = 3
    evidence_characters: int = 3


@dataclass(frozen=True, slots=True)
class IntentLimits:
    """When an ask is taken for something other than a deal question.

    Attributes:
        phrase_bonus: logits that a phrase adds to its intent.
        certainty: share of all weights at which a text is taken for a wish or an insult.
        certainty_talk: the same for thanks and a hello, which cost little.
        certainty_about: the same for a question about the bot that speaks of a customer, and for
            trouble with colleagues.
        talk_words: a longer text is neither a wish nor talk to the bot.
        off_topic_words: a longer text is more than a request for a joke.
        scrap_words: so many words can be about anything.
        too_short_words: a longer text says something, whatever the reader makes of it.
        about_words: a longer text is no question about the bot because of a pattern alone.
    """

    phrase_bonus: float = 1.5
    certainty: float = 0.55
    certainty_talk: float = 0.4
    certainty_about: float = 0.9
    talk_words: int = 45
    off_topic_words: int = 12
    scrap_words: int = 2
    too_short_words: int = 4
    about_words: int = 25


NOTE_WORDS = 80
"""A reply to an ask that has a draft and is no longer is a note about it, and comes after it."""


@dataclass(frozen=True, slots=True)
class AnswerLengths:
    """How long a model's answer to an ask may be; a longer one is not shown.

    Characters hold for languages without spaces between words.
    """

    reply_words: int = 330
    reply_characters: int = 2_300
    faulty_sentences: int = 3  # of a reply: left out, while with more of them nothing is shown
    most_questions: int = 5
    question_words: int = 28
    question_characters: int = 220
    draft_words: int = 170
    draft_lines: int = 16
    draft_characters: int = 1_200
    next_step_words: int = 42
    next_step_characters: int = 320


@dataclass(frozen=True, slots=True)
class Limits:
    """All caps and spans. Seconds unless the name says otherwise; 0 switches a cap off."""

    # Unprompted questions
    delivery: Delivery = Delivery.PRIVATE  # of a channel for which nobody has chosen
    settle_seconds: float = 15.0
    take_back_seconds: float = 300.0
    too_old_seconds: float = 3_600.0
    deliver_within_seconds: float = 1_800.0
    audience_within_seconds: float = 1.0
    audience_members: int = 1_000
    daily_cap: int = 1
    weekly_cap: int = 2
    cool_down_days: float = 7.0
    same_question_days: float = 30.0
    quiet_hours: QuietHours | None = field(default_factory=QuietHours)
    ignored_after_hours: float = 24.0
    answer_hours: float = 24.0
    ignored_halves: int = 2
    ignored_ends: int = 3

    # Feedback
    mute_days: float = 14.0
    pause_days: float = 1.0
    longer_pause_days: float = 14.0
    double_click_seconds: float = 3.0
    ratings_at_least: int = 30
    not_useful_share: float = 0.10

    # On demand
    asks_per_hour: int = 30
    ask_within_seconds: float = 7.0  # of a model; showing the answer takes its time, too
    answer_within_seconds: float = 6.0  # the rest is for the second reading
    thinking_after_seconds: float = 2.0
    answer: AnswerLengths = field(default_factory=AnswerLengths)
    asks_too_old_seconds: float = 1_800.0
    topic_seconds: float = 3_600.0
    follow_up_words: int = 8
    decisions_shown: int = 10
    nudges_shown: int = 5
    test_seconds: float = HOUR

    # Weekly
    moments_shown: int = 2
    follow_up_from_days: float = 3.0
    follow_up_to_days: float = 7.0
    weekly_late_hours: float = 24.0
    digest_days: float = 4.0
    on_time_seconds: float = 3_600.0
    time_zone_ahead_hours: float = 26.0  # the farthest two places are apart
    time_zone_look_seconds: float = 10_800.0
    broken_weekly_seconds: float = 900.0
    reply_beside_hours: float = 24.0
    wish_beside_seconds: float = 600.0  # below a private question, which has no thread

    # What a colleague or a duty brings
    invitation_days: float = 14.0
    notice_days: float = 7.0

    # Sales teams, and figures about several people
    teams: TeamLimits = field(default_factory=TeamLimits)

    # Delivery
    channel_pause_days: float = 1.0
    post_gap_seconds: float = 1.0
    post_timeout_seconds: float = 10.0
    unconfirmed_margin_seconds: float = 5.0
    backoff: Backoff = field(default_factory=Backoff)
    patient_backoff: Backoff = field(
        default_factory=lambda: Backoff(longest_seconds=600.0, max_attempts=0)
    )
    patient_within_seconds: float = DAY
    unfinished_claims_at_most: int = 20
    unfinished_claims_seconds: float = 600.0
    batches: Batches = field(default_factory=Batches)

    # Retention
    text_hours: float = 24.0
    removal_days: float = 2.0
    retention_days: float = 90.0


@dataclass(frozen=True, slots=True)
class JudgeLimits:
    """How long and how often a language model may be asked. Seconds unless the name says otherwise.

    ``deadline_seconds`` holds for a whole call, trickled bytes included. After
    ``failures_in_a_row``, or one "come back later", it rests for ``pause_seconds``; for
    ``long_pause_seconds`` if nothing will change by itself (key refused, no quota). When
    ``low_budget_share`` of a workspace's ``daily_calls`` is used, its admins are told.
    """

    deadline_seconds: float = 8.0
    failures_in_a_row: int = 3
    pause_seconds: float = 60.0
    long_pause_seconds: float = 1_800.0
    daily_calls: int = 2_000
    low_budget_share: float = 0.8


@dataclass(frozen=True, slots=True)
class InstallLimits:
    """How an installation goes, and when its tokens are exchanged. Seconds unless the name says
    otherwise.

    A state holds for ``seconds``, and so many may be open at once: who begins installations by the
    thousand fills no table. A token is exchanged ``exchange_ahead_seconds`` before it expires, of
    Slack's twelve hours (docs.slack.dev/authentication/using-token-rotation); one exchange takes
    ``exchange_seconds`` at most. A token that somebody else is exchanging is used until
    ``last_use_seconds`` before its end, so that no call begins with a token that expires under way;
    later, the database is looked at every ``look_again_seconds``.
    """

    seconds: float = 600.0
    open_at_once: int = 1_000
    exchange_ahead_seconds: float = 7_200.0
    exchange_seconds: float = 15.0
    last_use_seconds: float = 30.0
    look_again_seconds: float = 0.2


def utc_day(at: float) -> str:
    """Return the UTC day of a moment (Unix seconds), as ``2026-01-31``."""
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def day_start(at: float) -> float:
    """Return the start of the UTC day of a moment, both in Unix seconds.

    What names nobody gets a day and no time, or its time would lead to who pressed a button then.
    """
    return at - at % DAY


def zone_of(person: Person) -> tzinfo:
    """Return a person's time zone; Slack's plain offset if the name is unknown."""
    if person.time_zone:
        try:
            return ZoneInfo(person.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass  # no such zone, or a name such as "Europe" that is a folder of zones
    return timezone(timedelta(seconds=person.utc_offset))


def with_preferences(limits: Limits, preferences: Preferences) -> Limits:
    """Return the limits that hold for one person: the workspace's, with the person's choices."""
    if preferences.daily_limit:
        limits = replace(limits, daily_cap=preferences.daily_limit)
    if preferences.quiet_hours is not None:
        house = limits.quiet_hours
        weekend = (house.days if house else None) or None
        chosen = parse_quiet_hours(preferences.quiet_hours, weekend=weekend)
        limits = replace(limits, quiet_hours=chosen)
    return limits


def fails_helpfulness_bar(not_useful: int, rated: int, limits: Limits) -> bool:
    """Return whether a trap's questions were rated unhelpful so often that they must stop.

    A tenth of at least thirty ratings is the bar at which Google's Tricorder switches an analyzer
    off (Sadowski et al. 2015).
    """
    return rated >= limits.ratings_at_least and not_useful >= rated * limits.not_useful_share


def silence_for(audience: Audience) -> Reason | None:
    """Return why to stay quiet before this audience; None if only colleagues read."""
    if audience is Audience.OUTSIDERS:
        return Reason.OUTSIDERS_READ
    return None if audience is Audience.COLLEAGUES else Reason.VISIBILITY_UNKNOWN


def house_delivery(setting: str, *, is_judged: bool) -> Delivery:
    """Return where questions go until somebody chooses for a channel.

    What the offline detector alone finds in real people's text is too often no trap to show it to a
    whole channel unasked (``docs/decisions/0041-private-without-a-model.md``).

    Args:
        setting: a value of ``Delivery``, or ``auto``.
        is_judged: whether a language model judges the messages.
    """
    if setting == "auto":
        return Delivery.THREAD if is_judged else Delivery.PRIVATE
    return Delivery(setting)
