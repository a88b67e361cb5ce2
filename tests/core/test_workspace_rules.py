"""The rules of a workspace: the operator's, and over them what its admins have chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from bot.core.gate import Gate, SendNow, Skip, Unprompted
from bot.core.languages import Languages, UiStrings
from bot.core.model import Delivery, Person, Preferences, Reason
from bot.core.policy import Limits
from bot.core.quiet_hours import QuietHours
from bot.core.weekly_slot import Holidays
from bot.core.workspace_rules import (
    WorkspaceChoices,
    WorkspaceRules,
    contact_line,
    only_differences,
    rules_in_force,
    unfit_choices,
)

LANGUAGES = Languages(
    "en", [UiStrings(code, {"language": {"name": code.upper()}}) for code in ("de", "en")]
)
HOUSE = WorkspaceRules(
    languages=LANGUAGES,
    strings=LANGUAGES.usual,
    gate=Gate(
        Limits(delivery=Delivery.THREAD, daily_cap=1, weekly_cap=2),
        Holidays.parse("12-25"),
        frozenset({"away"}),
    ),
    admins=frozenset({"U-operator"}),
    uses_model=True,
    daily_model_calls=100,
    help_contact="People team",
)
FRIDAY = datetime(2026, 11, 27, 10, 30, tzinfo=UTC).timestamp()
RIYADH = Person("U1", "Asia/Riyadh", 10_800, is_colleague=True)
BERLIN = Person("U2", "Europe/Berlin", 3_600, is_colleague=True)


def in_force(**chosen: object) -> WorkspaceRules:
    """Return the rules of a workspace that has chosen this."""
    return rules_in_force(HOUSE, replace(WorkspaceChoices(), **chosen))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("chosen", "read", "kept"),
    [(None, "en", None), ("de", "de", "de"), ("en", "en", None), ("fr", "en", "fr")],
)
def test_the_language(chosen: str | None, read: str, kept: str | None) -> None:
    """One whose file is gone is the operator's until the file is back."""
    assert in_force(language=chosen).strings.language == read
    assert only_differences(HOUSE, WorkspaceChoices(language=chosen)).language == kept
    wrong = unfit_choices(HOUSE, WorkspaceChoices(language=chosen))
    assert wrong == ({"language": "language_unknown"} if chosen == "fr" else {})


def test_without_choices_the_operators_rules_hold() -> None:
    assert rules_in_force(HOUSE, WorkspaceChoices()) is HOUSE


def test_what_is_chosen_takes_the_place_of_the_operators() -> None:
    rules = in_force(
        quiet_hours="18:00-09:00,fri-sat",
        holidays="2026-12-28, 01-06",
        daily_cap=0,
        weekly_cap=7,
        delivery=Delivery.PRIVATE,
        help_contact="Ana",
    )
    assert rules.limits.quiet_hours == QuietHours(time(18), time(9), frozenset({4, 5}))
    assert rules.gate.holidays == Holidays(frozenset({date(2026, 12, 28)}), frozenset({(1, 6)}))
    assert (rules.limits.daily_cap, rules.limits.weekly_cap) == (0, 7)
    assert (rules.limits.delivery, rules.help_contact) == (Delivery.PRIVATE, "Ana")
    assert rules.gate.away == HOUSE.gate.away
    assert replace(rules.limits, quiet_hours=None, daily_cap=1, weekly_cap=2) == replace(
        HOUSE.limits, quiet_hours=None, delivery=Delivery.PRIVATE
    )


def test_what_is_chosen_to_be_nothing_is_nothing() -> None:
    """No quiet hours, no holidays, and nowhere to turn are choices, too."""
    rules = in_force(quiet_hours="off", holidays="", help_contact="")
    assert rules.limits.quiet_hours is None
    assert rules.gate.holidays == Holidays()
    assert rules.help_contact == ""


def test_admins_are_added_to_the_operators() -> None:
    """Nobody can lock the operator's admins out."""
    assert in_force(admins=frozenset({"U1"})).admins == {"U-operator", "U1"}


@pytest.mark.parametrize(("chosen", "calls"), [(None, 100), (7, 7), (0, 0), (100, 100), (999, 100)])
def test_model_calls_can_be_lowered_only(chosen: int | None, calls: int) -> None:
    assert in_force(daily_model_calls=chosen).daily_model_calls == calls


@pytest.mark.parametrize("house", [True, False])
@pytest.mark.parametrize("chosen", [True, False, None])
def test_a_model_can_be_switched_off_only(house: bool, chosen: bool | None) -> None:
    operators = replace(HOUSE, uses_model=house)
    rules = rules_in_force(operators, WorkspaceChoices(uses_model=chosen, daily_cap=3))
    assert rules.uses_model is (house and chosen is not False)


def test_without_a_model_questions_go_where_they_do_without_one() -> None:
    """What the offline detector finds alone is shown to its author only, as in a house without a
    model; unless an admin has said where."""
    assert in_force(uses_model=False).limits.delivery is Delivery.PRIVATE
    assert in_force(uses_model=True).limits.delivery is Delivery.THREAD
    chosen = in_force(uses_model=False, delivery=Delivery.THREAD)
    assert chosen.limits.delivery is Delivery.THREAD


@pytest.mark.parametrize(
    ("quiet_hours", "reader", "reason"),
    [
        (None, BERLIN, None),
        (None, RIYADH, Reason.DAY_OFF),  # the weekend there
        ("20:00-07:00,fri-sat", BERLIN, Reason.DAY_OFF),
        ("20:00-07:00,sat-sun", RIYADH, None),
        ("00:00-00:00,fri", BERLIN, Reason.DAY_OFF),  # a free day, and no quiet hours
        ("00:00-00:00,sat", BERLIN, None),
    ],
)
def test_the_working_week_decides(
    quiet_hours: str | None, reader: Person, reason: Reason | None
) -> None:
    """A Friday morning: a day off for some, as their workspace says; else as their time zone."""
    gate = in_force(quiet_hours=quiet_hours).gate
    passage = gate.check(Unprompted.NUDGE, reader, Preferences(), now=FRIDAY, due_at=FRIDAY)
    assert passage == (Skip(reason) if reason else SendNow())


def test_a_persons_own_choice_is_over_the_workspaces() -> None:
    gate = in_force(quiet_hours="20:00-07:00,fri-sat").gate
    passage = gate.check(
        Unprompted.NUDGE, BERLIN, Preferences(quiet_hours="off"), now=FRIDAY, due_at=FRIDAY
    )
    assert passage == SendNow()


@pytest.mark.parametrize("wrong", ["x" * 201, "one\ntwo", "<@U1>"])
def test_a_contact_is_one_plain_line(wrong: str) -> None:
    with pytest.raises(ValueError, match="one plain line"):
        contact_line(wrong)
    assert contact_line("People team.") == "People team"


def test_holidays_are_written_as_they_are_read() -> None:
    text = "01-06\n12-25\n2026-12-28"
    assert str(Holidays.parse("2026-12-28 12-25, 01-06")) == text
    assert Holidays.parse(text) == Holidays.parse(str(Holidays.parse(text)))
