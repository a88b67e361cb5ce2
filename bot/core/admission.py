"""Who may use the bot: a human member of the workspace.

Not a guest, nobody from another company, no bot, no Slackbot, nobody whose account is deactivated.
What is kept about a person is theirs, whoever they are by now.
"""

from __future__ import annotations

from enum import StrEnum

from bot.core.model import Person


class Purpose(StrEnum):
    """What somebody wants of the bot.

    OWN_DATA: to see or to erase what is kept about them.
    ORDINARY: anything that the bot may do on trust while Slack doesn't say who they are. It makes
    the bot say less, or whoever carries it out asks Slack once more before anything is said.
    STARTS_SOMETHING: it makes the bot write to others, or by itself, or shows what others did.
    """

    OWN_DATA = "own_data"
    ORDINARY = "ordinary"
    STARTS_SOMETHING = "starts_something"


class Admission(StrEnum):
    """Whether somebody may do what they want. UNKNOWN: Slack doesn't say now who they are."""

    ADMITTED = "admitted"
    NOT_OURS = "not_ours"
    UNKNOWN = "unknown"


def admit(person: Person | None, purpose: Purpose) -> Admission:
    """Decide whether somebody may do what they want.

    Args:
        person: as Slack describes them; None if Slack doesn't say in time.
        purpose: what they want.
    """
    if purpose is Purpose.OWN_DATA:
        return Admission.ADMITTED
    if person is None:
        is_trusted = purpose is Purpose.ORDINARY
        return Admission.ADMITTED if is_trusted else Admission.UNKNOWN
    return Admission.ADMITTED if person.is_colleague else Admission.NOT_OURS
