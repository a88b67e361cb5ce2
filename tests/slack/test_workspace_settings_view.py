"""What an admin sees of the workspace in Home, and the form that comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.core.gate import Gate
from bot.core.model import Delivery, Preferences
from bot.core.playbook_model import Playbook
from bot.core.policy import Limits
from bot.core.quiet_hours import parse_quiet_hours
from bot.core.weekly_slot import Holidays
from bot.core.workspace_rules import (
    WorkspaceChoices,
    WorkspaceRules,
    only_differences,
    rules_in_force,
)
from bot.flows.preferences import HomeState
from bot.flows.workspace_settings import WorkspaceOverview
from bot.sandbox import validation
from bot.slack.views import home, workspace_settings
from tests.fakes.languages import WORDLESS

HOUSE = WorkspaceRules(
    languages=WORDLESS,
    strings=WORDLESS.usual,
    gate=Gate(Limits(delivery=Delivery.THREAD), Holidays.parse("12-25, 01-01")),
    uses_model=True,
    daily_model_calls=2_000,
)
EVERYTHING = WorkspaceChoices(
    admins=frozenset({"U1", "U2"}),
    quiet_hours="18:00-09:30,fri-sat",
    holidays="2026-12-28",
    daily_cap=4,
    weekly_cap=0,
    delivery=Delivery.PRIVATE,
    daily_model_calls=500,
    help_contact="Works council <b>",
)


def overview(
    chosen: WorkspaceChoices = WorkspaceChoices(),  # noqa: B008 - it can't be changed
    house: WorkspaceRules = HOUSE,
) -> WorkspaceOverview:
    return WorkspaceOverview(chosen, rules_in_force(house, chosen), house)


def in_home(playbook: Playbook, shown: WorkspaceOverview | None) -> str:
    """Return what is written in Home, once the sandbox has taken it."""
    state = HomeState(Preferences(), Limits(), None, False, (), 0)
    view = home.home(state, playbook.strings, 90, shown)
    validation.validate_view(view)
    return written_in(view)


def written_in(view: dict[str, Any]) -> str:
    """Return the texts of a view, one below the other."""
    texts = [b["text"]["text"] for b in view["blocks"] if "text" in b]
    elements = [e for b in view["blocks"] for e in b.get("elements", ())]
    return "\n".join(
        [*texts, *(e["text"]["text"] for e in elements if isinstance(e["text"], dict))]
    )


def sent_back(view: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return the state of a form that is submitted as it is, but for these fields."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element, name = block["element"], block["block_id"]
        given = {
            key.replace("initial_", "selected_"): value
            for key, value in element.items()
            if key.startswith("initial_")
        }
        if element["type"] == "plain_text_input":
            given = {"value": element.get("initial_value")}
        values[name] = {name: {"type": element["type"], **given, **changed.get(name, {})}}
    return {"values": values}


def text(value: str) -> dict[str, Any]:
    return {"value": value}


def choice(value: str) -> dict[str, Any]:
    return {"selected_option": {"value": value}}


def time(value: str | None) -> dict[str, Any]:
    return {"selected_time": value}


def days(*values: str) -> dict[str, Any]:
    return {"selected_options": [{"value": each} for each in values]}


def test_who_is_no_admin_sees_nothing_of_it(playbook: Playbook) -> None:
    shown = in_home(playbook, None)
    assert playbook.strings["workspace"]["heading"] not in shown
    assert "reframe_workspace" not in shown


def test_the_defaults_are_marked_as_such(playbook: Playbook) -> None:
    shown = in_home(playbook, overview())
    for line in (
        "Admins: nobody is named, so whoever invites me to a channel decides for it. (default)",
        "Quiet hours: 8:00 PM to 7:00 AM, in each seller's time zone. (default)",
        "Working days: each seller's own, by time zone. (default)",
        "Holidays: January 1; December 25. (default)",
        "Unprompted questions per seller: at most 1 a day and 2 a week. (default)",
        "Where questions appear until someone chooses for a channel: In the thread. (default)",
        "Language model: on. Calls to it per day, at most: 2000. (default)",
        "Where people can turn with what isn't for a bot: nobody is named. (default)",
    ):
        assert line in shown
    assert playbook.strings["workspace"]["defaults"] not in shown


def test_what_was_chosen_is_shown_without_that_mark(playbook: Playbook) -> None:
    shown = in_home(playbook, overview(EVERYTHING))
    for line in (
        "Admins: <@U1>, <@U2>.",
        "Quiet hours: 6:00 PM to 9:30 AM, in each seller's time zone.",
        "Working days: Monday, Tuesday, Wednesday, Thursday, and Sunday.",
        "Holidays: December 28, 2026.",
        "Unprompted questions per seller: at most 4 a day.",
        "Visible only to the author.",
        "per day, at most: 500.",
    ):
        assert line in shown
    assert "(default)" not in shown
    assert playbook.strings["workspace"]["defaults"] in shown


@pytest.mark.parametrize(
    ("chosen", "house", "line"),
    [
        ({"quiet_hours": "off"}, HOUSE, "Quiet hours: none.\n"),
        ({"quiet_hours": "20:00-07:00,weekdays"}, HOUSE, "Working days: all seven.\n"),
        ({"quiet_hours": "00:00-00:00,sun"}, HOUSE, "Quiet hours: none.\n"),
        ({"holidays": ""}, HOUSE, "Holidays: none.\n"),
        ({"uses_model": False}, HOUSE, "Language model: off. Nothing written here is sent"),
        ({}, replace(HOUSE, uses_model=False), "Language model: none is set up."),
        ({}, replace(HOUSE, admins=frozenset({"U9"})), "those the operator names."),
        (
            {"admins": frozenset({"U1"})},
            replace(HOUSE, admins=frozenset({"U9"})),
            "Admins: <@U1>, and those the operator names.\n",
        ),
    ],
)
def test_a_line_of_its_own(
    playbook: Playbook, chosen: dict[str, Any], house: WorkspaceRules, line: str
) -> None:
    shown = in_home(playbook, overview(replace(WorkspaceChoices(), **chosen), house))
    assert line in shown + "\n"


def test_a_contact_can_neither_mention_nor_link_anyone(playbook: Playbook) -> None:
    shown = overview(WorkspaceChoices(help_contact="<!channel>"))
    blocks = workspace_settings.workspace_section(shown, playbook.strings)
    assert "<!channel>" not in json.dumps([b.to_dict() for b in blocks])


@pytest.mark.parametrize(
    ("chosen", "house"),
    [
        (WorkspaceChoices(), HOUSE),
        (replace(EVERYTHING, help_contact="Works council"), HOUSE),
        (WorkspaceChoices(quiet_hours="off"), HOUSE),
        (WorkspaceChoices(quiet_hours="00:00-00:00,fri,sat"), HOUSE),
        (WorkspaceChoices(quiet_hours="20:00-07:00,weekdays", uses_model=False), HOUSE),
        (WorkspaceChoices(daily_cap=7), replace(HOUSE, uses_model=False)),
        (
            WorkspaceChoices(holidays=""),
            replace(HOUSE, gate=Gate(Limits(quiet_hours=parse_quiet_hours("22:00-06:00,sun")))),
        ),
        (WorkspaceChoices(), replace(HOUSE, gate=Gate(Limits(quiet_hours=None, daily_cap=0)))),
    ],
)
def test_a_form_that_is_sent_as_it_was_opened_changes_nothing(
    playbook: Playbook, chosen: WorkspaceChoices, house: WorkspaceRules
) -> None:
    """Whatever was chosen is in the form, and comes back from it."""
    chosen = only_differences(house, chosen)
    view = workspace_settings.workspace_form(overview(chosen, house), playbook.strings)
    validation.validate_view(view)
    found = workspace_settings.read_workspace_form(sent_back(view), house, playbook.strings)

    assert found.errors == {}
    back = only_differences(house, found.choices)
    assert rules_in_force(house, back) == rules_in_force(house, chosen)
    assert back.admins == chosen.admins


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"week": days("sun", "mon", "tue", "wed", "thu")}, "20:00-07:00,fri,sat"),
        ({"week": days("mon", "tue", "wed", "thu", "fri", "sat", "sun")}, "20:00-07:00,weekdays"),
        ({"quiet_from": time("17:30"), "quiet_until": time("08:00")}, "17:30-08:00"),
        ({"quiet_hours": choice("none")}, "off"),
        (
            {"quiet_hours": choice("none"), "week": days("mon")},
            "00:00-00:00,tue,wed,thu,fri,sat,sun",
        ),
        (
            {
                "quiet_hours": choice("none"),
                "week": days("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
            },
            "off",
        ),
    ],
)
def test_quiet_hours_and_the_working_week_are_kept_together(
    playbook: Playbook, changed: dict[str, Any], expected: str
) -> None:
    view = workspace_settings.workspace_form(overview(), playbook.strings)
    state = sent_back(view, **changed)
    found = workspace_settings.read_workspace_form(state, HOUSE, playbook.strings)

    assert found.choices.quiet_hours == expected
    assert len(expected) <= 40  # what its column holds
    parse_quiet_hours(expected)


@pytest.mark.parametrize(
    ("changed", "field", "word"),
    [
        ({"quiet_from": time(None)}, "quiet_from", "different times"),
        ({"quiet_from": time("07:00")}, "quiet_from", "different times"),
        ({"quiet_from": time("99:99")}, "quiet_from", "different times"),
        ({"holidays": text("Christmas")}, "holidays", "12-25"),
        ({"holidays": text("2026-02-30")}, "holidays", "12-25"),
        ({"daily_model_calls": text("many")}, "daily_model_calls", "0 to 2000"),
        ({"daily_model_calls": text("-1")}, "daily_model_calls", "0 to 2000"),
        ({"daily_model_calls": text("9" * 30)}, "daily_model_calls", "0 to 2000"),
        ({"daily_model_calls": text("١٢")}, "daily_model_calls", "0 to 2000"),
        ({"help_contact": text("<!here>")}, "help_contact", "plain line"),
        ({"help_contact": text("x" * 201)}, "help_contact", "plain line"),
    ],
)
def test_what_cannot_be_understood_is_said_below_its_field(
    playbook: Playbook, changed: dict[str, Any], field: str, word: str
) -> None:
    view = workspace_settings.workspace_form(overview(), playbook.strings)
    state = sent_back(view, **changed)
    found = workspace_settings.read_workspace_form(state, HOUSE, playbook.strings)

    assert list(found.errors) == [field]
    assert word in found.errors[field]


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"values": {}},
        {"values": {"week": {"week": {"selected_options": [None, 7, {"value": "x"}]}}}},
        {"values": {"daily_cap": {"daily_cap": choice("9" * 20)}}},
        {
            "values": {
                "daily_cap": {"daily_cap": choice("1e9")},
                "delivery": {"delivery": choice("observe")},
            }
        },
    ],
)
def test_a_form_that_nobody_has_opened_is_read_without_failing(
    playbook: Playbook, state: dict[str, Any]
) -> None:
    found = workspace_settings.read_workspace_form(state, HOUSE, playbook.strings)
    assert "quiet_from" in found.errors
    assert (found.choices.daily_cap, found.choices.delivery) == (None, None)
