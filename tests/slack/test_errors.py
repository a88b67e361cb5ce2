"""What Slack is answered if a listener fails, and what the log says about it."""

from __future__ import annotations

import logging

import pytest

from bot.core.playbook_model import Playbook
from bot.flows.errors import RateLimitedError, StoreUnavailableError
from bot.sandbox.faults import Fault
from tests.slack.bolt import WORKSPACE, BoltDriver, acknowledged, values

SECRET = "they owe us a call"
MESSAGE = {
    "type": "message",
    "channel": "C1",
    "channel_type": "channel",
    "user": "U1",
    "text": SECRET,
    "ts": "1760000000.000100",
}


async def test_the_store_is_unavailable(bolt: BoltDriver, caplog: pytest.LogCaptureFixture) -> None:
    """An event that can't be stored is not acknowledged, so Slack sends it again."""
    bolt.flows.intake.receive.side_effect = StoreUnavailableError("locked")
    response = await bolt.event(MESSAGE)

    assert (response.status, response.body) == (503, "")
    assert f"workspace={WORKSPACE}" in caplog.text
    assert SECRET not in caplog.text


async def test_a_broken_listener(bolt: BoltDriver, caplog: pytest.LogCaptureFixture) -> None:
    """Anything unexpected is a 500; the log names the place, and holds no text."""
    bolt.flows.intake.receive.side_effect = ValueError(SECRET)
    response = await bolt.event(MESSAGE)

    assert (response.status, response.body) == (500, "")
    assert f"workspace={WORKSPACE} a listener failed: ValueError at bot/slack/" in caplog.text
    assert SECRET not in caplog.text


async def test_slack_fails_in_a_flow(bolt: BoltDriver) -> None:
    """A flow that can't reach Slack is not a modal that wasn't opened: Slack shows the failure."""
    bolt.flows.team_setup.save.side_effect = RateLimitedError(5)
    response = await bolt.submit("reframe_team", values(name="North"))

    assert response.status == 500


@pytest.mark.parametrize("action_id", ["reframe_home_ask", "reframe_tell_why"])
async def test_a_button_that_opens_no_modal(
    bolt: BoltDriver, playbook: Playbook, caplog: pytest.LogCaptureFixture, action_id: str
) -> None:
    """A press is acknowledged all the same, with the way to ask without a modal."""
    bolt.slack.faults.inject("views.open", Fault.error("expired_trigger_id"))
    shown = acknowledged(await bolt.press(action_id, "k1"))

    assert shown["text"] == playbook.text("ask", "no_form")
    assert "no modal: expired_trigger_id" in caplog.text


async def test_a_payload_out_of_shape(bolt: BoltDriver) -> None:
    """A press without what it needs is a 500, not an error in Bolt."""
    response = await bolt.press("reframe_more", "k1")

    assert response.status == 500
    bolt.flows.feedback.give_more.assert_not_awaited()


async def test_background_work_that_fails(
    bolt: BoltDriver, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody waits for ends in the log: Slack's failures as warnings, others as errors."""
    bolt.slack.faults.inject("views.publish", Fault.http(503))
    await bolt.event({"type": "app_home_opened", "user": "U1", "tab": "home"})
    bolt.flows.preferences.home_state.side_effect = ValueError(SECRET)
    await bolt.event({"type": "app_home_opened", "user": "U1", "tab": "home"})

    levels = [(r.levelno, r.getMessage()) for r in caplog.records if "shown" in r.getMessage()]
    assert levels[0] == (logging.WARNING, f"workspace={WORKSPACE} not shown: HTTP 503")
    assert levels[1][0] == logging.ERROR
    assert levels[1][1].startswith(f"workspace={WORKSPACE} could not be shown: ValueError at bot/")
    assert SECRET not in caplog.text
