"""What a seller asks for: the command, the form, the shortcut, direct messages."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.core.words import Playbook
from bot.sandbox import screen
from bot.sandbox.faults import Fault
from tests.house import BLAME, ENTITLEMENT, FIXING, LABELLING, ORDINARY, PITCHING, House

FRAMES = {BLAME: "blame", LABELLING: "labelling", FIXING: "fixing", ENTITLEMENT: "entitlement"}


def words(message: object) -> str:
    return screen.message(message) if isinstance(message, dict) else ""


@pytest.mark.parametrize("text", [BLAME, LABELLING, FIXING, ENTITLEMENT, PITCHING])
async def test_the_command_answers_for_one_reader(
    house: House, playbook: Playbook, text: str
) -> None:
    """A sentence behind /reframe gets near words, two questions, a frame and a plan; privately."""
    attempt = await house.command(text)
    (answer,) = house.shown()

    assert (attempt.status, attempt.body) == (200, "")
    assert "What stands out to me" in answer["text"]
    assert answer["text"].count("?") == 2
    assert "___" in answer["text"]
    assert "then I will" in answer["text"]
    assert house.workspace.own_posts() == []
    assert house.shown(house.ben) == []


async def test_an_ordinary_sentence_gets_open_questions(house: House, playbook: Playbook) -> None:
    """Where none of the five is near, that is said, and there are questions all the same."""
    await house.command(ORDINARY)
    (answer,) = house.shown()

    assert playbook.open.near in answer["text"]
    assert answer["text"].count("?") == 2
    assert "What stands out" not in answer["text"]


async def test_another_question_is_another_one(house: House) -> None:
    """Each press of Another question brings one that was not there, until there is none."""
    await house.command(ENTITLEMENT)
    (first,) = house.shown()
    seen: list[str] = []
    for _ in range(20):
        await house.slack.press(
            house.ana, house.deal, first["ts"], "reframe_another", ephemeral=True
        )
        await house.idle()
        seen.append(house.shown()[-1]["text"])

    asked = [s for s in seen if s.endswith("?")]
    assert len(asked) > 5
    assert len(set(asked)) == len(asked)
    assert not any(s.removeprefix("Another way in: ") in first["text"] for s in asked)
    assert "last one" in seen[-1]


async def test_why_names_the_article(house: House, playbook: Playbook) -> None:
    """The credit stands behind Why?, not in the answer itself."""
    await house.command(LABELLING)
    (answer,) = house.shown()
    await house.slack.press(house.ana, house.deal, answer["ts"], "reframe_why", ephemeral=True)
    await house.idle()

    credit = playbook.articles["colors-our-engagement"].credit
    assert credit not in answer["text"]
    assert credit in house.shown()[-1]["text"]


async def test_the_form_behind_the_bare_command(house: House) -> None:
    """The bare command opens a form; what is written there is answered in the same modal."""
    await house.command("")
    (form,) = house.workspace.views.values()
    sent = await house.slack.submit(
        house.ana,
        form,
        {
            "situation": {"situation": {"value": ENTITLEMENT}},
            "customer": {"customer": {"value": "Their head of finance"}},
            "wanted": {"wanted": {"value": "a date"}},
        },
    )
    await house.idle()

    assert "One moment" in sent.body
    assert "What stands out to me" in screen.view(house.workspace.views[form["id"]])
    assert house.shown() == []


async def test_an_empty_form_says_what_is_missing(house: House) -> None:
    """A form with nothing in it is not taken; the field says why."""
    await house.command("")
    (form,) = house.workspace.views.values()
    sent = await house.slack.submit(
        house.ana, form, {"situation": {"situation": {"value": "  \n "}}}
    )

    assert json.loads(sent.body)["response_action"] == "errors"
    assert list(json.loads(sent.body)["errors"]) == ["situation"]


async def test_the_shortcut_on_an_own_message(house: House) -> None:
    """'Reframe this' on an own message answers in a modal that nobody else sees."""
    ts = await house.say(ORDINARY)
    await house.slack.shortcut(house.ana, house.deal, ts, "reframe_this")
    await house.idle()

    (view,) = house.workspace.views.values()
    assert "To ask yourself" in screen.view(view)
    assert house.replies(ts) == []


async def test_the_shortcut_is_not_for_what_others_wrote(house: House) -> None:
    """What a colleague wrote is theirs to ask about."""
    ts = await house.say(ORDINARY)
    await house.slack.shortcut(house.ben, house.deal, ts, "reframe_this")
    await house.idle()

    (view,) = house.workspace.views.values()
    assert "your own messages" in screen.view(view)


async def test_more_in_the_modal_stays_in_the_modal(house: House) -> None:
    """Another question and Why? of a modal answer in that modal."""
    ts = await house.say(ORDINARY)
    await house.slack.shortcut(house.ana, house.deal, ts, "reframe_this")
    await house.idle()
    for action, said in (("reframe_another", "Another way in"), ("reframe_another", "?")):
        (view,) = house.workspace.views.values()
        await house.slack.press_in(house.ana, view, action)
        await house.idle()
        (view,) = house.workspace.views.values()
        assert said in screen.view(view)

    await house.slack.press_in(house.ana, view, "reframe_why")
    await house.idle()
    (view,) = house.workspace.views.values()
    assert "Idea from" in screen.view(view)


async def test_a_direct_message_is_a_draft(house: House) -> None:
    """A draft in, the same answer out, in the thread of that message; nothing about it is kept."""
    dm = house.workspace.direct_channel(house.ana)
    ts = await house.slack.say(house.ana, dm, ENTITLEMENT)
    await house.idle()

    (answer,) = house.direct()
    assert answer["thread_ts"] == ts
    assert "What stands out to me" in answer["text"]
    assert await house.outcome(ts, dm) is None


async def test_a_follow_up_keeps_the_matter_for_an_hour(tmp_path: Path, house: House) -> None:
    """'Another question' goes on with the same matter; without one there is nothing to go on."""
    dm = house.workspace.direct_channel(house.ana)
    await house.slack.say(house.ana, dm, "another question please")
    await house.idle()
    await house.slack.say(house.ana, dm, LABELLING)
    await house.idle()
    await house.slack.say(house.ana, dm, "Another one?")
    await house.idle()

    nothing, advice, another = house.direct()
    assert "more than an hour ago" in nothing["text"]
    assert another["text"].startswith("Another way in:")
    assert another["text"].removeprefix("Another way in: ") not in advice["text"]


async def test_the_bot_does_not_answer_itself(house: House) -> None:
    """Its own posts, edits and deletions in a direct conversation start nothing."""
    dm = house.workspace.direct_channel(house.ana)
    ts = await house.slack.say(house.ana, dm, ENTITLEMENT)
    await house.idle()
    await house.slack.edit(dm, ts, LABELLING)
    await house.slack.delete(dm, ts)
    await house.idle()

    assert len(house.direct()) == 1


async def test_asking_never_counts_against_the_caps(empty_house: House) -> None:
    """After many asks the first unasked question still comes."""
    await empty_house.start(REFRAME_DAILY_CAP=1, REFRAME_WEEKLY_CAP=1)
    for _ in range(3):
        await empty_house.command(LABELLING)
    ts = await empty_house.say(ENTITLEMENT)
    await empty_house.idle()

    assert len(empty_house.replies(ts)) == 1


async def test_a_question_on_demand_does_not_come_again_unasked(empty_house: House) -> None:
    """What was asked on demand is not asked in a thread within the month, and the other way."""
    await empty_house.start(REFRAME_SAME_QUESTION_DAYS=30)
    await empty_house.command(ENTITLEMENT)
    ts = await empty_house.say(ENTITLEMENT)
    await empty_house.idle()

    (reply,) = empty_house.replies(ts)
    question = reply["text"].split(". ")[-1]
    assert question.endswith("?")
    assert question not in empty_house.shown()[0]["text"]


@pytest.mark.parametrize("guest", ["is_restricted", "is_ultra_restricted", "is_stranger"])
async def test_guests_are_refused(house: House, guest: str) -> None:
    """47: guests and people of other companies get one kind line and no coaching."""
    kim = house.workspace.add_user("kim", **{guest: True})
    house.workspace.channels[house.deal].members.append(kim)
    await house.command(ENTITLEMENT, user=kim)

    (answer,) = house.shown(kim)
    assert "colleagues of this workspace only" in answer["text"]


async def test_in_a_shared_channel_only_the_asker_reads(house: House) -> None:
    """47: where outsiders read, an answer on demand is still for one reader alone."""
    house.workspace.channels[house.deal].is_ext_shared = True
    await house.command(ENTITLEMENT)

    assert len(house.shown()) == 1
    assert house.workspace.own_posts() == []


async def test_a_flood_is_met_with_a_break(house: House) -> None:
    """48: after thirty asks in an hour there is a kind line instead of more questions."""
    for _ in range(31):
        await house.slack.command(house.ana, house.deal, "/reframe", ENTITLEMENT)
    await house.idle()

    enough = [e for e in house.shown() if "a lot of questions" in e["text"]]
    assert len(enough) >= 1
    assert len(house.shown()) == 31
    await house.command(ENTITLEMENT, user=house.ben)
    assert "What stands out" in house.shown(house.ben)[0]["text"]


@pytest.mark.parametrize("text", ["help", "hello", "what now", "HELP", "  help  "])
async def test_help_for_what_is_no_situation(house: House, text: str) -> None:
    """Help, and one or two words that mean nothing, get the help at once."""
    attempt = await house.command(text)

    assert "/reframe my data" in json.loads(attempt.body)["text"]
    assert len(house.shown()) == 1


async def test_what_is_written_is_not_kept(house: House) -> None:
    """53: once it is answered, no word of an ask stands in the files of the database."""
    canary = "zanzibar-canary-phrase"
    await house.command(f"They owe us an answer, {canary}, how rude.")
    dm = house.workspace.direct_channel(house.ana)
    await house.slack.say(house.ana, dm, f"They owe us an answer, {canary}, how rude.")
    await house.idle()
    await house.stop()

    found = {p.name for p in house.folder.iterdir() if canary.encode() in p.read_bytes()}
    assert found == set()


@pytest.mark.parametrize(
    "fault", [Fault.http(503, "busy"), Fault.http(502, "<html>"), Fault.http(429, "slow")]
)
async def test_an_address_that_fails_for_a_moment(
    house: House, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """46: an answer that did not get through is tried again and comes once."""
    monkeypatch.setattr("bot.slack.gateway.DEFAULT_RETRY_AFTER_SECONDS", 0.1)
    monkeypatch.setattr("bot.flows.ask._FIRST_PAUSE_SECONDS", 0.05)
    house.slack.faults.next("response_url", fault, times=2)
    await house.command(ENTITLEMENT)

    assert len(house.shown()) == 1
    assert len(house.slack.responses) <= 5


async def test_a_used_up_address_is_given_up(house: House) -> None:
    """An address that Slack no longer takes ends the ask; nothing waits for ever."""
    house.slack.faults.next("response_url", Fault.http(404, "used_url"))
    await house.command(ENTITLEMENT)

    assert house.shown() == []


async def test_a_modal_that_can_not_be_opened(house: House) -> None:
    """Where Slack opens no form the person is told how to ask without one."""
    house.slack.faults.next("views.open", Fault.error("expired_trigger_id"))
    await house.command("")

    assert "did not open the form" in house.shown()[0]["text"]


async def test_the_same_command_delivered_twice_is_answered_once(house: House) -> None:
    """A second delivery of one command changes nothing."""
    payload = {
        "command": "/reframe",
        "text": ENTITLEMENT,
        "user_id": house.ana,
        "channel_id": house.deal,
        "team_id": house.workspace.team_id,
        "api_app_id": house.workspace.app_id,
        "trigger_id": "77.twice",
        "response_url": f"{house.slack.api_url.removesuffix('/api/')}/respond/77",
    }
    await asyncio.gather(*(house.slack.deliver(payload, "slash_commands") for _ in range(4)))
    await house.idle()

    assert len(house.slack.responses) == 1


async def test_an_address_that_is_not_slacks(house: House) -> None:
    """An answer is sent to no address that could read it on the way."""
    payload = {
        "command": "/reframe",
        "text": ENTITLEMENT,
        "user_id": house.ana,
        "channel_id": house.deal,
        "team_id": house.workspace.team_id,
        "api_app_id": house.workspace.app_id,
        "trigger_id": "78.far",
        "response_url": "http://far.example/respond/78",
    }
    await house.slack.deliver(payload, "slash_commands")
    await house.idle()

    assert house.slack.responses == []
