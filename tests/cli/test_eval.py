"""``reframe eval`` and ``reframe judge`` as a person calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fake_model import GOOD, NOTHING, FakeModel, running
from tests.house import BLAME, ENTITLEMENT, ORDINARY

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
def labelled(tmp_path: Path) -> Path:
    return lines(tmp_path / "set.jsonl", ROWS)


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    rows = [{"id": name, "content": content} for name, content in ANSWERS.items()]
    return lines(tmp_path / "answers.jsonl", rows)


def reframe(folder: Path, *arguments: object, **values: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *map(str, arguments)],
        cwd=folder,
        env={"PATH": os.defpath, "COLUMNS": "200", **values},
        capture_output=True,
        text=True,
        timeout=120,
    )


def figures(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    assert done.returncode == 0, done.stderr
    tables = json.loads(done.stdout)
    return {row[""]: row["value [95 %]"] for row in tables["The figures"]}


def test_offline_by_default(labelled: Path) -> None:
    done = reframe(labelled.parent, "eval", labelled)

    assert done.returncode == 0, done.stderr
    for title in ("The figures", "Beside simpler means", "The five traps", "By author"):
        assert title in done.stdout
    assert "VADER sentiment" in done.stdout
    assert "not installed" not in done.stdout


def test_recorded_answers_go_through_the_live_parser(labelled: Path, answers: Path) -> None:
    """One right, one that is no JSON (silence), two rightly let go: precision 1, recall a half."""
    done = reframe(
        labelled.parent, "eval", labelled, "--detector", "judge", "--answers", answers, "--json"
    )

    found = figures(done)
    assert found["recall: share of traps it speaks to"].startswith("0.500")
    assert found["precision when it speaks, at 5/25/70"].startswith("1.000")
    assert "1 of 4 messages got no valid answer" in done.stderr


def test_the_cascade_falls_back_where_an_answer_is_bad(labelled: Path, answers: Path) -> None:
    """m2's answer is no JSON, and offline is sure of it; the ordinary message is never asked."""
    done = reframe(
        labelled.parent, "eval", labelled, "--detector", "cascade", "--answers", answers, "--json"
    )

    assert figures(done)["recall: share of traps it speaks to"].startswith("1.000")
    model = json.loads(done.stdout)["The model"]
    (share,) = (r["value"] for r in model if r[""].startswith("share of messages sent"))
    assert 0 < float(share) <= 0.3


async def test_a_live_judge(labelled: Path) -> None:
    async with running(FakeModel({**GOOD, "span": "us"})) as model:
        import asyncio

        done = await asyncio.to_thread(
            reframe,
            labelled.parent,
            *("eval", labelled, "--detector", "judge", "--json"),
            OPENAI_BASE_URL=model.url,
            OPENAI_MODEL="m",
        )

    assert figures(done)["right trap named, where it speaks to one"] != ""
    asked = [json.loads(r["messages"][1]["content"])["message"] for r in model.requests]
    assert sorted(asked)[:2] == sorted(r["text"] for r in ROWS)[:2]


def test_the_page_is_whole(labelled: Path) -> None:
    page = labelled.parent / "report.html"
    done = reframe(labelled.parent, "eval", labelled, "--html", page)

    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") == 3
    assert "Tom says they owe us a call." in text
    assert "http" not in text.replace("https://slack.com", "")


def test_markdown_is_for_a_readme(labelled: Path) -> None:
    done = reframe(labelled.parent, "eval", labelled, "--markdown")

    assert done.stdout.startswith("|  | value [95 %] |\n| --- | --- |\n")


def test_dump_writes_what_a_live_call_would_send(labelled: Path) -> None:
    done = reframe(labelled.parent, "judge", "--dump", labelled, OPENAI_MODEL="some-model")

    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["id"] for r in rows] == [r["id"] for r in ROWS]
    body = rows[3]["body"]
    assert body["model"] == "some-model"
    assert body["store"] is False
    asked = json.loads(body["messages"][1]["content"])
    assert asked == {"context": ["hi"], "message": ORDINARY}
    assert body["response_format"]["type"] == "json_schema"


def test_dump_needs_no_labels(tmp_path: Path) -> None:
    plain = lines(tmp_path / "plain.jsonl", [{"id": "1", "text": "They owe us."}])

    assert reframe(tmp_path, "judge", "--dump", plain).returncode == 0


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("nonsense\n", "line 1: not JSON"),
        ('{"id": "1"}\n', 'line 1: "text" is missing'),
        ('{"id": "1", "text": "x"}\n', 'line 1: "trap" is missing'),
        ('{"id": "1", "text": "x", "trap": "rude"}\n', "line 1"),
        ('\n\n["list"]\n', "line 3: not a JSON object"),
        ("", "no labelled messages"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, bad: str, why: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(bad, encoding="utf-8")
    done = reframe(tmp_path, "eval", path)

    assert done.returncode == 2
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_what_can_not_be_done_is_said(labelled: Path, tmp_path: Path) -> None:
    missing = reframe(tmp_path, "eval", tmp_path / "nowhere.jsonl")
    unknown = reframe(tmp_path, "eval", labelled, "--detector", "oracle")
    alone = reframe(tmp_path, "eval", labelled, "--detector", "judge")

    assert missing.returncode == unknown.returncode == alone.returncode == 2
    assert "nowhere.jsonl" in missing.stderr
    assert "offline, judge or cascade" in unknown.stderr
    assert "OPENAI_MODEL" in alone.stderr


def test_the_recorded_cascade_keeps_its_figures(tmp_path: Path) -> None:
    """A capable model's recorded answers to the test split, scored by today's code, reach the
    goals: precision .97, recall .90, macro-F1 .90."""
    corpus = Path(__file__).parent.parent / "corpus"
    done = reframe(
        tmp_path,
        *("eval", corpus / "test", "--detector", "cascade", "--json"),
        *("--answers", corpus / "answers" / "test.jsonl"),
    )
    found = figures(done)

    assert float(found["precision when it speaks, at 5/25/70"].split()[0]) >= 0.97
    assert float(found["recall: share of traps it speaks to"].split()[0]) >= 0.90
    assert float(found["macro-F1 over the five, where it speaks"].split()[0]) >= 0.90
