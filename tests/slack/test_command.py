"""``/reframe``: every subcommand, and what only looks like one."""

from __future__ import annotations

import pytest

from bot.core.model import Delivery
from bot.core.playbook_model import Playbook
from bot.core.wishes import WishKind
from bot.flows.channel_settings import ChannelOverview
from bot.flows.decision_log import DecisionLine
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.channels import ChannelFigures, ChannelSettings
from bot.flows.ports.sales_teams import SalesTeam
from bot.sandbox.faults import Fault
from bot.slack.listeners.command import find_subcommand
from bot.slack.views.block_kit import linked_line
from tests.slack.bolt import WORKSPACE, BoltDriver, acknowledged

NAMES = "help,why,resume,settings,my data,forget me,digest"
TEAM_NAMES = "team,team leave,team manage,team end"
KNOWN = ["", *NAMES.split(","), *TEAM_NAMES.split(",")]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ""),
        ("   \n ", ""),
        ("help", "help"),
        (" HELP ", "help"),
        ("Why", "why"),
        ("My   Data", "my data"),
        ("TEAM LEAVE", "team leave"),
        ("resume", "resume"),
        ("leave team", None),
        ("mydata", None),
        ("pause", None),
        ("ask", None),
        ("hello", None),
        ("they owe us", None),
    ],
)
def test_what_is_typed(typed: str, expected: str | None) -> None:
    """A subcommand is its name and nothing else; any other words are a wish or an ask."""
    assert find_subcommand(typed, KNOWN) == expected


@pytest.mark.parametrize("typed", ["hello", "two words", "setting", "mydata", "teams"])
async def test_a_few_words_are_an_ask(bolt: BoltDriver, typed: str) -> None:
    """What they want, or whether they are a mistyped subcommand, is told by the answer."""
    bolt.flows.wishes.grant.return_value = None
    response = await bolt.command(typed)

    assert acknowledged(response) == {}
    bolt.flows.on_demand.submit.assert_awaited_once()


async def test_words_that_ask_for_help(bolt: BoltDriver) -> None:
    """Who asks how this works gets the whole help, however they ask."""
    bolt.flows.wishes.grant.return_value = (WishKind.HELP, "short")

    assert "/reframe why" in acknowledged(await bolt.command("how does this work?"))["text"]


async def test_words_that_ask_how_to_stop(bolt: BoltDriver) -> None:
    """Who asks how to be left alone gets that alone, and not the whole help."""
    bolt.flows.wishes.grant.return_value = (WishKind.ASK_HOW, "short")

    assert acknowledged(await bolt.command("can i turn you off?"))["text"] == "short"


async def test_the_bare_command(bolt: BoltDriver) -> None:
    """``/reframe`` alone opens the form."""
    assert acknowledged(await bolt.command("")) == {}
    assert bolt.modal()["callback_id"] == "reframe_ask"


async def test_a_sentence(bolt: BoltDriver) -> None:
    """A sentence is stored, as it was typed, before Slack gets its acknowledgement."""
    bolt.flows.wishes.grant.return_value = None
    response = await bolt.command(" They owe us &lt;3 calls\nback ", trigger_id="7.t")

    assert acknowledged(response) == {}
    bolt.flows.on_demand.submit.assert_awaited_once_with(
        Ask(
            key="command-7.t",
            kind=AskKind.ADVICE,
            workspace_id=WORKSPACE,
            user_id="U1",
            place=ReplyPlace.RESPONSE,
            address=bolt.response_url,
            text=" They owe us <3 calls\nback ",
            channel_id="C1",
        )
    )


async def test_help(bolt: BoltDriver, playbook: Playbook) -> None:
    """Help is shown to the person who typed, and nothing is stored."""
    shown = acknowledged(await bolt.command("help"))

    assert shown["text"] == linked_line(playbook.text("command", "help").strip()).text
    assert shown["response_type"] == "ephemeral"
    bolt.flows.on_demand.submit.assert_not_awaited()


async def test_why(bolt: BoltDriver) -> None:
    """The latest decisions on the person's messages."""
    bolt.flows.decision_log.latest.return_value = [DecisionLine("Tue", "C1", "What next?", "")]
    shown = acknowledged(await bolt.command("why"))

    assert "What next?" in shown["text"]
    bolt.flows.decision_log.latest.assert_awaited_once_with(WORKSPACE, "U1")


async def test_pause_and_resume(bolt: BoltDriver) -> None:
    """Both answer at once, and Home is drawn again."""
    bolt.flows.wishes.grant.return_value = (WishKind.PAUSE, "Paused.")
    bolt.flows.pauses.resume.return_value = "Welcome back."
    paused = acknowledged(await bolt.command("pause  for   2 weeks"))
    resumed = acknowledged(await bolt.command("resume"))

    assert (paused["text"], resumed["text"]) == ("Paused.", "Welcome back.")
    bolt.flows.wishes.grant.assert_awaited_once_with(
        WORKSPACE, "U1", "pause  for   2 weeks", channel_id="C1"
    )
    bolt.flows.pauses.resume.assert_awaited_once_with(WORKSPACE, "U1")
    assert len(bolt.slack.calls_to("views.publish")) == 2


@pytest.mark.parametrize("channel_id", ["C1", "G1"])
async def test_settings_in_a_channel(bolt: BoltDriver, channel_id: str) -> None:
    """In a channel the settings show how it is watched."""
    bolt.flows.channel_settings.overview.return_value = ChannelOverview(
        ChannelSettings(channel_id, Delivery.OBSERVE), ChannelFigures(5, 10), may_choose=True
    )
    assert acknowledged(await bolt.command("settings", channel_id=channel_id)) == {}

    assert bolt.modal()["callback_id"] == "reframe_settings"
    assert bolt.modal()["private_metadata"] == channel_id
    bolt.flows.channel_settings.overview.assert_awaited_once_with(WORKSPACE, channel_id, "U1")


@pytest.mark.parametrize("channel_id", ["D1", "", None])
async def test_settings_elsewhere(bolt: BoltDriver, channel_id: str | None) -> None:
    """In a direct conversation there is no channel to set."""
    await bolt.command("settings", channel_id=channel_id)

    assert bolt.modal()["callback_id"] == "reframe_settings"
    bolt.flows.channel_settings.overview.assert_not_awaited()


async def test_my_data(bolt: BoltDriver, playbook: Playbook) -> None:
    """The file comes as a direct message."""
    shown = acknowledged(await bolt.command("my data", trigger_id="7.t"))

    assert shown["text"] == playbook.text("record", "sent")
    bolt.flows.on_demand.submit.assert_awaited_once_with(
        Ask("data-7.t", AskKind.DATA, WORKSPACE, "U1", ReplyPlace.DIRECT, "U1")
    )


async def test_forget_me_asks_first(bolt: BoltDriver) -> None:
    """Nothing is erased before the button is pressed."""
    shown = acknowledged(await bolt.command("forget me"))

    assert shown["blocks"][-1]["elements"][0]["action_id"] == "reframe_forget"
    bolt.flows.erasure.forget_person.assert_not_awaited()


async def test_team(bolt: BoltDriver) -> None:
    """The form of the team that the person manages."""
    team = SalesTeam("G1", WORKSPACE, "U1", "North", "thu 08:30")
    bolt.flows.team_setup.managed_team.return_value = (team, ["U2"])
    assert acknowledged(await bolt.command("team")) == {}

    assert bolt.modal()["private_metadata"] == "G1"
    bolt.flows.team_setup.managed_team.assert_awaited_once_with(WORKSPACE, "U1")


async def test_team_leave(bolt: BoltDriver) -> None:
    """Leaving answers with one line."""
    bolt.flows.team_members.leave_all.return_value = "You are out."

    assert acknowledged(await bolt.command("team leave"))["text"] == "You are out."
    bolt.flows.team_members.leave_all.assert_awaited_once_with(WORKSPACE, "U1")


async def test_team_manage(bolt: BoltDriver, playbook: Playbook) -> None:
    """Each team can be ended or handed over; without one, a line says so."""
    team = SalesTeam("G1", WORKSPACE, "U1", "<!channel>", "thu 08:30")
    bolt.flows.team_handover.teams_of.side_effect = [[team], []]
    found = acknowledged(await bolt.command("team manage"))
    nothing = acknowledged(await bolt.command("team manage"))

    actions = found["blocks"][-1]
    assert actions["block_id"] == "G1"
    assert [e["action_id"] for e in actions["elements"]] == [
        "reframe_team_hand_over",
        "reframe_team_end",
    ]
    assert "<!" not in str(found)
    assert nothing["text"] == playbook.text("team", "manages_none")
    bolt.flows.team_handover.teams_of.assert_awaited_with(WORKSPACE, "U1")


async def test_team_end(bolt: BoltDriver) -> None:
    """Ending one's teams answers with one line."""
    bolt.flows.team_handover.end_all.return_value = "Ended."

    assert acknowledged(await bolt.command("team end"))["text"] == "Ended."
    bolt.flows.team_handover.end_all.assert_awaited_once_with(WORKSPACE, "U1")


async def test_digest(bolt: BoltDriver, playbook: Playbook) -> None:
    """The latest digest, without the chart that some workspaces refuse."""
    block = {"type": "divider"}
    content = {"text": "A digest.", "blocks": [block, block], "plain_blocks": [block]}
    bolt.flows.past_digests.latest.side_effect = [content, None]
    found = acknowledged(await bolt.command("digest"))
    nothing = acknowledged(await bolt.command("digest"))

    assert (found["text"], found["blocks"]) == ("A digest.", [block])
    assert nothing["text"] == playbook.text("digest", "none")
    bolt.flows.past_digests.latest.assert_awaited_with(WORKSPACE, "U1")


@pytest.mark.parametrize("typed", ["", "settings", "team"])
async def test_a_modal_that_is_not_opened(bolt: BoltDriver, playbook: Playbook, typed: str) -> None:
    """If Slack opens no modal, the person reads how to ask without one."""
    bolt.flows.team_setup.managed_team.return_value = (None, [])
    bolt.slack.faults.inject("views.open", Fault.error("expired_trigger_id"))
    shown = acknowledged(await bolt.command(typed, channel_id="D1"))

    assert shown["text"] == playbook.text("ask", "no_form")
    assert shown["response_type"] == "ephemeral"


async def test_an_org_wide_installation(bolt: BoltDriver) -> None:
    """A command from an organization names its workspace like any other."""
    bolt.flows.team_members.leave_all.return_value = "You are out."
    await bolt.command("team leave", enterprise_id="E1", is_enterprise_install="true")

    bolt.flows.team_members.leave_all.assert_awaited_once_with(WORKSPACE, "U1")
