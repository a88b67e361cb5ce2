"""The presenter against the fake Slack: what one person is shown, and where."""

from __future__ import annotations

from string import Template
from typing import Any

import pytest

from bot.core.model import Preferences
from bot.core.playbook_model import Playbook
from bot.core.policy import Limits
from bot.flows.errors import (
    ModalNotOpenedError,
    RateLimitedError,
    SlackCallError,
    SlackRefusedError,
    SlackUnavailableError,
)
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.rendering import AskReply
from bot.flows.preferences import HomeState
from bot.sandbox.faults import Fault
from bot.sandbox.slack import FakeSlack
from bot.slack.presenter import SlackPresenter
from bot.slack.views import block_kit, modals
from bot.slack.workspaces import SingleWorkspace

WORKSPACE = "T0REFRAME"


def ask(place: ReplyPlace, address: str) -> Ask:
    return Ask("k1", AskKind.ADVICE, WORKSPACE, "U1", place, address, text="secret")


def response_url(slack: FakeSlack, name: str = "1") -> str:
    return f"{slack.api_url.removesuffix('/api/')}/respond/{name}"


async def test_a_reply_at_a_response_url(
    slack: FakeSlack, presenter: SlackPresenter, playbook: Playbook
) -> None:
    """A reply to a command is shown to the person who typed it, and replaces nothing."""
    url = response_url(slack)
    reply = AskReply(line="a < b")
    await presenter.show_reply(ask(ReplyPlace.RESPONSE, url), reply, playbook.strings)
    (body,) = slack.response_url_bodies

    assert body["text"] == "a &lt; b"
    assert body["blocks"][0]["text"] == {"type": "plain_text", "text": "a < b", "emoji": False}
    assert (body["response_type"], body["replace_original"]) == ("ephemeral", False)


async def test_a_reply_in_a_modal(
    slack: FakeSlack, presenter: SlackPresenter, playbook: Playbook
) -> None:
    """A reply to a form takes the place of what the modal shows."""
    view_id = await presenter.open_view(WORKSPACE, "1", modals.thinking_modal(playbook.strings))
    reply = AskReply(line="There it is.")
    await presenter.show_reply(ask(ReplyPlace.VIEW, view_id), reply, playbook.strings)

    shown = slack.workspace.views[view_id]
    assert shown["callback_id"] == modals.MESSAGE
    assert shown["blocks"][0]["text"]["text"] == "There it is."


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.http(404, "used_url"), SlackRefusedError),
        (Fault.http(429, "slow"), RateLimitedError),
        (Fault.http(503, "busy"), SlackUnavailableError),
    ],
)
async def test_how_a_response_url_can_fail(
    slack: FakeSlack, presenter: SlackPresenter, fault: Fault, error: type[Exception]
) -> None:
    """A used-up URL is final; anything else may be tried again."""
    slack.faults.inject("response_url", fault)
    with pytest.raises(error):
        await presenter.respond(response_url(slack), block_kit.line("hi"))


@pytest.mark.parametrize(
    "url", ["", "http://far.example/respond/1", "ftp://127.0.0.1/1", "nonsense", "//far.example"]
)
async def test_a_url_that_is_not_slacks(presenter: SlackPresenter, url: str) -> None:
    """Nothing is sent to where somebody could read it on the way."""
    with pytest.raises(SlackRefusedError, match="no_response_address"):
        await presenter.respond(url, block_kit.line("hi"))


async def test_replacing_and_deleting(slack: FakeSlack, presenter: SlackPresenter) -> None:
    """A message whose button was pressed is replaced, or taken away."""
    url = response_url(slack)
    await presenter.respond(url, block_kit.line("instead"), replace=True)
    await presenter.delete_original(url)

    replaced, deleted = slack.response_url_bodies
    assert replaced["replace_original"] is True
    assert deleted == {"delete_original": True}


async def test_a_file(slack: FakeSlack, presenter: SlackPresenter) -> None:
    """A file goes into the bot's direct conversation with its reader."""
    ana = slack.workspace.add_user("ana")
    await presenter.send_file(
        WORKSPACE, ana, name="data.json", content='{"ä": 1}', comment="Yours."
    )
    (message,) = slack.workspace.messages(slack.workspace.dm_channel(ana))

    assert message["text"] == "Yours."
    assert slack.uploads[message["files"][0]["id"]] == '{"ä": 1}'.encode()


async def test_a_file_that_is_not_taken(slack: FakeSlack, presenter: SlackPresenter) -> None:
    """A file that can't be uploaded is an error, and is not announced."""
    ana = slack.workspace.add_user("ana")
    base = slack.api_url.removesuffix("/api/")
    target = f'{{"ok": true, "upload_url": "{base}/nowhere", "file_id": "F1"}}'
    slack.faults.inject("files.getUploadURLExternal", Fault.http(200, target, "application/json"))
    with pytest.raises(SlackUnavailableError):
        await presenter.send_file(WORKSPACE, ana, name="x", content="x", comment="x")

    assert slack.calls_to("files.completeUploadExternal") == []


@pytest.mark.parametrize(
    "fault", [Fault.error("expired_trigger_id"), Fault.rate_limited(), Fault.http(503)]
)
async def test_a_modal_that_is_not_opened(
    slack: FakeSlack, presenter: SlackPresenter, playbook: Playbook, fault: Fault
) -> None:
    """Whatever the cause, a modal that isn't opened can't be opened later: its trigger is over."""
    slack.faults.inject("views.open", fault)
    with pytest.raises(ModalNotOpenedError):
        await presenter.open_view(WORKSPACE, "1", modals.ask_form(playbook.strings))


async def test_home(slack: FakeSlack, presenter: SlackPresenter, playbook: Playbook) -> None:
    """Home is drawn for one person."""
    ana = slack.workspace.add_user("ana")
    state = HomeState(Preferences(), Limits(), None, first_visit=True, nudges=(), decisions_kept=3)
    await presenter.publish_home(WORKSPACE, ana, state, playbook.strings)

    shown = str(slack.workspace.home_tabs[ana])
    kept = Template(playbook.text("home", "kept_what")).substitute(span="90 days", count=3)
    assert kept in shown


async def test_a_workspace_without_the_bot(
    slack: FakeSlack, presenter: SlackPresenter, clients: SingleWorkspace, playbook: Playbook
) -> None:
    """A single-workspace set-up has a client for one workspace only."""
    view: dict[str, Any] = modals.ask_form(playbook.strings)
    calls = [
        presenter.open_view("T2", "1", view),
        presenter.update_view("T2", "V1", view),
        presenter.send_file("T2", "U1", name="x", content="x", comment="x"),
    ]
    for call in calls:
        with pytest.raises(SlackCallError, match="unknown_workspace"):
            await call
    assert (await clients.client(WORKSPACE)).token == slack.workspace.bot_token
