"""Who can read a channel: its members count, not only whether it is shared."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from bot.core.model import Audience
from bot.core.playbook_model import Playbook
from bot.core.policy import Limits
from bot.flows.errors import RateLimitedError, SlackRefusedError
from bot.sandbox.faults import Fault
from bot.sandbox.slack import FakeSlack
from bot.slack.gateway import Gateway
from bot.slack.workspaces import SingleWorkspace
from tests.slack.kit import Clock

WORKSPACE = "T0REFRAME"
OUTSIDERS: list[dict[str, Any]] = [
    {"is_restricted": True},
    {"is_ultra_restricted": True},
    {"is_stranger": True},
    {"team_id": "T9OTHER"},
]


@pytest.mark.parametrize("outsider", OUTSIDERS)
@pytest.mark.parametrize("is_private", [False, True])
async def test_one_outsider_among_the_members(
    slack: FakeSlack, gateway: Gateway, outsider: dict[str, Any], is_private: bool
) -> None:
    """A guest, or somebody from another company, makes it a channel that outsiders read."""
    members = [slack.workspace.add_user("ana"), slack.workspace.add_user("kim", **outsider)]
    channel_id = slack.workspace.add_channel("deal", members, is_private=is_private)

    assert await gateway.audience(WORKSPACE, channel_id) is Audience.OUTSIDERS


@pytest.mark.parametrize("member", [{"is_bot": True}, {"deleted": True}])
async def test_bots_and_former_colleagues_are_no_outsiders(
    slack: FakeSlack, gateway: Gateway, member: dict[str, Any]
) -> None:
    """Other apps of the company don't silence a channel."""
    channel_id = slack.workspace.add_channel("deal", [slack.workspace.add_user("kim", **member)])

    assert await gateway.audience(WORKSPACE, channel_id) is Audience.COLLEAGUES


async def test_a_colleague_from_another_workspace_of_the_organization(
    slack: FakeSlack, gateway: Gateway
) -> None:
    """On Enterprise Grid, people of one company are at home in several workspaces."""
    kim = slack.workspace.add_user("kim", team_id="T2")
    described = slack.workspace.users[kim].as_json(0.0) | {"enterprise_user": {"id": "W1"}}
    body = Fault.http(200, _json({"ok": True, "user": described}), "application/json")
    slack.faults.inject("users.info", body)
    channel_id = slack.workspace.add_channel("deal", [kim], with_bot=False)

    assert await gateway.audience(WORKSPACE, channel_id) is Audience.COLLEAGUES


async def test_the_last_of_many_pages(slack: FakeSlack, gateway: Gateway) -> None:
    """All pages are read, and each member is asked about once, also when asked afresh."""
    members = [slack.workspace.add_user(f"u{n}") for n in range(420)]
    guest = slack.workspace.add_user("guest", is_restricted=True)
    channel_id = slack.workspace.add_channel("deal", members)
    assert await gateway.audience(WORKSPACE, channel_id) is Audience.COLLEAGUES
    slack.workspace.channels[channel_id].members.append(guest)

    assert await gateway.audience(WORKSPACE, channel_id, fresh=True) is Audience.OUTSIDERS
    assert len(slack.calls_to("conversations.members")) == 6
    assert len(slack.calls_to("users.info")) == 422  # the bot is a member too


async def test_a_channel_too_large_to_look_through(
    slack: FakeSlack,
    clients: SingleWorkspace,
    playbook: Playbook,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is unknown who reads it, one line says why, and it isn't walked again for each message."""
    gateway = Gateway(clients, playbook.languages, clock, Limits(audience_members=250))
    channel_id = slack.workspace.add_channel("all", [])
    kim = slack.workspace.add_user("kim")
    slack.workspace.channels[channel_id].members += [kim] * 600
    with caplog.at_level(logging.WARNING):
        found = [await gateway.audience(WORKSPACE, channel_id) for _ in range(3)]

    assert found == [Audience.UNKNOWN] * 3
    assert len(slack.calls_to("conversations.members")) == 2
    assert caplog.text.count("it has more than 250 members") == 1


async def test_a_missing_scope_is_named_once_a_day(
    slack: FakeSlack, gateway: Gateway, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """An admin finds which scope is missing, and not a line per message."""
    channel_id = slack.workspace.add_channel("deal", [], is_private=True)
    refused = {"ok": False, "error": "missing_scope", "needed": "groups:read", "provided": "x"}
    fault = Fault.http(200, _json(refused), "application/json")
    slack.faults.inject("conversations.info", fault, times=6)
    for _ in range(5):
        assert await gateway.audience(WORKSPACE, channel_id) is Audience.UNKNOWN
    assert caplog.text.count("the scope groups:read is missing") == 1
    assert f"workspace={WORKSPACE} channel={channel_id}" in caplog.text

    clock.now += 86_400
    await gateway.audience(WORKSPACE, channel_id)
    assert caplog.text.count("the scope groups:read is missing") == 2


@pytest.mark.parametrize("method", ["conversations.info", "conversations.members", "users.info"])
async def test_a_question_that_fails_is_no_answer(
    slack: FakeSlack, gateway: Gateway, method: str
) -> None:
    """Rate limits and refused tokens go up to whoever asks; nothing is taken for colleagues."""
    channel_id = slack.workspace.add_channel("deal", [slack.workspace.add_user("ana")])
    slack.faults.inject(method, Fault.rate_limited("0.2"))
    with pytest.raises(RateLimitedError):
        await gateway.audience(WORKSPACE, channel_id)
    await asyncio.sleep(0.25)
    slack.faults.inject(method, Fault.error("invalid_auth"))
    with pytest.raises(SlackRefusedError):
        await gateway.audience(WORKSPACE, channel_id)

    assert await gateway.audience(WORKSPACE, channel_id) is Audience.COLLEAGUES


@pytest.mark.parametrize("method", ["conversations.members", "users.info"])
async def test_a_member_that_slack_does_not_describe(
    slack: FakeSlack, gateway: Gateway, method: str
) -> None:
    """Without all members there is no telling."""
    channel_id = slack.workspace.add_channel("deal", ["U-nobody"])
    if method == "conversations.members":
        empty = Fault.http(200, _json({"ok": True}), "application/json")
        slack.faults.inject("conversations.members", empty)

    assert await gateway.audience(WORKSPACE, channel_id) is Audience.UNKNOWN


async def test_a_slow_walk_ends_for_the_next_who_asks(slack: FakeSlack, gateway: Gateway) -> None:
    """Who can't wait leaves the answer to the next one, instead of calling it off."""
    channel_id = slack.workspace.add_channel("deal", [])
    slack.faults.inject("conversations.members", Fault.slow(0.3))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await gateway.audience(WORKSPACE, channel_id)

    assert await gateway.audience(WORKSPACE, channel_id) is Audience.COLLEAGUES
    assert len(slack.calls_to("conversations.members")) == 1


async def test_what_changes_is_asked_for_anew(slack: FakeSlack, gateway: Gateway) -> None:
    """Somebody joins; somebody becomes a guest, and is a colleague again."""
    ana = slack.workspace.add_user("ana")
    channel_id = slack.workspace.add_channel("deal", [ana])
    guest = slack.workspace.add_user("guest", is_restricted=True)
    assert await gateway.audience(WORKSPACE, channel_id) is Audience.COLLEAGUES

    members = slack.workspace.channels[channel_id].members
    members.append(guest)
    gateway.readers_changed(WORKSPACE, channel_id)
    assert await gateway.audience(WORKSPACE, channel_id) is Audience.OUTSIDERS

    members.remove(guest)
    gateway.readers_changed(WORKSPACE, channel_id)
    assert await gateway.audience(WORKSPACE, channel_id) is Audience.COLLEAGUES

    user = slack.workspace.users[ana]
    for is_guest, audience in ((True, Audience.OUTSIDERS), (False, Audience.COLLEAGUES)):
        user.is_ultra_restricted = is_guest
        gateway.person_changed(WORKSPACE, user.as_json(0.0))
        assert await gateway.audience(WORKSPACE, channel_id) is audience


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value)
