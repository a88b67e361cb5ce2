"""``reframe eval`` and ``reframe judge`` from the command line."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.fake_model import GOOD, NOTHING, FakeModel, running
from tests.harness import BLAME, ENTITLEMENT, ORDINARY
from tests.processes.reframe import reframe as run_reframe

ROWS: list[dict[str, Any]] = [
    {"id": "m1", "text": ENTITLEMENT, "trap": "entitlement", "author": "a", "register": "angry"},
    {"id": "m2", "text": BLAME, "trap": "blame", "also": ["entitlement"], "author": "b"},
    {"id": "m3", "text": "Tom says they owe us a call. I don't see it so.", "trap": "none"},
    {"id": "m4", "text": ORDINARY, "trap": "none", "kind": "logistics", "context": ["hi"]},
]
ANSWERS = {
    "m1": json.dumps({**GOOD, "span": "they owe us a call back"}),
    "m2": "not JSON",
    "m3": json.dumps({**NOTHING, "stance": "rejected", "target": "customer"}),
    "m4": json.dumps(NOTHING),
}


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return path


@pytest.fixture
def labeled(tmp_path: Path) -> Path:
    return lines(tmp_path / "set.jsonl", ROWS)


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    rows = [{"id": name, "content": content} for name, content in ANSWERS.items()]
    return lines(tmp_path / "answers.jsonl", rows)


def reframe(folder: Path, *arguments: object, **values: str) -> subprocess.CompletedProcess[str]:
    return run_reframe(folder, *arguments, environment=values)


def summary(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    assert done.returncode == 0, done.stderr
    tables = json.loads(done.stdout)
    return {row[""]: row["value [95 %]"] for row in tables["Summary"]}


def test_offline_by_default(labeled: Path) -> None:
    done = reframe(labeled.parent, "eval", labeled)

    assert done.returncode == 0, done.stderr
    for title in ("Summary", "Compared with baselines", "The five traps", "By author"):
        assert title in done.stdout
    assert "VADER sentiment" in done.stdout
    assert "not installed" not in done.stdout


def test_recorded_answers_go_through_the_live_parser(labeled: Path, answers: Path) -> None:
    """One right, one invalid (silence), two rightly ignored: precision 1, recall a half."""
    done = reframe(
        labeled.parent, "eval", labeled, "--detector", "judge", "--answers", answers, "--json"
    )

    figures = summary(done)
    assert figures["recall: share of traps it speaks to"].startswith("0.500")
    assert figures["precision when it speaks, at 5/25/70"].startswith("1.000")
    assert "1 of 4 messages got no valid answer" in done.stderr


def test_cascade_falls_back_on_an_invalid_answer(labeled: Path, answers: Path) -> None:
    """The answer for m2 is invalid, and offline is sure. With the gate open all four are sent; else
    the ordinary message is not."""
    shares = {}
    for mode in ("all", "candidates"):
        done = reframe(
            labeled.parent,
            *("eval", labeled, "--detector", "cascade", "--answers", answers, "--json"),
            REFRAME_JUDGE=mode,
        )
        assert summary(done)["recall: share of traps it speaks to"].startswith("1.000")
        model = json.loads(done.stdout)["Language model"]
        (share,) = (r["value"] for r in model if r[""].startswith("share of messages sent"))
        shares[mode] = float(share)

    assert shares["all"] == 1.0
    assert 0 < shares["candidates"] <= 0.3


def test_answers_recorded_with_sure_are_still_read(labeled: Path, tmp_path: Path) -> None:
    """Sure counts as certain, and not sure as unsure, in a fence or not."""
    rows = []
    for number, sure in (("m1", True), ("m2", False)):
        old = {**GOOD, "span": "owe us", "sure": sure}
        del old["confidence"]
        content = json.dumps(old)
        rows.append({"id": number, "content": f"```json\n{content}\n```" if sure else content})
    recorded = lines(tmp_path / "old.jsonl", rows)

    done = reframe(
        tmp_path, "eval", labeled, "--detector", "judge", "--answers", recorded, "--json"
    )

    assert summary(done)["recall: share of traps it speaks to"].startswith("0.500")
    assert "2 of 4 messages got no valid answer" in done.stderr


async def test_a_live_judge(labeled: Path) -> None:
    async with running(FakeModel({**GOOD, "span": "us"})) as model:
        done = await asyncio.to_thread(
            reframe,
            labeled.parent,
            *("eval", labeled, "--detector", "judge", "--json"),
            OPENAI_BASE_URL=model.url,
            OPENAI_MODEL="m",
        )

    assert summary(done)["right trap named when it speaks to one"] != ""
    sent = [json.loads(r["messages"][1]["content"])["message"] for r in model.requests]
    assert sorted(sent)[:2] == sorted(r["text"] for r in ROWS)[:2]


def test_html_page_is_complete(labeled: Path) -> None:
    page = labeled.parent / "report.html"
    done = reframe(labeled.parent, "eval", labeled, "--html", page)

    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") == 3
    assert "Tom says they owe us a call." in text
    assert "http" not in text.replace("https://slack.com", "")


def test_real_and_invented_text_stand_apart(labeled: Path) -> None:
    real = [
        {**ROWS[0], "id": "r1", "source": "https://forum.example/1"},
        {**ROWS[1], "id": "r2", "source": "https://forum.example/1", "conf": 1},
    ]
    mixed = lines(labeled.parent / "mixed.jsonl", [*ROWS, *real])

    tables = json.loads(reframe(labeled.parent, "eval", mixed, "--json").stdout)

    rows = tables["Real and invented text apart, as they are"]
    assert [(r["written by"], r["messages"], r["traps"]) for r in rows] == [
        ("real people", "1", "1"),  # coaches would argue about the other
        ("invented", "4", "2"),
    ]


def test_text_that_the_detector_learned_from_is_warned_of(tmp_path: Path) -> None:
    corpus = Path(__file__).parent.parent / "corpus"

    learned = reframe(tmp_path, "eval", corpus / "sage.jsonl", "--json")
    unseen = reframe(tmp_path, "eval", corpus / "test" / "moss.jsonl", "--json")

    assert "the shipped detector was trained on" in learned.stderr
    assert "trained on" not in unseen.stderr


def test_false_alarms_in_chat_are_counted_and_listed(tmp_path: Path) -> None:
    rows = [{"id": "1", "text": ORDINARY}] * 9 + [{"id": "2", "text": ENTITLEMENT}]
    chat = lines(tmp_path / "chat.jsonl", rows)

    tables = json.loads(reframe(tmp_path, "eval", "--chat", chat, "--json").stdout)

    figures = {row[""]: row["value [95 %]"] for row in tables["Chat without customers"]}
    assert figures["lines"] == "10"
    assert figures["false alarms per 1,000 lines"].startswith("100.0 [")
    (worst, *_) = next(rows for title, rows in tables.items() if title.startswith("Highest"))
    assert worst["line"] == ENTITLEMENT
    assert worst["score (! = spoken to)"].endswith("!")


def test_markdown(labeled: Path) -> None:
    done = reframe(labeled.parent, "eval", labeled, "--markdown")

    assert done.stdout.startswith("|  | value [95 %] |\n| --- | --- |\n")


def test_dump_writes_the_request_of_a_live_call(labeled: Path) -> None:
    done = reframe(labeled.parent, "judge", "--dump", labeled, OPENAI_MODEL="some-model")

    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["id"] for r in rows] == [r["id"] for r in ROWS]
    body = rows[3]["body"]
    assert body["model"] == "some-model"
    assert body["store"] is False
    request = json.loads(body["messages"][1]["content"])
    assert request == {"context": ["hi"], "message": ORDINARY}
    assert body["response_format"]["type"] == "json_schema"


def test_dump_needs_no_labels(tmp_path: Path) -> None:
    plain = lines(tmp_path / "plain.jsonl", [{"id": "1", "text": "They owe us."}])

    assert reframe(tmp_path, "judge", "--dump", plain).returncode == 0


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("nonsense\n", "line 1: not JSON"),
        ('{"id": "1"}\n', 'line 1: "text" is missing'),
        ('{"id": "1", "text": "x"}\n', 'line 1: "trap" is missing'),
        ('{"id": "1", "text": "x", "trap": "rude"}\n', "line 1"),
        ('\n\n["list"]\n', "line 3: not a JSON object"),
        ("", "no labeled messages"),
    ],
)
def test_an_invalid_file_is_named_with_its_line(tmp_path: Path, content: str, error: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(content, encoding="utf-8")
    done = reframe(tmp_path, "eval", path)

    assert done.returncode == 2
    assert error in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_arguments_are_explained(labeled: Path, tmp_path: Path) -> None:
    missing = reframe(tmp_path, "eval", tmp_path / "nowhere.jsonl")
    unknown = reframe(tmp_path, "eval", labeled, "--detector", "oracle")
    alone = reframe(tmp_path, "eval", labeled, "--detector", "judge")

    neither = reframe(tmp_path, "eval")
    both = reframe(tmp_path, "eval", labeled, "--chat", labeled)

    assert missing.returncode == unknown.returncode == alone.returncode == 2
    assert neither.returncode == both.returncode == 2
    assert "--chat FILE" in neither.stderr + both.stderr
    assert "nowhere.jsonl" in missing.stderr
    assert "offline, judge or cascade" in unknown.stderr
    assert "OPENAI_MODEL" in alone.stderr


def test_recorded_cascade_reaches_its_goals(tmp_path: Path) -> None:
    """A capable model's recorded answers to the test split reach precision .97, recall .90 and
    macro-F1 .90 with the present code."""
    corpus = Path(__file__).parent.parent / "corpus"
    done = reframe(
        tmp_path,
        *("eval", corpus / "test", "--detector", "cascade", "--json"),
        *("--answers", corpus / "answers" / "test.jsonl"),
        REFRAME_JUDGE="candidates",  # which are those that have an answer
    )
    figures = summary(done)

    assert float(figures["precision when it speaks, at 5/25/70"].split()[0]) >= 0.97
    assert float(figures["recall: share of traps it speaks to"].split()[0]) >= 0.90
    assert float(figures["macro-F1 over the five, when it speaks"].split()[0]) >= 0.90
