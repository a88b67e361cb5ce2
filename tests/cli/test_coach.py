"""``reframe coach`` and ``reframe labels`` from the command line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.tables import labels
from bot.store.upsert import insert_once
from tests.cli.test_eval import lines, reframe
from tests.harness import ORDINARY
from tests.shipped import shipped_playbook

ENTITLEMENT = "After all that work they owe us an answer by Friday."
ROWS = [
    {"id": "m1", "text": f"{ENTITLEMENT} Write to ana@mail.example."},
    {"id": "m2", "text": ENTITLEMENT},
    {"id": "m3", "text": ORDINARY},
]
GOOD = {
    "skip": False,
    "evidence": "they owe us",
    "idea": "",
    "mirror": "An answer is what you hoped for, and none has come.",
    "question": "What question could they answer in a single line?",
}


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    return lines(tmp_path / "messages.jsonl", ROWS)


def test_dump_writes_every_request_and_sends_none(tmp_path: Path, messages: Path) -> None:
    """Each request is masked, and has the closest trap and the ideas to choose from."""
    done = reframe(tmp_path, "coach", "--dump", messages, OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    requests = [json.loads(row["body"]["messages"][-1]["content"]) for row in rows]

    assert [row["id"] for row in rows] == ["m1", "m2", "m3"]
    assert [r["trap"] for r in requests] == ["entitlement", "entitlement", "none"]
    assert all(1 <= len(r["ideas"]) == len(r["examples"]) <= 3 for r in requests)
    assert all(r["thread"] == [] for r in requests)
    assert "ana@mail.example" not in done.stdout
    assert done.returncode == 0


def test_recorded_answers_are_reviewed(tmp_path: Path, messages: Path) -> None:
    """Valid words are shown, broken rules are named, and invalid answers are counted."""
    dumped = reframe(tmp_path, "coach", "--dump", messages).stdout.splitlines()
    asked = json.loads(json.loads(dumped[0])["body"]["messages"][-1]["content"])
    good_answer = {**GOOD, "idea": asked["ideas"][0]["idea"]}
    rows = [
        {"id": "m1", "content": json.dumps({**good_answer, "reworded": "of an older form"})},
        {
            "id": "m2",
            "content": json.dumps({**good_answer, "mirror": "Acme owes us <!channel>."}),
        },
        {"id": "m3", "content": "no JSON"},
    ]
    answers = lines(tmp_path / "answers.jsonl", rows)
    done = reframe(tmp_path, "coach", "--messages", messages, "--answers", answers)
    good, faulty, invalid = (json.loads(line) for line in done.stdout.splitlines())

    assert good["nudge"] == f"{GOOD['mirror']} {GOOD['question']}"
    assert good["nudge_faults"] == []
    assert "Acme" not in faulty["nudge"]
    assert any("mention" in fault for fault in faulty["nudge_faults"])
    assert "failed" in invalid
    assert "messages: 3, no valid answer: 1, silent: 0, nudge: 1" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--answers", "x"], ["--dump", "a", "--answers", "b"]])
def test_wrong_combinations_of_options_are_explained(tmp_path: Path, arguments: list[str]) -> None:
    done = reframe(tmp_path, "coach", *arguments)

    assert done.returncode == 2
    assert "--dump FILE, or --messages FILE" in " ".join(done.stderr.split())


def test_labels_are_a_set_for_eval(tmp_path: Path) -> None:
    """The words that sellers shared become labeled messages without names."""

    async def keep() -> None:
        database = Database(f"sqlite:///{tmp_path}/reframe.db")
        await database.open()
        await database.migrate()
        async with database.begin() as connection:
            for key, words in (("k1", "They are late, that is all."), ("k2", None)):
                row = {
                    "mark": key,
                    "workspace_id": "T1",
                    "person_mark": "p777",
                    "trap": "blame",
                    "created_at": 1.0,
                }
                await insert_once(connection, labels, row | {"words": words, "reason": "fact"})
        await database.close()

    asyncio.run(keep())
    done = reframe(tmp_path, "labels")
    kept = tmp_path / "labels.jsonl"
    kept.write_text(done.stdout, encoding="utf-8")

    assert json.loads(done.stdout)["text"] == "They are late, that is all."
    assert "p777" not in done.stdout
    assert "1 with words, 1 without" in done.stderr
    assert reframe(tmp_path, "eval", kept, "--json").returncode == 0


ASKS = [
    {"id": "a1", "text": "They went quiet after the demo, ana@mail.example said. It is odd."},
    {"id": "a2", "text": "Write a mail to Kofi, he skipped the demo."},
    {"id": "a3", "text": "thanks, that helped!"},
    {"id": "a4", "text": "Der Kunde meldet sich seit drei Wochen nicht mehr, was frage ich ihn?"},
    {"text": "Prep me for the renewal call with their CFO."},
]
ANSWER = {
    "kind": "coach",
    "questions": ["What has come up since the demo?", "Who else has to be part of this?"],
    "draft": "Hi Kofi,\nWe missed each other at the demo. Is this still on for you?\nBest,\n___",
    "next_step": "You could ask somebody else there what has come up.",
}


@pytest.fixture
def asks(tmp_path: Path) -> Path:
    return lines(tmp_path / "asks.jsonl", ASKS)


def dumped(tmp_path: Path, asks: Path) -> dict[str, dict[str, object]]:
    """Return what a model would get, by the id of the ask."""
    requests = tmp_path / "requests.jsonl"
    done = reframe(tmp_path, "coach", "--asks", asks, "--dump", requests)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    rows = [json.loads(line) for line in requests.read_text("utf-8").splitlines()]
    return {r["id"]: json.loads(r["body"]["messages"][-1]["content"]) for r in rows}


def test_requests_of_asks(tmp_path: Path, asks: Path) -> None:
    """Only asks that need coaching reach a model: masked, with the intent, ideas and examples."""
    found = dumped(tmp_path, asks)

    assert list(found) == ["a1", "a2", "a4", "ask-005"]
    assert [r["wanted"] for r in found.values()] == ["deal", "email", "other", "call"]
    assert all(len(r["ideas"]) == 3 for r in found.values())  # type: ignore[arg-type]
    assert "ana@mail.example" not in str(found)


def test_recorded_answers_to_asks_are_a_reading_sheet(tmp_path: Path, asks: Path) -> None:
    """What would be shown, from a good answer and instead of a bad one."""
    idea = {i: r["ideas"][0]["idea"] for i, r in dumped(tmp_path, asks).items()}  # type: ignore[index]
    contents = {
        "a1": json.dumps(ANSWER | {"idea": idea["a1"], "next_step": "Ask Maria."}),
        "a2": json.dumps(ANSWER | {"idea": idea["a2"]}),
        "a4": json.dumps({**ANSWER, "kind": "nothing", "idea": ""}),
        "ask-005": "no JSON",
    }
    answers = lines(tmp_path / "a.jsonl", [{"id": i, "content": c} for i, c in contents.items()])
    done = reframe(tmp_path, "coach", "--asks", asks, "--answers", answers)
    invents, good, nothing, invalid = (json.loads(line) for line in done.stdout.splitlines())

    assert (good["outcome"], good["faults"]) == ("shown", [])
    assert "We missed each other at the demo" in good["shown"]
    assert invents["outcome"] == "rejected"
    assert "Maria" in str(invents["faults"])
    assert "Maria" not in invents["shown"]
    assert any(play.next_step in invents["shown"] for play in shipped_playbook().plays)
    assert "a customer or a deal" in nothing["shown"]
    assert invalid["outcome"] == "no valid answer"
    assert "answers: 4, shown: 1, rejected: 1, nothing: 1, people: 0" in done.stderr


@pytest.mark.parametrize("more", [[], ["--dump", "a", "--answers", "b"], ["--messages", "x"]])
def test_wrong_options_beside_asks_are_explained(
    tmp_path: Path, asks: Path, more: list[str]
) -> None:
    done = reframe(tmp_path, "coach", "--asks", asks, *more)

    assert done.returncode == 2
    assert "--asks FILE with --dump REQUESTS" in " ".join(done.stderr.split())
