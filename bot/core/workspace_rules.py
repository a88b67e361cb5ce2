"""What holds in one workspace: the operator's settings, and over them what its admins have chosen.

The operator's settings are the defaults. Where a choice costs the operator money, they are the
ceiling too: a workspace may use fewer model calls, or no model, but never more than it is given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.core.gate import Gate
from bot.core.languages import Languages, UiStrings
from bot.core.model import Delivery
from bot.core.policy import Limits
from bot.core.quiet_hours import parse_quiet_hours
from bot.core.weekly_slot import Holidays

ADMINS_AT_MOST = 20
"""More can't be chosen for a workspace."""

_LONGEST_CONTACT = 200
_Choice = TypeVar("_Choice", int, str)


@dataclass(frozen=True, slots=True)
class WorkspaceChoices:
    """What the admins of a workspace have chosen; None where the operator's setting holds.

    Attributes:
        admins: user ids, besides the operator's admins.
        quiet_hours: as ``parse_quiet_hours`` reads them, with the days off of the working week.
        holidays: as ``Holidays.parse`` reads them, in place of the operator's.
        daily_cap, weekly_cap: unprompted questions per seller; 0 for no limit.
        delivery: where questions go in a channel for which nobody has chosen.
        uses_model: False for no language model.
        daily_model_calls: at most so many per UTC day.
        help_contact: where to turn with what is no matter for a bot.
        language: of the fixed words, by its code.
    """

    admins: frozenset[str] = frozenset()
    quiet_hours: str | None = None
    holidays: str | None = None
    daily_cap: int | None = None
    weekly_cap: int | None = None
    delivery: Delivery | None = None
    uses_model: bool | None = None
    daily_model_calls: int | None = None
    help_contact: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class WorkspaceRules:
    """The rules in force in one workspace; those of the operator where nothing was chosen.

    Attributes:
        gate: the caps, quiet hours, and holidays, as the gate checks them.
        languages: all that can be chosen.
        admins: user ids; empty if nobody is named.
        slack_admins_may_choose: whether admins and owners of the Slack workspace may change these
            rules, too.
        uses_model: whether a language model may read anything of this workspace.
        daily_model_calls: per UTC day.
        delivery_without_model: where questions go without a model, if nobody has chosen.
        help_contact: where people can turn, as it is shown; empty if nothing is set.
        strings: the fixed words, in the language of the workspace.
    """

    gate: Gate
    languages: Languages
    strings: UiStrings
    admins: frozenset[str] = frozenset()
    slack_admins_may_choose: bool = False
    uses_model: bool = False
    daily_model_calls: int = 0
    delivery_without_model: Delivery = Delivery.PRIVATE
    help_contact: str = ""

    @property
    def limits(self) -> Limits:
        """The caps in force."""
        return self.gate.limits

    def may_choose(self, user_id: str, inviter_id: str | None) -> bool:
        """Return whether somebody chooses for a channel: an admin, or, where nobody is named,
        whoever invited the bot there. An empty ``user_id`` is nobody, who never chooses."""
        if not user_id:
            return False
        return user_id in self.admins if self.admins else user_id == inviter_id


def rules_in_force(house: WorkspaceRules, chosen: WorkspaceChoices) -> WorkspaceRules:
    """Return the rules of a workspace.

    Args:
        house: the operator's.
        chosen: by the workspace's admins.

    Raises:
        ValueError: what was chosen can't be read; ``readable`` was not asked before it was kept.
    """
    if chosen == WorkspaceChoices():
        return house
    uses_model = house.uses_model and chosen.uses_model is not False
    limits = house.limits
    delivery = limits.delivery if uses_model else house.delivery_without_model
    quiet_hours = limits.quiet_hours
    if chosen.quiet_hours is not None:
        quiet_hours = parse_quiet_hours(chosen.quiet_hours)
    holidays = house.gate.holidays
    if chosen.holidays is not None:
        holidays = Holidays.parse(chosen.holidays)
    limits = replace(
        limits,
        delivery=chosen.delivery or delivery,
        quiet_hours=quiet_hours,
        daily_cap=_first(chosen.daily_cap, limits.daily_cap),
        weekly_cap=_first(chosen.weekly_cap, limits.weekly_cap),
    )
    calls = house.daily_model_calls
    return replace(
        house,
        gate=replace(house.gate, limits=limits, holidays=holidays),
        admins=house.admins | chosen.admins,
        uses_model=uses_model,
        daily_model_calls=min(_first(chosen.daily_model_calls, calls), calls),
        help_contact=house.help_contact if chosen.help_contact is None else chosen.help_contact,
        strings=house.languages.of(chosen.language),
    )


def only_differences(house: WorkspaceRules, chosen: WorkspaceChoices) -> WorkspaceChoices:
    """Return choices without those that equal the operator's settings: these follow the operator.

    Raises:
        ValueError: a choice can't be read.
    """
    quiet, holidays = chosen.quiet_hours, chosen.holidays
    same_quiet = quiet is not None and parse_quiet_hours(quiet) == house.limits.quiet_hours
    same_holidays = holidays is not None and Holidays.parse(holidays) == house.gate.holidays
    usual_calls = house.daily_model_calls
    return WorkspaceChoices(
        admins=chosen.admins - house.admins,
        quiet_hours=None if same_quiet else quiet,
        holidays=None if same_holidays else holidays,
        daily_cap=_unless(chosen.daily_cap, house.limits.daily_cap),
        weekly_cap=_unless(chosen.weekly_cap, house.limits.weekly_cap),
        delivery=chosen.delivery,
        uses_model=False if chosen.uses_model is False else None,
        daily_model_calls=_unless(chosen.daily_model_calls, usual_calls),
        help_contact=_unless(chosen.help_contact, house.help_contact),
        language=_unless(chosen.language, house.strings.language),
    )


def unfit_choices(house: WorkspaceRules, chosen: WorkspaceChoices) -> dict[str, str]:
    """Return which choices don't fit, by name, and the key of the sentence that says why."""
    wrong = {}
    if chosen.daily_cap and chosen.weekly_cap and chosen.weekly_cap < chosen.daily_cap:
        wrong["weekly_cap"] = "week_below_day"
    if (chosen.daily_model_calls or 0) > house.daily_model_calls:
        wrong["daily_model_calls"] = "calls_wrong"
    if chosen.language is not None and chosen.language not in house.languages.names:
        wrong["language"] = "language_unknown"
    if len(chosen.admins) > ADMINS_AT_MOST:
        wrong["admins"] = "admins_many"
    return wrong


def contact_line(value: str) -> str:
    """Return whom people can turn to, as it is shown to them.

    Raises:
        ValueError: it is long, on several lines, or written in Slack's markup.
    """
    if len(value) > _LONGEST_CONTACT or "\n" in value or re.search(r"[<>]", value):
        raise ValueError(
            f"use one plain line of at most {_LONGEST_CONTACT} characters, without < and >, "
            "such as People team, #people-help"
        )
    return value.rstrip(".")


def _unless(chosen: _Choice | None, usual: _Choice) -> _Choice | None:
    return None if chosen == usual else chosen


def _first(chosen: int | None, usual: int) -> int:
    return usual if chosen is None else chosen
