"""Who the bot is, and whether it may connect, before anything else is built."""

from __future__ import annotations

import pytest

from bot.flows.errors import RateLimitedError, SlackRefusedError, SlackUnavailableError
from bot.sandbox.faults import Fault
from bot.sandbox.slack import FakeSlack
from bot.slack.identity import (
    OPTIONAL_SCOPES,
    ORG_WIDE,
    SCOPES,
    Identity,
    may_connect,
    missing_scopes,
    who_am_i,
)
from bot.slack.workspaces import SingleWorkspace

WORKSPACE = "T0REFRAME"


async def test_who_am_i(clients: SingleWorkspace) -> None:
    """Slack says workspace, user, bot and app."""
    client = await clients.client(WORKSPACE)

    assert await who_am_i(client) == Identity(WORKSPACE, "U0REFRAME", "B0REFRAME", "A0REFRAME")


@pytest.mark.parametrize(
    "fault",
    [Fault.http(500), Fault.rate_limited(), Fault.http(200, '{"ok": true}', "application/json")],
)
async def test_an_unknown_app(slack: FakeSlack, clients: SingleWorkspace, fault: Fault) -> None:
    """Without the app's id the bot starts all the same."""
    slack.faults.inject("bots.info", fault)
    identity = await who_am_i(await clients.client(WORKSPACE))

    assert (identity.workspace_id, identity.app_id) == (WORKSPACE, None)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.error("invalid_auth"), SlackRefusedError),
        (Fault.rate_limited(), RateLimitedError),
        (Fault.http(503), SlackUnavailableError),
    ],
)
async def test_a_token_that_is_refused(
    slack: FakeSlack, clients: SingleWorkspace, fault: Fault, error: type[Exception]
) -> None:
    """A refused token is told apart from a Slack that can't be asked now."""
    slack.faults.inject("auth.test", fault)
    with pytest.raises(error):
        await who_am_i(await clients.client(WORKSPACE))


async def test_an_org_wide_token(slack: FakeSlack, clients: SingleWorkspace) -> None:
    """Its answer names an organization where the workspace should be."""
    answer = (
        '{"ok": true, "user_id": "U1", "team_id": "E1", "enterprise_id": "E1", '
        '"is_enterprise_install": true}'
    )
    slack.faults.inject("auth.test", Fault.http(200, answer, "application/json"))
    with pytest.raises(SlackRefusedError, match=ORG_WIDE):
        await who_am_i(await clients.client(WORKSPACE))


async def test_may_connect(slack: FakeSlack, clients: SingleWorkspace) -> None:
    """The app token is tried once; a wrong one is refused."""
    client = await clients.client(WORKSPACE)
    await may_connect(client, slack.workspace.app_token)
    with pytest.raises(SlackRefusedError):
        await may_connect(client, "xapp-wrong")


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        (",".join(sorted(SCOPES)), []),
        (",".join(sorted(SCOPES - {"groups:read", "users:read"})), ["groups:read", "users:read"]),
        (", ".join(sorted(SCOPES - OPTIONAL_SCOPES)), ["groups:history", "groups:read"]),
        (None, []),
    ],
)
async def test_the_scopes_that_a_token_lacks(
    slack: FakeSlack, clients: SingleWorkspace, granted: str | None, missing: list[str]
) -> None:
    """They are named as Slack's header tells them; without it, none is."""
    if granted is not None:
        headers = (("X-OAuth-Scopes", granted),)
        fault = Fault("http", 200, '{"ok":true}', "application/json", headers=headers)
        slack.faults.inject("auth.test", fault)
    client = await clients.client(slack.workspace.team_id)

    assert await missing_scopes(client) == missing


async def test_a_refused_token_lacks_no_scope(slack: FakeSlack, clients: SingleWorkspace) -> None:
    """What is wrong with it is told elsewhere."""
    slack.faults.inject("auth.test", Fault.error("invalid_auth"))
    client = await clients.client(slack.workspace.team_id)

    assert await missing_scopes(client) == []
