"""The modals: what they show, and what comes back."""

from __future__ import annotations

import json
import re
from string import Template
from typing import Any

import pytest

from bot.core.model import Delivery, Preferences
from bot.core.playbook_model import Playbook
from bot.core.policy import Limits
from bot.core.quiet_hours import QuietHours
from bot.flows.channel_settings import ChannelOverview
from bot.flows.decision_log import DecisionLine
from bot.flows.ports.channels import ChannelFigures, ChannelSettings
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.preferences import HomeState
from bot.sandbox import validation
from bot.slack.views import decisions, erasure, home, modals, settings_modal, weekly_modals

TEAM = SalesTeam("G1", "T1", "U1", "North", "thu 08:30", "C1")


def written(**values: str) -> dict[str, Any]:
    return {"values": {n: {n: {"type": "plain_text_input", "value": v}} for n, v in values.items()}}


def chosen(**values: str) -> dict[str, Any]:
    options = {n: {n: {"selected_option": {"value": v}}} for n, v in values.items()}
    return {"values": options}


def initial_values(view: dict[str, Any]) -> dict[str, str]:
    """Return what each field of a view holds when it opens."""
    found = {}
    for block in view["blocks"]:
        if block["type"] == "input" and block["element"]["type"] != "checkboxes":
            element = block["element"]
            option = element.get("initial_option") or {}
            first = (
                element.get(name)
                for name in ("initial_value", "initial_time", "initial_conversation")
            )
            found[block["block_id"]] = option.get("value") or next(filter(None, first), "")
    return found


def overview(*, may_choose: bool) -> ChannelOverview:
    settings = ChannelSettings("C1", Delivery.OBSERVE)
    return ChannelOverview(settings, ChannelFigures(asked=0, observed=10), may_choose)


def test_slack_takes_every_modal(playbook: Playbook) -> None:
    """Every modal follows Slack's rules, whatever it is filled with."""
    strings, plan = playbook.strings, "x" * 5_000
    views = [
        modals.ask_form(strings),
        modals.thinking_modal(strings),
        modals.line_modal("A line.", strings),
        modals.wrong_form("k1", strings, keeps_words=True),
        settings_modal.settings_form(strings, Preferences(), Limits(), None),
        settings_modal.settings_form(strings, Preferences(), Limits(), overview(may_choose=True)),
        weekly_modals.reflection_form(strings, "2026-W48", plan),
        weekly_modals.reflection_form(strings, "2026-W48", ""),
        weekly_modals.team_form(strings, TEAM, ["U1", "U2"]),
        weekly_modals.team_form(strings, None, []),
    ]
    for view in views:
        validation.validate_view(view)


def test_callback_ids(playbook: Playbook) -> None:
    """A modal that was opened before an update can still be sent after it."""
    strings = playbook.strings

    assert modals.ask_form(strings)["callback_id"] == "reframe_ask"
    assert modals.wrong_form("k1", strings, keeps_words=True)["callback_id"] == "reframe_wrong"
    assert modals.thinking_modal(strings)["callback_id"] == "reframe_answer"
    settings = settings_modal.settings_form(strings, Preferences(), Limits(), None)
    assert settings["callback_id"] == "reframe_settings"
    reflection = weekly_modals.reflection_form(strings, "w", "")
    assert reflection["callback_id"] == "reframe_reflect"
    assert weekly_modals.team_form(strings, None, [])["callback_id"] == "reframe_team"


def test_what_is_asked() -> None:
    """One line per field that was filled in."""
    state = written(situation=" They went quiet. ", customer="", wanted="a date")

    assert modals.read_ask(state) == "They went quiet.\na date"
    assert modals.read_ask({}) == ""
    assert modals.read_ask({"values": None}) == ""


def test_what_was_wrong(playbook: Playbook) -> None:
    """A reason and words, both optional; the form carries the nudge's key."""
    state = {"values": {**chosen(reason="fact")["values"], **written(words=" x ")["values"]}}

    assert modals.read_wrong(state) == ("fact", "x")
    assert modals.read_wrong({}) == ("", "")
    assert modals.wrong_form("k1", playbook.strings, keeps_words=True)["private_metadata"] == "k1"


def test_no_example_is_asked_for_where_none_can_be_kept(playbook: Playbook) -> None:
    """Words are only kept encrypted, and there may be no key."""

    def fields(*, keeps_words: bool) -> list[str]:
        view = modals.wrong_form("k1", playbook.strings, keeps_words=keeps_words)
        return [block["type"] for block in view["blocks"]]

    assert fields(keeps_words=False) == ["input"]
    assert fields(keeps_words=True) == ["input", "input", "context"]


def test_settings_show_what_was_chosen(playbook: Playbook) -> None:
    """What was saved is what the form holds the next time."""
    preferences = Preferences(
        delivery=Delivery.PRIVATE,
        daily_limit=4,
        quiet_hours="19:00-08:00",
        weekly_reflection=True,
        reflection_slot="thu 16:30",
    )
    view = settings_modal.settings_form(playbook.strings, preferences, Limits(), None)

    assert initial_values(view) == {
        "delivery": "private",
        "limit": "4",
        "quiet_hours": "these",
        "quiet_from": "19:00",
        "quiet_until": "08:00",
        "reflect": "on",
        "reflect_day": "thu",
        "reflect_time": "16:30",
    }


def test_settings_without_choices(playbook: Playbook) -> None:
    """Who has chosen nothing sees the workspace's settings."""
    view = settings_modal.settings_form(playbook.strings, Preferences(), Limits(), None)

    assert initial_values(view) == {
        "delivery": "channel",
        "limit": "house",
        "quiet_hours": "house",
        "quiet_from": "20:00",
        "quiet_until": "07:00",
        "reflect": "off",
        "reflect_day": "fri",
        "reflect_time": "15:00",
    }


@pytest.mark.parametrize("may_choose", [True, False])
def test_settings_of_a_channel(playbook: Playbook, may_choose: bool) -> None:
    """The channel's delivery is a field for whoever may choose, a sentence for everyone else."""
    channel = overview(may_choose=may_choose)
    view = settings_modal.settings_form(playbook.strings, Preferences(), Limits(), channel)

    assert initial_values(view).get("mode") == ("observe" if may_choose else None)
    assert view.get("private_metadata", "") == ("C1" if may_choose else "")
    assert playbook.text("settings", "observe") in str(view)
    counts = Template(playbook.text("settings", "mode_counts"))
    few = playbook.text("settings", "mode_few")
    assert counts.substitute(said=few, observed="at least 10") in str(view)


def test_chosen_settings(playbook: Playbook) -> None:
    """The form comes back as changes of preferences and the channel's delivery."""
    state = {
        "values": {
            **chosen(delivery="private", limit="2", reflect="on", reflect_day="mon")["values"],
            **chosen(mode="observe", quiet_hours="these")["values"],
            **times(quiet_from="19:00", quiet_until="08:00", reflect_time="09:15"),
        }
    }
    found = settings_modal.read_settings(state, playbook.strings, Preferences(), Limits())

    assert found.preferences == {
        "delivery": Delivery.PRIVATE,
        "daily_limit": 2,
        "quiet_hours": "19:00-08:00",
        "weekly_reflection": True,
        "reflection_slot": "mon 09:15",
    }
    assert (found.delivery, found.errors) == (Delivery.OBSERVE, {})
    assert set(found.preferences) <= set(Preferences.__dataclass_fields__)


def test_settings_as_usual(playbook: Playbook) -> None:
    """Choosing what the workspace has is choosing nothing."""
    found = settings_modal.read_settings(
        chosen(delivery="channel", limit="house", quiet_hours="house", reflect="off"),
        playbook.strings,
        Preferences(),
        Limits(),
    )

    assert found.preferences == {
        "delivery": None,
        "daily_limit": None,
        "quiet_hours": None,
        "weekly_reflection": False,
        "reflection_slot": None,
    }
    assert found.delivery is None


@pytest.mark.parametrize(
    ("choice", "start", "end"),
    [
        ("these", "", ""),
        ("these", "20:00", ""),
        ("these", "07:00", "07:00"),
        ("house", "20:00", ""),
    ],
)
def test_quiet_hours_that_make_no_sense(
    playbook: Playbook, choice: str, start: str, end: str
) -> None:
    """The field that can't be understood says so, with what to do."""
    found = read_quiet(playbook, Preferences(), choice, start, end)

    assert found.errors == {"quiet_from": playbook.text("settings", "quiet_wrong")}


@pytest.mark.parametrize(
    ("before", "choice", "times", "working", "kept"),
    [
        (None, "these", "21:00-06:00", "", "21:00-06:00"),
        (None, "these", "21:00-06:00", "mon tue wed thu fri", "21:00-06:00"),  # as it was shown
        (None, "these", "20:00-07:00", "mon tue wed thu fri sat", "20:00-07:00,sun"),
        (None, "house", "20:00-07:00", "mon tue wed thu fri sat", "20:00-07:00,sun"),
        (None, "none", "20:00-07:00", "mon tue wed thu fri", "00:00-00:00"),  # the weekend stays
        (None, "none", "20:00-07:00", "", "off"),
        (None, "house", "20:00-07:00", "", None),
        (None, "house", "21:00-07:00", "", "21:00-07:00"),  # a changed time is meant
        ("19:00-08:00", "house", "19:00-08:00", "", None),  # back to the workspace's
        ("20:00-07:00,fri-sat", "these", "20:00-07:00", "mon tue wed thu sun",
         "20:00-07:00,fri-sat"),
        ("20:00-07:00,weekdays", "these", "20:00-07:00", "mon tue wed thu fri sat sun",
         "20:00-07:00,weekdays"),
        ("off", "none", "-", "", "off"),
        ("off", "these", "22:00-06:00", "", "22:00-06:00"),
    ],
)  # fmt: skip
def test_quiet_hours_are_picked(
    playbook: Playbook, before: str | None, choice: str, times: str, working: str, kept: str | None
) -> None:
    """Nobody writes them as code; what was kept before stays as it was, unless it is changed."""
    chosen_before = Preferences(quiet_hours=before)
    start, _, end = times.partition("-")
    found = read_quiet(playbook, chosen_before, choice, start, end, *working.split())

    assert found.errors == {}
    assert found.preferences["quiet_hours"] == kept


@pytest.mark.parametrize(
    "kept",
    [None, "off", "19:00-08:00", "00:00-00:00", "20:00-07:00,fri-sat", "20:00-07:00,weekdays"],
)
@pytest.mark.parametrize("house", [QuietHours(), None, QuietHours(days=frozenset({4, 5}))])
@pytest.mark.parametrize("weekend", [frozenset({5, 6}), frozenset({4, 5})])
def test_a_form_that_is_saved_as_it_is_changes_nothing(
    playbook: Playbook, kept: str | None, house: QuietHours | None, weekend: frozenset[int]
) -> None:
    before, limits, words = (
        Preferences(quiet_hours=kept),
        Limits(quiet_hours=house),
        playbook.strings,
    )
    shown = settings_modal.settings_form(words, before, limits, None, weekend=weekend)
    state = as_submitted(shown)
    found = settings_modal.read_settings(state, words, before, limits, weekend=weekend)

    assert found.errors == {}
    assert found.preferences["quiet_hours"] == kept


@pytest.mark.parametrize(
    ("kept", "weekend", "checked"),
    [
        (None, frozenset({5, 6}), "mon tue wed thu fri"),
        (None, frozenset({4, 5}), "mon tue wed thu sun"),
        ("20:00-07:00,sun", frozenset({6}), "mon tue wed thu fri sat"),
        ("off", frozenset({5, 6}), "mon tue wed thu fri sat sun"),
    ],
)
def test_the_week_that_holds_is_checked(
    playbook: Playbook, kept: str | None, weekend: frozenset[int], checked: str
) -> None:
    """Who adds Saturday checks that one box. With none checked, it became the only workday."""
    view = settings_modal.settings_form(
        playbook.strings, Preferences(quiet_hours=kept), Limits(), None, weekend=weekend
    )
    boxes = next(b["element"] for b in view["blocks"] if b.get("block_id") == "week")

    assert [option["value"] for option in boxes["initial_options"]] == checked.split()


def read_quiet(
    playbook: Playbook, before: Preferences, choice: str, start: str, end: str, *working: str
) -> settings_modal.ChosenSettings:
    """Return what comes of quiet hours that are picked."""
    fields = {
        **chosen(quiet_hours=choice)["values"],
        **times(quiet_from=start, quiet_until=end),
        "week": {"week": {"selected_options": [{"value": day} for day in working]}},
    }
    return settings_modal.read_settings({"values": fields}, playbook.strings, before, Limits())


def times(**picked: str) -> dict[str, Any]:
    """Return what time pickers send; empty for no time."""
    return {name: {name: {"selected_time": at or None}} for name, at in picked.items()}


def as_submitted(view: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a form that somebody submits as it is."""
    values = {}
    for block in view["blocks"]:
        element = block.get("element", {})
        sent = {name.replace("initial", "selected"): value for name, value in element.items()}
        values[block.get("block_id")] = {element.get("action_id"): sent}
    return {"values": values}


def test_what_is_reflected() -> None:
    """What was filled in comes back under its name, stripped; also from a form of before."""
    found = weekly_modals.read_reflection(written(learned=" x ", next=" ", plan="If a, then b"))

    assert found == {"learned": "x", "plan": "If a, then b"}
    before = {"how": "a", "happened": "b", "worked": "c", "if": "d", "then": "e"}
    assert weekly_modals.read_reflection(written(**before)) == before


def test_the_form_of_a_reflection(playbook: Playbook) -> None:
    """Three boxes, none of them required; last time's plan stands above them if there is one."""
    for plan, kinds in (("", ["input"] * 3), ("If a, then b", ["section"] + ["input"] * 3)):
        blocks = weekly_modals.reflection_form(playbook.strings, "2026-W48", plan)["blocks"]
        boxes = [b for b in blocks if b["type"] == "input"]

        assert [b["type"] for b in blocks] == kinds
        assert [b["label"]["text"] for b in boxes] == ["What I learned", "Next", "If-then"]
        assert all(b["optional"] for b in boxes)
        assert ("If a, then b" in str(blocks)) is bool(plan)
        assert ("How the plan went" in str(boxes)) is bool(plan)


def test_a_team_that_exists_is_filled_in(playbook: Playbook) -> None:
    """A manager sees the team as it was saved."""
    view = weekly_modals.team_form(playbook.strings, TEAM, ["U2", "U3"])

    assert initial_values(view) == {
        "name": "North",
        "people": "",
        "day": "thu",
        "time": "08:30",
        "channel": "C1",
    }
    assert "'initial_users': ['U2', 'U3']" in str(view)
    assert view["private_metadata"] == "G1"


def test_a_digest_opens_the_managers_week(playbook: Playbook) -> None:
    """A manager in Riyadh is offered Sunday, and one elsewhere Monday."""
    riyadh = weekly_modals.team_form(playbook.strings, None, [], weekend=frozenset({4, 5}))
    elsewhere = weekly_modals.team_form(playbook.strings, None, [])

    assert (initial_values(riyadh)["day"], initial_values(elsewhere)["day"]) == ("sun", "mon")


def test_what_a_manager_chose() -> None:
    """A team comes back as a form; what is missing has its default."""
    members = [f"U{n}" for n in range(120)]
    state = {
        "values": {
            **written(name=" North ")["values"],
            "people": {"people": {"selected_users": members}},
            **chosen(day="thu")["values"],
            "time": {"time": {"selected_time": "08:30"}},
            "channel": {"channel": {"selected_conversation": "C1"}},
        }
    }
    form = weekly_modals.read_team(state)

    assert (form.name, form.slot, form.channel_id) == ("North", "thu 08:30", "C1")
    assert form.member_ids == tuple(members[:100])
    assert weekly_modals.read_team({}) == weekly_modals.TeamForm("", (), "mon 09:00", "")


def home_text(playbook: Playbook, state: HomeState) -> str:
    view = home.home(state, playbook.strings, 90)
    validation.validate_view(view)
    return str(view)


def home_state(**changes: Any) -> HomeState:
    values: dict[str, Any] = {
        "preferences": Preferences(),
        "limits": Limits(),
        "paused_until": None,
        "first_visit": False,
        "nudges": (),
        "decisions_kept": 3,
    }
    return HomeState(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "shown", "hidden"),
    [
        ({"first_visit": True}, "Hello.", "Paused until"),
        (
            {},
            "Unprompted questions: at most 1 a day and 2 a week. Quiet hours: 8:00 PM to 7:00 AM.",
            "Hello.",
        ),
        ({}, "Quiet hours: 8:00 PM to 7:00 AM. Days off: Saturday and Sunday.", "20:00"),
        ({}, "reframe_home_pause", "reframe_resume"),
        (
            {"paused_until": "Tuesday, December 1"},
            "Paused until Tuesday, December 1.",
            "reframe_home_pause",
        ),
        ({"paused_until": ""}, "Paused until you resume.", "reframe_home_pause"),
        ({"preferences": Preferences(daily_limit=0)}, "questions are off", "at most"),
        ({"preferences": Preferences(daily_limit=3)}, "questions: at most 2 a week.", "a day and"),
        (
            {"preferences": Preferences(quiet_hours="off")},
            "Quiet hours: none. Days off: none.",
            "8:00 PM",
        ),
        (
            {"preferences": Preferences(quiet_hours="20:00-07:00,fri-sat")},
            "Quiet hours: 8:00 PM to 7:00 AM. Days off: Friday and Saturday.",
            "fri-sat",
        ),
        (
            {"preferences": Preferences(quiet_hours="19:00-08:00,weekdays")},
            "Quiet hours: 7:00 PM to 8:00 AM. Days off: none.",
            "weekdays",
        ),
        ({"limits": Limits(daily_cap=0)}, "questions: at most 2 a week.", "a day and"),
        ({"limits": Limits(weekly_cap=0)}, "questions: at most 1 a day.", "a week"),
        ({"limits": Limits(daily_cap=0, weekly_cap=0)}, "questions: no limit.", "at most"),
        ({"weekend": frozenset({4, 5})}, "Days off: Friday and Saturday.", "Sunday"),
        ({"limits": Limits(quiet_hours=None)}, "Quiet hours: none.", "8:00 PM"),
        ({}, "Only you see your questions, unless", "appear in the thread"),
        ({"limits": Limits(delivery=Delivery.THREAD)}, "appear in the thread", "Only you see"),
        ({"limits": Limits(delivery=Delivery.OBSERVE)}, "I only count", "appear in the thread"),
        (
            {"preferences": Preferences(delivery=Delivery.PRIVATE)},
            "Only you see your questions.",
            "appear in the thread",
        ),
        (
            {"preferences": Preferences(weekly_reflection=True, reflection_slot="thu 16:30")},
            "is on: Thursday, 4:30 PM.",
            "is off",
        ),
        ({"preferences": Preferences(weekly_reflection=True)}, "is on: Friday, 3:00 PM.", "is off"),
    ],
)
def test_home(playbook: Playbook, changes: dict[str, Any], shown: str, hidden: str) -> None:
    """Home says how things stand."""
    text = home_text(playbook, home_state(**changes))

    assert shown in text
    assert hidden not in text


def test_home_shows_the_latest_questions(playbook: Playbook) -> None:
    """Each question with its time and its channel; nobody is mentioned by what it says."""
    nudge = DecisionLine("Tuesday, December 1, 2:05 PM", "C1", "What about <!here>?", "")
    text = home_text(playbook, home_state(nudges=(nudge,)))

    assert "Tuesday, December 1, 2:05 PM in <#C1>: What about &lt;!here&gt;?" in text


def test_decisions(playbook: Playbook) -> None:
    """One line per decision: the question, or why the bot stayed quiet."""
    lines = [
        DecisionLine("Tuesday, December 1, 2:05 PM", "C1", "What next?", ""),
        DecisionLine("Monday, November 30, 9:00 AM", "C2", "", "You've paused my questions."),
    ]
    shown = decisions.decisions(lines, playbook.strings)
    validation.validate_blocks(shown.blocks)

    first, second = shown.text.splitlines()[1:]
    assert first.startswith("Tuesday, December 1, 2:05 PM in <#C1>: ")
    assert first.endswith("What next?")
    assert second.startswith("Monday, November 30, 9:00 AM in <#C2>: ")
    assert second.endswith("You've paused my questions.")
    assert decisions.decisions([], playbook.strings).text == playbook.text("record", "none")
    for shown_lines in ([], lines):
        here = decisions.decisions(shown_lines, playbook.strings, quiet_here="Guests read this.")
        assert here.text.startswith("Guests read this. ")


def test_decisions_of_one_kind_stand_together(playbook: Playbook) -> None:
    """The reason once, and below it the time of each message; another channel stands apart."""
    quiet = "It's outside your working hours."
    lines = [DecisionLine(f"Monday, 9:0{n} PM", "C1", "", quiet) for n in range(3)]
    other = DecisionLine("Monday, 8:00 PM", "C2", "", quiet)
    shown = decisions.decisions([*lines[:2], other, lines[2]], playbook.strings)
    asked = [DecisionLine(f"Monday, 7:0{n} AM", "C1", "What next?", "x") for n in range(2)]

    assert shown.text.count(quiet) == 2
    assert [row for row in shown.text.splitlines() if row.startswith("\u2022 ")] == [
        f"\u2022 Monday, 9:0{n} PM" for n in range(3)
    ]
    assert "Monday, 8:00 PM in <#C2>" in shown.text
    assert decisions.decisions(asked, playbook.strings).text.count("What next?") == 2


def test_erasing_asks_twice(playbook: Playbook) -> None:
    """The prompt's button, and the one in Home, ask once more."""
    prompt = erasure.erasure_prompt(playbook.strings)
    validation.validate_blocks(prompt.blocks)
    in_home = home.home(home_state(), playbook.strings, 90)
    buttons = [
        element
        for block in [*prompt.blocks, *in_home["blocks"]]
        for element in block.get("elements", [])
        if element.get("action_id") == "reframe_forget"
    ]

    assert len(buttons) == 2
    keep = playbook.text("record", "forget_deny")
    assert all(b["confirm"]["deny"]["text"] == keep for b in buttons)


def test_what_stays_is_said_once(playbook: Playbook) -> None:
    """Above the button of the prompt or, in Home, where nothing stands above it, in its question;
    and not once more when it is done."""
    prompt = str(erasure.erasure_prompt(playbook.strings).blocks)
    (asked,) = re.findall(
        r"This erases[^\"]*", json.dumps(home.home(home_state(), playbook.strings, 90))
    )
    done = [text for key, text in playbook.strings["record"].items() if "forgotten" in key]

    assert prompt.lower().count("stays") == asked.count("stays") == 1
    assert not [text for text in done if "kept" in text or "stays" in text]
