"""Write every reason for silence into ``docs/troubleshooting.md``: the sentence that people read,
from ``prompts/strings.toml``, and what an admin can do. The tests compare the two."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.core.model import Reason
from bot.playbook import load_playbook

PAGE = Path(__file__).parent / "troubleshooting.md"
BEGIN, END = "<!-- reasons: begin -->\n", "<!-- reasons: end -->\n"
NOTHING = "Nothing."

TO_DO: Mapping[str, Mapping[Reason, str]] = {
    "It saw nothing to ask about": {
        Reason.ORDINARY: "Nothing. A [language model](setup.md#a-language-model-optional) looks at "
        "more messages.",
        Reason.NO_TRAP: NOTHING,
        Reason.NOT_SURE: "A language model finds more; with one, `REFRAME_JUDGE_MIN_CONFIDENCE`.",
        Reason.TOO_LITTLE: NOTHING,
        Reason.NO_ONE_DEAL: NOTHING,
        Reason.NOTHING_TO_ASK: NOTHING,
        Reason.NO_EVIDENCE: NOTHING,
        Reason.OTHER_LANGUAGE: "Nothing; in channels the bot coaches English alone.",
        Reason.QUOTED: NOTHING,
        Reason.NEVER_COACH: "Say in `REFRAME_HELP_CONTACT`, or in Home, where people can turn.",
        Reason.SECOND_THOUGHTS: NOTHING,
        Reason.JOKE: NOTHING,
        Reason.OWN_PART: NOTHING,
        Reason.NEXT_STEP: NOTHING,
        Reason.THEIR_SIDE: NOTHING,
        Reason.NEXT_MESSAGE: NOTHING,
        Reason.MOVED_ON: NOTHING,
        Reason.WITHDRAWN_BY_EDIT: "Nothing. How long it waits for an edit: "
        "`REFRAME_SETTLE_SECONDS`.",
        Reason.DELETED: NOTHING,
    },
    "It has asked enough": {
        Reason.DAILY_CAP: "`REFRAME_DAILY_CAP`, or *For this workspace* in Home",
        Reason.WEEKLY_CAP: "`REFRAME_WEEKLY_CAP`, or *For this workspace* in Home. Two questions "
        "in a row without an answer halve the number.",
        Reason.COOL_DOWN: "`REFRAME_COOLDOWN_DAYS`",
        Reason.THREAD_DONE: "Nothing: one question per thread.",
        Reason.NO_QUESTION_LEFT: "`REFRAME_SAME_QUESTION_DAYS`, or add questions to "
        "`prompts/traps/`.",
    },
    "The moment is wrong": {
        Reason.QUIET_HOURS: "`REFRAME_QUIET_HOURS`, or *For this workspace* in Home; the author: "
        "`/reframe settings`",
        Reason.DAY_OFF: "`REFRAME_QUIET_HOURS` names the days, or *For this workspace* in Home; "
        "the author: `/reframe settings`",
        Reason.HOLIDAY: "`REFRAME_HOLIDAYS`, or *For this workspace* in Home",
        Reason.AWAY: "Nothing; it ends with the author's Slack status.",
        Reason.TOO_OLD: "`REFRAME_TOO_OLD_SECONDS`. It comes after an outage.",
    },
    "The author, or ratings, said no": {
        Reason.PAUSED: "Nothing; the author: `/reframe resume`.",
        Reason.MUTED_TRAP: "Nothing; it follows *That's wrong*, and ends after "
        "`REFRAME_MUTE_DAYS`, which holds for later presses.",
        Reason.ONLY_ON_DEMAND: "Nothing; the author: `/reframe settings`, or any question of their "
        "own.",
        Reason.ON_PROBATION: "Press *Ask it again* in the message that you got about it.",
        Reason.OBSERVED: "`/reframe settings` in the channel: it is set to *count only*.",
    },
    "The channel": {
        Reason.NOT_WATCHED: "Add its ID to `REFRAME_CHANNELS`.",
        Reason.OUTSIDERS_READ: "Use a channel for colleagues alone. One guest is enough, and so is "
        "a pending share with another company.",
        Reason.VISIBILITY_UNKNOWN: "The log names the cause once a day; often a missing scope: "
        "`reframe doctor`.",
        Reason.CHANNEL_PAUSED: "Somebody turned it off there (`/reframe on here` ends that), or it "
        "is archived, or the bot was removed or may not post: unarchive it, or invite the bot "
        "again.",
        Reason.AUTHOR_NOT_COLLEAGUE: NOTHING,
        Reason.AUTHOR_UNKNOWN: "Look at the log; `reframe doctor` checks the scopes.",
    },
    "It isn't a seller's message": {
        Reason.OWN_POST: NOTHING,
        Reason.BOT_POST: NOTHING,
        Reason.NOT_A_MESSAGE: NOTHING,
        Reason.DIRECT_MESSAGE: "Nothing; it gets an answer instead.",
    },
    "Something failed": {
        Reason.FAILED: "Look at the log and at `reframe doctor`.",
        Reason.TEXT_LOST: "Set `REFRAME_ENCRYPTION_KEY` (`reframe new-key`): then what waits "
        "survives a restart.",
    },
}
"""What an admin can do about each reason, by heading."""


def tables() -> str:
    """Return a table per heading."""
    quiet = load_playbook().strings["quiet"]
    parts = []
    for title, todo in TO_DO.items():
        rows = [f"| `{reason}` | {quiet[reason]} | {text} |" for reason, text in todo.items()]
        head = "| Reason | What people read | What an admin can do |\n| --- | --- | --- |"
        parts.append("\n".join((f"### {title}\n", head, *rows)))
    return "\n\n".join(parts) + "\n"


def page_with_tables(page: str) -> str:
    """Return the page with the current tables between its two markers.

    Raises:
        ValueError: a marker is missing.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("docs/troubleshooting.md has lost the comments around the tables")
    return f"{before}{BEGIN}{tables()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
