"""Questions about the bot get answers that are true of the settings in force."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from bot.answer_wiring import model_in_use
from bot.core.intents import Intent
from bot.core.playbook_model import Playbook
from bot.detect.learned_intents import build_router
from bot.flows.small_answers import ModelInUse, SmallAnswers, has_mentions
from bot.settings import load

MODEL = ModelInUse("gpt-x", "models.example", gets_asks=True, gets_messages=True)

LANGUAGES = ["can you write in German", "do you speak spanish", "what languages do u understand"]
ABOUT_A_MODEL = [
    "is chatgpt reading this",
    "is this an AI",
    "is this going to openai",
    "is AI reading our chats",
    "where does my text go",
    "do you send my messages to microsoft",
]
WHO_READS_IT = [
    "who sees this",
    "is anyone reading this",
    "does my boss see this",
    "can HR see this",
    "does slack see this",
    "will my manager know I asked",
]
WHAT_IS_KEPT = ["do you store my messages", "how long do you keep this", "are my messages saved"]


def answer(
    playbook: Playbook,
    asked: str,
    model: ModelInUse | None = None,
    *,
    uses_model: bool = True,
    model_answers: bool = False,
    admins: Collection[str] = (),
) -> str:
    """Return what the bot says to a question about itself."""
    small = SmallAnswers(playbook, model=model, retention_days=30.0, model_answers=model_answers)
    router = build_router(playbook.intents)
    found = small.answer(
        router.find(asked),
        asked,
        "key",
        topic=router.find_topic(asked),
        uses_model=uses_model,
        admins=admins,
    )
    assert found is not None
    return found


@pytest.mark.parametrize("asked", ABOUT_A_MODEL)
def test_what_reads_it(playbook: Playbook, asked: str) -> None:
    alone, with_model = answer(playbook, asked), answer(playbook, asked, MODEL)

    assert "no AI company gets what you write" in alone
    assert "gpt-x, at models.example" in with_model
    assert playbook.answers.sent.both in with_model
    assert answer(playbook, asked, MODEL, uses_model=False) == alone


@pytest.mark.parametrize("asked", WHO_READS_IT)
def test_who_reads_it(playbook: Playbook, asked: str) -> None:
    """People don't; where a model does, it is not passed over."""
    assert "Only you see" in answer(playbook, asked)
    assert "gpt-x" not in answer(playbook, asked)
    assert "gpt-x" in answer(playbook, asked, MODEL)


@pytest.mark.parametrize("asked", WHAT_IS_KEPT)
def test_what_is_kept(playbook: Playbook, asked: str) -> None:
    """For as long as the setting says, and the model's server is named."""
    assert "For 30 days" in answer(playbook, asked)
    assert "models.example" in answer(playbook, asked, MODEL)


@pytest.mark.parametrize("asked", LANGUAGES)
def test_which_language(playbook: Playbook, asked: str) -> None:
    """Another one only where a model answers asks, and may be used."""
    assert "only read English" in answer(playbook, asked)
    assert "only read English" in answer(playbook, asked, MODEL)
    assert answer(playbook, asked, MODEL, model_answers=True).startswith("Yes.")
    off = answer(playbook, asked, MODEL, model_answers=True, uses_model=False)
    assert "only read English" in off


def test_who_the_admins_are(playbook: Playbook) -> None:
    """By mention where somebody is named, otherwise who decides instead."""
    named = answer(playbook, "who are my admins", admins={"U2", "U1"})

    assert "My admins here: <@U1>, <@U2>." in named
    assert has_mentions(named)
    assert "Nobody is named" in answer(playbook, "who are my admins")


@pytest.mark.parametrize("asked", ["are you a bot", "is a human reading this", "is this a bot"])
def test_whether_it_is_a_bot(playbook: Playbook, asked: str) -> None:
    assert answer(playbook, asked).startswith("I'm a bot")


@pytest.mark.parametrize("model", [None, MODEL])
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("do you read my private messages", "What you answer to a weekly reflection"),
        ("do you store my messages", "what you type after That's wrong until you erase it"),
    ],
)
def test_what_outlives_an_answer_is_said(
    playbook: Playbook, asked: str, says: str, model: ModelInUse | None
) -> None:
    assert says in answer(playbook, asked, model)


def test_no_name_is_left_open(playbook: Playbook) -> None:
    for topic in playbook.answers.about:
        for model in (None, MODEL):
            cue = topic.cues[0] if topic.cues else "something else"
            small = SmallAnswers(playbook, model=model, retention_days=90.0)
            assert "$" not in str(small.answer(Intent.ABOUT, cue, "key"))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, None),
        ({"REFRAME_JUDGE": "off", "REFRAME_LLM_WRITES": "nothing"}, None),
        ({"REFRAME_JUDGE": "off", "REFRAME_LLM_WRITES": "on_demand"}, (True, False)),
        ({"REFRAME_JUDGE": "off", "REFRAME_LLM_WRITES": "all"}, (True, True)),
        ({"REFRAME_JUDGE": "all", "REFRAME_LLM_WRITES": "nothing"}, (True, True)),
    ],
)
def test_what_a_model_gets(settings: dict[str, str], expected: tuple[bool, bool] | None) -> None:
    if settings:
        settings = {"OPENAI_MODEL": "m", "OPENAI_BASE_URL": "http://127.0.0.1:11434/v1", **settings}
    found = model_in_use(load(settings))

    if expected is None:
        assert found is None
    else:
        assert found == ModelInUse("m", "127.0.0.1", *expected)


def test_without_an_address_it_is_the_usual_one() -> None:
    found = model_in_use(load({"OPENAI_MODEL": "m", "OPENAI_API_KEY": "k"}))

    assert found is not None
    assert found.host == "api.openai.com"


@pytest.mark.parametrize("where", ["say stop here", "type /reframe stop"])
def test_an_insult_is_told_where_to_say_stop(playbook: Playbook, where: str) -> None:
    small = SmallAnswers(playbook, model=None, retention_days=90.0)
    lines = {
        small.answer(Intent.INSULT, "you suck", f"key-{n}", stop=where) or "" for n in range(30)
    }
    told = [line for line in lines if "stop" in line]
    assert told
    assert all(where in line and "$" not in line for line in told)
