"""What sellers ask for, over in-memory ports."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.core.durations import NO_END
from bot.core.intents import Intent
from bot.core.model import Audience, Delivery, Person
from bot.core.playbook_model import Playbook
from bot.core.policy import HOUR, Limits
from bot.flows.advice_topic import pack_topic
from bot.flows.errors import RateLimitedError, SlackRefusedError, SlackUnavailableError
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.rendering import AskReply
from tests.contracts.examples import LEASE, claim_ask
from tests.fakes.memory_store import MemoryStore
from tests.flows.stories import Stories

BLAME = "blame: they never answer"


def command(key: str = "command-1", text: str = BLAME, kind: AskKind = AskKind.ADVICE) -> Ask:
    return Ask(key, kind, "T1", "U-ana", ReplyPlace.RESPONSE, "https://slack.test/1", text)


async def waiting(stories: Stories) -> int:
    async with stories.store.begin() as uow:
        return await uow.asks.count_waiting()


async def test_an_ask_is_answered_once(stories: Stories) -> None:
    assert await stories.on_demand.submit(command())
    assert not await stories.on_demand.submit(command())
    await stories.on_demand.run_due()
    await stories.on_demand.run_due()

    ((_, reply),) = stories.presenter.replies
    assert reply.advice is not None
    assert len(reply.advice.questions) == 2
    assert await waiting(stories) == 0


async def test_a_stop_while_an_answer_is_shown(stories: Stories) -> None:
    """Nobody can look whether it stands. It isn't given again, and nobody waits for nothing."""
    await stories.on_demand.submit(command())
    async with stories.store.begin() as uow:
        claimed = await claim_ask(uow, now=stories.now, owner="a process that is killed")
        assert await uow.asks.mark_showing(claimed, now=stories.now)
    stories.now += LEASE + 1
    for _ in range(2):
        await stories.on_demand.run_due()

    ((_, reply),) = stories.presenter.replies
    assert reply.line == stories.playbook.text("advice", "doubtful")
    assert await waiting(stories) == 0


async def test_a_follow_up_goes_on_with_the_same_matter(stories: Stories) -> None:
    """For an hour, and in whichever process takes it."""
    await stories.write_direct(BLAME)
    other = Stories(stories.store, stories.playbook, "worker-2", chat=stories.chat)
    other.now = stories.now = stories.now + 60
    await other.write_direct("another question")
    async with stories.store.begin() as uow:
        asked = await uow.people.asked_questions("T1", "U-ana")
    assert len(asked) == 3

    stories.now += HOUR + 1
    await stories.write_direct("another question")
    async with stories.store.begin() as uow:
        assert await uow.people.asked_questions("T1", "U-ana") == asked


async def test_another_question_of_a_button(stories: Stories) -> None:
    text = pack_topic(AskReply())
    await stories.on_demand.submit(command("another-1", text, AskKind.ANOTHER))
    await stories.on_demand.run_due()

    ((_, reply),) = stories.presenter.replies
    assert reply.question is not None


WATCHED = "are you watching this channel"


async def ask_in_channel(stories: Stories, text: str = WATCHED, channel_id: str = "C-1") -> str:
    await stories.on_demand.submit(replace(command(text=text), channel_id=channel_id))
    await stories.on_demand.run_due()
    return stories.presenter.replies[-1][1].line


async def test_whether_the_channel_is_watched_in_which_that_is_asked(stories: Stories) -> None:
    assert await ask_in_channel(stories) == stories.playbook.text("watching", "yes")


@pytest.mark.parametrize(
    ("audience", "key"),
    [(Audience.OUTSIDERS, "outsiders"), (Audience.UNKNOWN, "unclear")],
)
async def test_a_channel_that_others_may_read(
    stories: Stories, audience: Audience, key: str
) -> None:
    stories.chat.audiences["T1", "C-1"] = audience

    assert await ask_in_channel(stories) == stories.playbook.text("watching", key)


async def test_a_channel_that_the_bot_is_not_in(stories: Stories) -> None:
    stories.chat.not_in.add(("T1", "C-1"))

    assert await ask_in_channel(stories) == stories.playbook.text("watching", "absent")


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"paused_until": NO_END, "pause_reason": "turned_off"}, "off"),
        ({"paused_until": NO_END, "pause_reason": "restricted_action"}, "paused"),
        ({"paused_until": 1.0, "pause_reason": "restricted_action"}, "yes"),
        ({"delivery": Delivery.OBSERVE}, "counts"),
        ({"delivery": Delivery.PRIVATE}, "yes"),
    ],
)
async def test_what_was_chosen_for_a_channel(
    stories: Stories, changes: dict[str, Any], key: str
) -> None:
    async with stories.store.begin() as uow:
        await uow.channels.update("T1", "C-1", **changes)

    assert await ask_in_channel(stories) == stories.playbook.text("watching", key)


async def test_whoever_asks_about_a_channel_is_told_of_a_pause_of_their_own(
    stories: Stories,
) -> None:
    async with stories.store.begin() as uow:
        await uow.people.update("T1", "U-ana", paused_until=NO_END)

    paused = stories.playbook.text("watching", "you_paused")
    assert (await ask_in_channel(stories)).endswith(paused)


async def test_slack_does_not_say_whether_the_bot_is_in_a_channel(stories: Stories) -> None:
    stories.chat.failures["is_member"] = [SlackUnavailableError("is_member")]

    assert await ask_in_channel(stories) == stories.playbook.text("watching", "unsure")


@pytest.mark.parametrize(
    ("text", "channel_id"), [(WATCHED, ""), ("are you watching <#C9|other>", "C-1")]
)
async def test_another_channel_is_not_told_of(stories: Stories, text: str, channel_id: str) -> None:
    """Whoever asks may not be in it. They are told how to see it."""
    line = await ask_in_channel(stories, text, channel_id)

    assert "ask me in it" in line


async def test_guests_get_one_line(stories: Stories) -> None:
    stories.chat.people["T1", "U-ana"] = Person("U-ana", None, 0, is_colleague=False)
    await stories.on_demand.submit(command())
    await stories.on_demand.run_due()

    ((_, reply),) = stories.presenter.replies
    assert reply.line == stories.playbook.text("people", "not_ours")


async def test_too_many_asks_in_an_hour_get_a_line(stories: Stories) -> None:
    for number in range(Limits().asks_per_hour + 1):
        await stories.on_demand.submit(command(f"command-{number}"))
    for _ in range(9):
        await stories.on_demand.run_due()

    lines = [reply.line for _, reply in stories.presenter.replies]
    assert stories.playbook.text("advice", "enough") in lines


@pytest.mark.parametrize("text", ["thanks", "hello", "what can you do?", "useless bot", "pricing"])
async def test_small_talk_counts_toward_no_limit(stories: Stories, text: str) -> None:
    """However often it comes, it is answered in its own words, and leaves room for what counts."""
    stories.limits = replace(stories.limits, asks_per_hour=1)
    for number in range(3):
        await stories.on_demand.submit(command(f"command-{number}", text))
        await stories.on_demand.run_due()
    await stories.on_demand.submit(command("command-real"))
    await stories.on_demand.run_due()

    *small, (_, real) = stories.presenter.replies
    enough = stories.playbook.text("advice", "enough")
    assert len(small) == 3
    assert all(reply.line and reply.line != enough for _, reply in small)
    assert real.advice is not None


@pytest.mark.parametrize("text", ["thanks", "stop"])
async def test_small_talk_is_answered_after_the_limit(stories: Stories, text: str) -> None:
    """Nobody who wants to be left alone is told to come back later."""
    stories.limits = replace(stories.limits, asks_per_hour=0)
    await stories.on_demand.submit(command("command-1"))
    await stories.on_demand.submit(command("command-2", text))
    await stories.on_demand.run_due()

    lines = [reply.line for _, reply in stories.presenter.replies]
    assert lines[0] == stories.playbook.text("advice", "enough")
    assert lines[1] != lines[0]


async def test_what_waited_too_long_is_not_read(stories: Stories) -> None:
    await stories.on_demand.submit(command())
    stories.now += Limits().asks_too_old_seconds + 1
    await stories.on_demand.run_due()

    ((_, reply),) = stories.presenter.replies
    assert reply.line == stories.playbook.text("advice", "late")


async def test_a_reply_that_fails_is_tried_again(stories: Stories) -> None:
    await stories.on_demand.submit(command())
    stories.presenter.failures = [SlackUnavailableError("HTTP 503")]
    await stories.on_demand.run_due()
    assert await waiting(stories) == 1

    stories.now += 2
    await stories.on_demand.run_due()
    assert len(stories.presenter.replies) == 1
    assert await waiting(stories) == 0


async def test_a_reply_that_is_refused_is_let_go(stories: Stories) -> None:
    await stories.on_demand.submit(command())
    stories.presenter.failures = [SlackRefusedError("used_url")]
    await stories.on_demand.run_due()

    assert await waiting(stories) == 0


async def test_a_reply_that_fails_for_good_is_let_go(stories: Stories) -> None:
    await stories.on_demand.submit(command())
    stories.presenter.failures = [SlackUnavailableError("HTTP 503")] * 99
    for _ in range(9):
        await stories.on_demand.run_due()
        stories.now += 150

    assert await waiting(stories) == 0


async def test_being_asked_to_wait_does_not_count_as_a_try(stories: Stories) -> None:
    await stories.on_demand.submit(command())
    stories.presenter.failures = [RateLimitedError(30)] * 9
    for _ in range(10):
        await stories.on_demand.run_due()
        stories.now += 31

    ((_, reply),) = stories.presenter.replies
    assert reply.advice is not None


async def test_everything_about_a_person_is_one_file(stories: Stories) -> None:
    await stories.write_direct(BLAME)
    ask = Ask("data-1", AskKind.DATA, "T1", "U-ana", ReplyPlace.DIRECT, "U-ana")
    await stories.on_demand.submit(ask)
    await stories.on_demand.run_due()

    ((workspace_id, user_id, content),) = stories.presenter.files
    assert (workspace_id, user_id) == ("T1", "U-ana")
    assert "they never answer" not in content
    assert json.loads(content)["asked_questions"]


async def everything_of(stories: Stories, user_id: str = "U-ana") -> dict[str, Any]:
    """Return what a person gets who asks for everything."""
    ask = Ask(f"data-{user_id}", AskKind.DATA, "T1", user_id, ReplyPlace.DIRECT, user_id)
    await stories.on_demand.submit(ask)
    await stories.on_demand.run_due()
    found: dict[str, Any] = json.loads(stories.presenter.files[-1][2])
    return found


async def test_what_a_person_wrote_comes_back_in_words(stories: Stories) -> None:
    """With the wishes and the marks of that person, and nothing that somebody else wrote."""
    for user_id, words in (("U-ana", "I talked too much"), ("U-ben", "canary")):
        answers = {"happened": words, "if": ""}
        await stories.answers.save_answers("T1", user_id, "2025-W47", answers)
    await stories.coach_message(BLAME)
    await stories.erasure.forget_person("T1", "U-ana")
    await stories.answers.save_answers("T1", "U-ana", "2025-W48", {"happened": "I asked"})
    await stories.pauses.pause("T1", "U-ana", 86_400)
    found = await everything_of(stories)

    assert [(r["week"], r["answers"]) for r in found["reflections"]] == [
        ("2025-W48", {"happened": "I asked"})
    ]
    assert found["marks"] == [{"at": stories.now}]
    assert found["preferences"]
    assert "canary" not in str(found)
    theirs = await everything_of(stories, "U-ben")
    assert theirs["reflections"][0]["answers"]["happened"] == "canary"


async def test_locked_words_are_said_to_be_locked(stories: Stories, playbook: Playbook) -> None:
    await stories.answers.save_answers("T1", "U-ana", "2025-W47", {"happened": "secret"})
    assert isinstance(stories.store, MemoryStore)
    stories.store.state.reflections["T1", "U-ana", "2025-W47"].is_locked = True
    (kept,) = (await everything_of(stories))["reflections"]

    assert kept["answers"] == playbook.text("record", "locked")


async def test_a_refused_file_comes_as_text(stories: Stories, playbook: Playbook) -> None:
    """All of it arrives, and nothing says that a file was sent."""
    await stories.answers.save_answers("T1", "U-ana", "2025-W47", {"happened": "I asked"})
    stories.presenter.failures = [SlackRefusedError("missing_scope")]
    sent: list[str] = []
    stories.chat.after_post = lambda post: sent.append(str(post.message.content))
    ask = Ask("data-1", AskKind.DATA, "T1", "U-ana", ReplyPlace.DIRECT, "U-ana")
    await stories.on_demand.submit(ask)
    await stories.on_demand.run_due()
    for _ in range(4):
        await stories.deliver.run_due()
        stories.now += 2

    assert stories.presenter.files == []
    assert playbook.text("record", "file_as_text") in sent[0]
    assert any("I asked" in text for text in sent[1:])
    assert not any(playbook.text("record", "file") in text for text in sent)
    assert await waiting(stories) == 0


async def test_a_file_that_cannot_be_sent_now_is_tried_again(stories: Stories) -> None:
    stories.presenter.failures = [SlackUnavailableError("timeout")]
    ask = Ask("data-1", AskKind.DATA, "T1", "U-ana", ReplyPlace.DIRECT, "U-ana")
    await stories.on_demand.submit(ask)
    await stories.on_demand.run_due()
    assert stories.presenter.files == []
    stories.now += 60
    await stories.on_demand.run_due()

    assert len(stories.presenter.files) == 1


@pytest.mark.parametrize("kind", [AskKind.ADVICE, AskKind.WHY])
async def test_a_late_worker_notes_no_question(stories: Stories, kind: AskKind) -> None:
    """An ask that another worker answered meanwhile isn't counted again."""
    await stories.on_demand.submit(command(kind=kind))
    async with stories.store.begin() as uow:
        (slow,) = await uow.asks.claim_due(
            now=stories.now, limit=1, owner="slow", lease_until=stories.now + 120
        )
    stories.now += 121
    await stories.on_demand.run_due()
    async with stories.store.begin() as uow:
        assert not await uow.asks.complete(slow, now=stories.now)


@pytest.mark.parametrize("kind", [AskKind.ADVICE, AskKind.ANOTHER])
async def test_an_answer_under_way_keeps_nothing_of_a_forgotten_person(
    stories: Stories, kind: AskKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks and is forgotten before the answer is shown leaves no matter to go on with."""
    look_up = stories.chat.person

    async def forget_first(workspace_id: str, user_id: str) -> Person:
        await stories.erasure.forget_person(workspace_id, user_id)
        return await look_up(workspace_id, user_id)

    monkeypatch.setattr(stories.chat, "person", forget_first)
    await stories.on_demand.submit(command(kind=kind, text=BLAME))
    await stories.on_demand.run_due()
    async with stories.store.begin() as uow:
        found = await uow.personal_data.export("T1", "U-ana")

    assert stories.presenter.replies == []  # they asked for silence since
    assert not any(found.values())


async def test_an_ask_outlives_a_token_that_is_refused(stories: Stories) -> None:
    """That says nothing about who asks: it is tried again until there is a new token."""
    stories.chat.failures["person"] = [SlackRefusedError("invalid_auth")]
    await stories.on_demand.submit(command())
    await stories.on_demand.run_due()
    assert await waiting(stories) == 1

    stories.now += 2
    await stories.on_demand.run_due()
    assert len(stories.presenter.replies) == 1


@pytest.mark.parametrize("text", ["thanks", "hello", "useless bot", "ghosted", "are you chatgpt"])
async def test_small_talk_leaves_nothing_behind(stories: Stories, text: str) -> None:
    """One line; no question is noted, and no topic to go on with."""
    await stories.on_demand.submit(command(text=text))
    await stories.on_demand.run_due()
    async with stories.store.begin() as uow:
        asked = await uow.people.asked_questions("T1", "U-ana")
        topic = await uow.people.topic("T1", "U-ana")

    ((_, reply),) = stories.presenter.replies
    assert reply.line
    assert reply.advice is None
    assert not asked
    assert topic is None


async def test_open_questions_never_run_out(stories: Stories, playbook: Playbook) -> None:
    """After all were asked, the oldest come back."""
    stories.limits = replace(stories.limits, asks_per_hour=1_000)
    for number in range(len(playbook.no_trap.questions)):
        await stories.on_demand.submit(command(f"command-{number}", "look at the crane with me"))
        await stories.on_demand.run_due()
    shown = [reply.advice.questions for _, reply in stories.presenter.replies if reply.advice]

    assert len(shown) == len(playbook.no_trap.questions)
    assert {len(questions) for questions in shown} == {2}


@pytest.mark.parametrize("place", [ReplyPlace.RESPONSE, ReplyPlace.VIEW])
async def test_a_wish_in_a_modal_only_tells_how(stories: Stories, place: ReplyPlace) -> None:
    """A message in a channel that the shortcut is used on may be meant for colleagues."""
    ask = replace(command(text="unsubscribe"), place=place)
    await stories.on_demand.submit(ask)
    await stories.on_demand.run_due()

    ((_, reply),) = stories.presenter.replies
    told = "paused_open" if place is ReplyPlace.RESPONSE else "how_to_stop"
    assert reply.line == stories.playbook.text("command", told)


@pytest.mark.parametrize(
    ("intent", "text", "told"),
    [
        (Intent.STOP, "kill these notifications", "paused_open"),
        (Intent.PAUSE, "I'm a bit under water till the 3rd of december", "paused"),
        (Intent.PAUSE, "I'm a bit under water", "bad_duration"),
        (Intent.RESUME, "all is well again", "on_already"),
        (Intent.HELP, "what on earth do I type", "help"),
    ],
)
async def test_a_wish_in_other_words(
    stories: Stories, intent: Intent, text: str, told: str
) -> None:
    line = await stories.wishes.grant_in_other_words("T1", "U-ana", text, intent)

    assert line.startswith(stories.playbook.text("command", told).strip().partition("$")[0])
