"""Bolt with every listener, the real presenter and a fake Slack; the flows are mocks."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import fields
from functools import cache
from typing import Any, get_type_hints
from unittest.mock import create_autospec

from slack_bolt.response import BoltResponse

from bot.core.admission import Admission
from bot.core.languages import UiStrings
from bot.core.model import Preferences
from bot.core.policy import Limits
from bot.core.weekends import SATURDAY_AND_SUNDAY
from bot.flows.ports.telemetry import NoTelemetry
from bot.flows.preferences import HomeState
from bot.sandbox.slack import FakeSlack
from bot.slack.app import WorkspaceAuthorize, build_bolt
from bot.slack.background import BackgroundTasks
from bot.slack.identity import Identity
from bot.slack.listeners.channel_changes import RemembersReaders
from bot.slack.listeners.registration import Flows, register_listeners
from bot.slack.presenter import SlackPresenter
from bot.slack.workspaces import SingleWorkspace

Json = dict[str, Any]

WORKSPACE = "T0REFRAME"
APP = "A0REFRAME"
BOT_USER = "U0REFRAME"


@cache
def _autospecs() -> dict[str, Any]:
    """Return a mock per flow that has its methods with their arguments; slow to build."""
    hints = get_type_hints(Flows)
    return {f.name: create_autospec(hints[f.name], instance=True) for f in fields(Flows)}


def mock_flows() -> Any:
    """Return ``Flows`` of mocks that have not been called yet."""
    mocks = _autospecs()
    for mock in mocks.values():
        mock.reset_mock(return_value=True, side_effect=True)
    flows = Flows(**mocks)
    state = HomeState(Preferences(), Limits(), None, False, (), 0)
    mocks["admissions"].admit.return_value = Admission.ADMITTED
    mocks["preferences"].limits.return_value = Limits()
    mocks["preferences"].get.return_value = Preferences()
    mocks["preferences"].weekend.return_value = SATURDAY_AND_SUNDAY
    mocks["preferences"].home_state.return_value = state
    mocks["workspace_settings"].overview.return_value = None
    mocks["on_demand"].is_for_people.return_value = False
    mocks["decision_log"].why_quiet_here.return_value = None
    return flows


class BoltDriver:
    """Sends payloads to Bolt as Slack would, and keeps the flows' mocks.

    Attributes:
        flows: the mocks.
        readers: a mock of what remembers who reads each channel.
        slack: where modals, Home tabs and responses appear.
    """

    def __init__(
        self,
        slack: FakeSlack,
        clients: SingleWorkspace,
        presenter: SlackPresenter,
        strings: UiStrings,
    ) -> None:
        self.slack = slack
        self.flows = mock_flows()
        self.background = BackgroundTasks()
        self.readers = create_autospec(RemembersReaders, instance=True)
        self.identity = Identity(WORKSPACE, BOT_USER, "B0REFRAME", APP)
        self._clients = clients
        self._presenter = presenter
        self._strings = strings
        self._numbers = itertools.count(1)
        self.response_url = f"{slack.api_url.removesuffix('/api/')}/respond/1"

    async def start(self) -> None:
        client = await self._clients.client(WORKSPACE)
        workspaces = SingleWorkspace(self.identity, client)
        self._app = build_bolt(client, WorkspaceAuthorize(workspaces))
        self._dispatcher = register_listeners(
            self._app,
            workspaces=workspaces,
            flows=self.flows,
            presenter=self._presenter,
            readers=self.readers,
            background=self.background,
            strings_of=self._strings_of,
            limits=Limits(),
            clock=time.time,
            telemetry=NoTelemetry(),
        )

    async def _strings_of(self, workspace_id: str) -> UiStrings:
        return self._strings

    async def send(self, payload: Json) -> BoltResponse:
        """Dispatch a payload, and wait for what it started in the background."""
        response = await self._dispatcher.dispatch(payload)
        await self.background.close()
        return response

    async def event(self, event: Json, **changes: Any) -> BoltResponse:
        """Send an event in its envelope."""
        return await self.send({**self.slack.envelope(event, "Ev1"), **changes})

    async def command(self, text: str, **changes: Any) -> BoltResponse:
        """Send ``/reframe`` with a text behind it."""
        return await self.send(
            {
                "command": "/reframe",
                "text": text,
                "user_id": "U1",
                "team_id": WORKSPACE,
                "api_app_id": APP,
                "channel_id": "C1",
                "trigger_id": f"{next(self._numbers)}.trigger",
                "response_url": self.response_url,
                **changes,
            }
        )

    async def press(
        self, action_id: str, value: str = "", *, choose: str = "", **changes: Any
    ) -> BoltResponse:
        """Press a button of a message, or choose an option."""
        action: Json = {"action_id": action_id, "action_ts": "5.5", "type": "button"}
        if choose:
            action |= {"selected_option": {"value": choose}}
        else:
            action |= {"value": value}
        return await self.send(
            self._interaction("block_actions")
            | {
                "actions": [action],
                "container": {"type": "message", "is_ephemeral": False},
                "response_url": self.response_url,
            }
            | changes
        )

    async def submit(
        self, callback_id: str, state: Json | None = None, metadata: str = "", **changes: Any
    ) -> BoltResponse:
        """Send a modal."""
        view = {
            "id": "V1",
            "hash": "h1",
            "type": "modal",
            "callback_id": callback_id,
            "private_metadata": metadata,
            "state": state or {},
        }
        return await self.send(self._interaction("view_submission") | {"view": view} | changes)

    async def shortcut(self, text: str | None, author_id: str = "U1") -> BoltResponse:
        """Use 'Reframe this' on a message."""
        return await self.send(
            self._interaction("message_action")
            | {
                "callback_id": "reframe_this",
                "message": {"user": author_id, "text": text},
                "response_url": self.response_url,
            }
        )

    def responses(self) -> list[Json]:
        """Return what was sent to the response URL."""
        return self.slack.response_url_bodies

    def modal(self) -> Json:
        """Return the modal that was opened last."""
        return list(self.slack.workspace.views.values())[-1]

    def _interaction(self, kind: str) -> Json:
        return {
            "type": kind,
            "team": {"id": WORKSPACE},
            "user": {"id": "U1", "team_id": WORKSPACE},
            "api_app_id": APP,
            "trigger_id": f"{next(self._numbers)}.trigger",
        }


def acknowledged(response: BoltResponse) -> Json:
    """Return the body of an acknowledgement; empty for an empty one."""
    assert response.status == 200
    found: Json = json.loads(response.body or "{}")
    return found


def values(**fields: str) -> Json:
    """Return the state of a form in which texts were written."""
    return {"values": {n: {n: {"type": "plain_text_input", "value": v}} for n, v in fields.items()}}
