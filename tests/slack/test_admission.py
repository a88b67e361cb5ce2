"""What the guard turns away, and how it says so."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.admission import Admission, Purpose
from bot.core.playbook_model import Playbook
from bot.slack.listeners.purposes import purpose_of
from tests.slack.bolt import WORKSPACE, BoltDriver, acknowledged, values

ELSEWHERE: list[Any] = [
    pytest.param({"team_id": "T2", "team": {"id": "T2"}}, id="another workspace"),
    pytest.param(
        {
            "team": None,
            "team_id": None,
            "user": {"id": "U1", "team_id": "E1"},
            "enterprise": {"id": "E1"},
            "is_enterprise_install": True,
        },
        id="org-wide",
    ),
]


@pytest.fixture(params=[Admission.NOT_OURS, Admission.UNKNOWN])
def refused(bolt: BoltDriver, playbook: Playbook, request: pytest.FixtureRequest) -> str:
    """Let everybody be turned away; return the sentence that they get."""
    bolt.flows.admissions.admit.return_value = request.param
    return playbook.text("people", request.param)


async def test_a_command(bolt: BoltDriver, refused: str) -> None:
    shown = acknowledged(await bolt.command("settings"))

    assert (shown["text"], shown["response_type"]) == (refused, "ephemeral")
    bolt.flows.preferences.get.assert_not_awaited()
    assert bolt.slack.calls_to("views.open") == []


async def test_a_press_below_a_message(bolt: BoltDriver, refused: str) -> None:
    assert acknowledged(await bolt.press("reframe_resume")) == {}

    assert [shown["text"] for shown in bolt.responses()] == [refused]
    bolt.flows.pauses.resume.assert_not_awaited()


async def test_a_shortcut(bolt: BoltDriver, refused: str) -> None:
    await bolt.shortcut("They owe us a call.")

    assert [shown["text"] for shown in bolt.responses()] == [refused]
    bolt.flows.on_demand.submit.assert_not_awaited()


async def test_a_press_in_a_modal(bolt: BoltDriver, playbook: Playbook) -> None:
    bolt.flows.admissions.admit.return_value = Admission.ADMITTED
    await bolt.command("")
    modal = bolt.modal()
    bolt.flows.admissions.admit.return_value = Admission.NOT_OURS
    view: dict[str, Any] = {"view": {**modal, "type": "modal"}, "response_url": None}
    await bolt.press("reframe_another", "blame|", **view)

    assert playbook.text("people", Admission.NOT_OURS) in str(bolt.modal())
    bolt.flows.on_demand.submit.assert_not_awaited()


async def test_a_form_of_somebody_else(bolt: BoltDriver, playbook: Playbook) -> None:
    bolt.flows.admissions.admit.return_value = Admission.NOT_OURS
    shown = acknowledged(await bolt.submit("reframe_team", values(name="North")))

    assert shown["response_action"] == "update"
    assert playbook.text("people", Admission.NOT_OURS) in str(shown["view"])
    bolt.flows.team_setup.save.assert_not_awaited()


async def test_a_form_of_somebody_unknown_keeps_what_was_written(
    bolt: BoltDriver, playbook: Playbook
) -> None:
    bolt.flows.admissions.admit.return_value = Admission.UNKNOWN
    again = playbook.text("people", Admission.UNKNOWN)
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": "reframe_team",
        "blocks": [{"type": "section"}, {"type": "input", "block_id": "name"}],
    }
    shown = acknowledged(await bolt.submit("reframe_team", view=view))

    assert shown == {"response_action": "errors", "errors": {"name": again}}
    bolt.flows.team_setup.save.assert_not_awaited()


async def test_home_of_somebody_else(bolt: BoltDriver, playbook: Playbook) -> None:
    """They see the sentence, and what they can do about their data; after a press as well."""
    bolt.flows.admissions.admit.return_value = Admission.NOT_OURS
    await bolt.event({"type": "app_home_opened", "user": "U1", "tab": "home"})
    await bolt.press("reframe_home_pause", view={"type": "home"}, response_url=None)

    drawn = bolt.slack.calls_to("views.publish")
    assert len(drawn) == 2
    for call in drawn:
        shown = str(call.arguments)
        assert playbook.text("people", Admission.NOT_OURS) in shown
        assert "reframe_home_data" in shown
        assert "reframe_forget" in shown
        assert "reframe_home_settings" not in shown
    bolt.flows.preferences.home_state.assert_not_awaited()
    bolt.flows.pauses.pause.assert_not_awaited()


async def test_home_of_somebody_unknown_stays_as_it_is(bolt: BoltDriver) -> None:
    bolt.flows.admissions.admit.return_value = Admission.UNKNOWN
    await bolt.event({"type": "app_home_opened", "user": "U1", "tab": "home"})

    assert bolt.slack.calls_to("views.publish") == []
    bolt.flows.preferences.home_state.assert_not_awaited()


@pytest.mark.parametrize("changes", ELSEWHERE)
async def test_elsewhere_nothing_happens_and_it_is_said(
    bolt: BoltDriver,
    playbook: Playbook,
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, Any],
) -> None:
    sentence = playbook.text("people", "elsewhere")
    shown = acknowledged(await bolt.command("forget me", **changes))
    assert shown["text"] == sentence
    await bolt.press("reframe_forget", **changes)
    assert [r["text"] for r in bolt.responses()] == [sentence]
    form = acknowledged(await bolt.submit("reframe_settings", **changes))
    assert sentence in str(form["view"])
    changed = {**changes, "authorizations": [{"enterprise_id": "E1", "team_id": None}]}
    event = {"type": "app_home_opened", "user": "U1", "tab": "home"}
    assert (await bolt.event(event, **changed)).status == 200

    assert bolt.flows.admissions.admit.await_count == 0
    assert bolt.flows.erasure.forget_person.await_count == 0
    assert bolt.flows.preferences.update.await_count == 0
    lines = [r.getMessage() for r in caplog.records if "is not served" in r.getMessage()]
    assert len(lines) == 1  # a day
    assert WORKSPACE in lines[0]


@pytest.mark.parametrize(
    ("body", "purpose"),
    [
        ({"event": {"type": "message"}, "user": "U1"}, None),
        ({"type": "app_rate_limited"}, None),
        ({"command": "/reframe", "user_id": "U1", "text": " My  DATA "}, Purpose.OWN_DATA),
        ({"command": "/reframe", "user_id": "U1", "text": "forget me"}, Purpose.OWN_DATA),
        ({"command": "/reframe", "user_id": "U1", "text": "team"}, Purpose.STARTS_SOMETHING),
        ({"command": "/reframe", "user_id": "U1", "text": "team leave"}, Purpose.ORDINARY),
        ({"command": "/reframe", "user_id": "U1", "text": None}, Purpose.ORDINARY),
        ({"user": {}, "actions": [{"action_id": "reframe_forget"}]}, Purpose.OWN_DATA),
        ({"user": {}, "actions": [{"action_id": "reframe_resume"}]}, Purpose.ORDINARY),
        ({"user": {}, "actions": [{"action_id": ["x"]}, "y"]}, Purpose.ORDINARY),
        ({"user": {}, "actions": []}, Purpose.ORDINARY),
        ({"user": {}, "view": {"callback_id": "reframe_team"}}, Purpose.STARTS_SOMETHING),
        ({"user": {}, "view": {"callback_id": "reframe_workspace"}}, Purpose.STARTS_SOMETHING),
        (
            {"user": {}, "actions": [{"action_id": "reframe_workspace_change"}]},
            Purpose.STARTS_SOMETHING,
        ),
        (
            {"user": {}, "actions": [{"action_id": "reframe_workspace_defaults"}]},
            Purpose.STARTS_SOMETHING,
        ),
        ({"user": {}, "view": "V1"}, Purpose.ORDINARY),
        (
            {
                "user": {},
                "actions": [{"action_id": "reframe_forget"}, {"action_id": "reframe_team_yes"}],
            },
            Purpose.STARTS_SOMETHING,
        ),
    ],
)
def test_what_an_interaction_is_for(body: dict[str, Any], purpose: Purpose | None) -> None:
    assert purpose_of(body) is purpose
