"""Tests of the commands as a person or a program runs them: a process in an empty folder."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot import __version__
from bot.core.model import Trap
from bot.core.playbook_model import Playbook
from tests.harness import ENTITLEMENT, ORDINARY
from tests.processes.reframe import command as reframe_program
from tests.processes.reframe import reframe

PATIENCE = 60
BAD_LINES = {
    "not JSON": b"they owe us",
    "a list": b'["id", "text"]',
    "a text": b'"text"',
    "no id": b'{"text": "no id"}',
    "id is an object": b'{"id": {}, "text": "x"}',
    "id is a list": b'{"id": [1], "text": "x"}',
    "id is no number": b'{"id": NaN, "text": "x"}',
    "id is past all numbers": b'{"id": 1e999, "text": "x"}',
    "no text": b'{"id": 1}',
    "text is null": b'{"id": 1, "text": null}',
    "text is a number": b'{"id": 1, "text": 5}',
    "text is a list": b'{"id": 1, "text": ["x"]}',
    "context is a text": b'{"id": 1, "text": "x", "context": "y"}',
    "context of numbers": b'{"id": 1, "text": "x", "context": [1]}',
    "context is an object": b'{"id": 1, "text": "x", "context": {}}',
    "deeply nested": b"[" * 100_000 + b"]" * 100_000,
    "a number too long": b'{"id": ' + b"9" * 5_000 + b', "text": "x"}',
    "invalid UTF-8": b'{"id": 1, "text": "\xff\xfe"}',
}


def rows(printed: str) -> dict[str, str]:
    """Parse the table that ``say`` prints below a heading: one label and its text per line."""
    table = printed.split("\n\n")[1]
    pairs = (line.split("  ", 1) for line in table.splitlines() if not line.startswith(" "))
    return {label.strip(): what.strip() for label, what in pairs}


def percent(shown: str) -> float:
    """Parse "73% or more", "less than 1%", and "more than 99%"."""
    (figure,) = re.findall(r"[\d.]+", shown)
    return float(figure)


def answers(printed: str) -> list[dict[str, object]]:
    """Parse the JSON lines that ``detect`` prints; reject NaN and Infinity, which are not JSON."""

    def refuse(name: str) -> object:
        raise ValueError(f"{name} is not JSON")

    return [json.loads(line, parse_constant=refuse) for line in printed.splitlines()]


@pytest.mark.parametrize("command", ["demo", "say", "detect", "run", "migrate", "jobs"])
def test_help_lists_every_command(tmp_path: Path, command: str) -> None:
    """``--help`` lists the command, and the command has its usage page."""
    listed = reframe(tmp_path, "--help")
    usage = reframe(tmp_path, command, "--help")

    assert (listed.returncode, usage.returncode) == (0, 0)
    assert any(line.split()[:1] == [command] for line in listed.stdout.splitlines())
    assert f"bot {command} " in usage.stdout
    assert listed.stderr == usage.stderr == ""


def test_jobs_need_processes_with_a_role(tmp_path: Path) -> None:
    """On SQLite there are none, and it says so; it creates no database."""
    done = reframe(tmp_path, "jobs", environment={"DATABASE_URL": f"sqlite:///{tmp_path}/a.db"})

    assert (done.returncode, done.stdout) == (2, "")
    assert "SQLite" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_version(tmp_path: Path) -> None:
    """``--version`` prints the version of the package."""
    done = reframe(tmp_path, "--version")

    assert (done.returncode, done.stdout) == (0, f"reframe {__version__}\n")


def test_say_prints_verdict_and_outcome_of_a_trap(tmp_path: Path) -> None:
    """A message that shows a trap gets its trap, its score, and a question or a reason."""
    done = reframe(tmp_path, "say", ENTITLEMENT)

    assert done.returncode == 0
    assert done.stderr == ""
    told = rows(done.stdout)
    assert list(told)[:2] == ["trap", "sure"]
    assert told["trap"] in {trap.replace("labelling", "labeling") for trap in Trap}
    assert 0 < percent(told["sure"]) <= 100
    assert ("would say" in told) != ("keeps quiet" in told)


def test_say_stays_quiet_on_an_ordinary_message(tmp_path: Path, playbook: Playbook) -> None:
    """An ordinary message has no trap, and one sentence explains why the bot stays quiet."""
    done = reframe(tmp_path, "say", ORDINARY)

    told = rows(done.stdout)
    assert done.returncode == 0
    assert set(told) == {"trap", "sure", "asks at", "about", "keeps quiet"}
    assert percent(told["sure"]) < percent(told["asks at"])
    assert told["trap"] == "none"
    assert told["sure"] == "less than 1%", "nobody says that they are 0.00 sure"
    assert told["keeps quiet"] == playbook.text("quiet", "ordinary")


def test_say_names_no_trap_where_a_phrase_outweighs_the_score(
    tmp_path: Path, playbook: Playbook
) -> None:
    """A high score beside "none" would look like a mistake."""
    told = rows(reframe(tmp_path, "say", f"{ENTITLEMENT} Sorry, I take that back.").stdout)

    assert percent(told["sure"]) >= percent(told["asks at"])
    assert told["trap"] == "most like entitlement"
    assert told["keeps quiet"] == playbook.text("quiet", "second_thoughts")


def test_say_uses_the_context(tmp_path: Path, playbook: Playbook) -> None:
    """The last ``--context`` counts: a complaint about colleagues is not a trap."""
    complaint = "Those people are just clueless political jerks."
    alone = rows(reframe(tmp_path, "say", complaint).stdout)
    after = rows(
        reframe(
            tmp_path,
            *("say", complaint),
            *("--context", "Morning all"),
            *("--context", "our legal team still has it"),
        ).stdout
    )

    assert alone["trap"] == "labeling"
    assert alone.get("keeps quiet") != playbook.text("quiet", "no_trap")
    assert after["keeps quiet"] == playbook.text("quiet", "no_trap")


async def test_detect_answers_each_line_as_it_comes(tmp_path: Path) -> None:
    """A line is answered before the next one is written."""
    process = await asyncio.create_subprocess_exec(
        *(*reframe_program(), "detect"),
        cwd=tmp_path,
        env={"PATH": os.defpath},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    names = []
    async with asyncio.timeout(PATIENCE):
        for name in ("first", "second"):
            process.stdin.write(json.dumps({"id": name, "text": ENTITLEMENT}).encode() + b"\n")
            names.append(json.loads(await process.stdout.readline())["id"])
        process.stdin.close()
        code = await process.wait()

    assert names == ["first", "second"]
    assert code == 0


def test_detect_prints_the_documented_fields(tmp_path: Path) -> None:
    """A verdict has id, trap, score from 0 to 1, speak and situations, in that order."""
    asked = [
        {"id": 1, "text": ENTITLEMENT},
        {"id": 2, "text": ORDINARY, "context": ["Morning all"]},
        {"id": 3, "text": "", "context": None},
    ]
    done = reframe(tmp_path, "detect", stdin="\n".join(map(json.dumps, asked)).encode())

    found = answers(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert [a["id"] for a in found] == [1, 2, 3]
    for answer in found:
        assert list(answer) == ["id", "trap", "score", "speak", "situations"]
        assert answer["trap"] in {*Trap, "none"}
        assert isinstance(answer["score"], float)
        assert 0 <= answer["score"] <= 1
        assert isinstance(answer["speak"], bool)
    assert [a["trap"] == "none" for a in found] == [False, True, True]
    assert ["silence" in str(a["situations"]) for a in found] == [True, False, False]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["a", "", "é 😀", '"\n\t'], id="texts"),
        pytest.param([7, -1, 0, 1.5, 1e300, 10**40], id="numbers"),
        pytest.param([True, False, None], id="true, false and null"),
        pytest.param(["\ud800"], id="half a surrogate pair"),
    ],
)
def test_detect_echoes_an_id_of_any_kind(tmp_path: Path, names: list[object]) -> None:
    """An id of any scalar type comes back unchanged, even half a surrogate pair."""
    lines = [json.dumps({"id": name, "text": ORDINARY}) for name in names]
    done = reframe(tmp_path, "detect", stdin="\n".join(lines).encode())

    assert done.returncode == 0
    found = [answer["id"] for answer in answers(done.stdout)]
    assert found == names
    assert [type(name) for name in found] == [type(name) for name in names]


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """Return one run of ``detect`` over all bad lines, with a good line after each."""
    lines = []
    for number, bad in enumerate(BAD_LINES.values()):
        lines += [bad, json.dumps({"id": f"after {number}", "text": ENTITLEMENT}).encode()]
    return reframe(tmp_path_factory.mktemp("stream"), "detect", stdin=b"\n".join(lines))


@pytest.mark.parametrize("what", BAD_LINES)
def test_detect_names_a_bad_line_and_goes_on(
    stream: subprocess.CompletedProcess[str], what: str
) -> None:
    """A bad line gets one sentence with its number; the next line is answered."""
    place = list(BAD_LINES).index(what)
    complaints = [c.split(": ", 1)[0] for c in stream.stderr.splitlines()]

    assert stream.returncode == 1
    assert complaints.count(f"line {2 * place + 1}") == 1
    assert f'"after {place}"' in stream.stdout


def test_detect_answers_good_lines_only(stream: subprocess.CompletedProcess[str]) -> None:
    """Good lines among bad ones are answered in order, and nothing else is printed."""
    found = [answer["id"] for answer in answers(stream.stdout)]

    assert found == [f"after {number}" for number in range(len(BAD_LINES))]
    assert len(stream.stderr.splitlines()) == len(BAD_LINES)


def test_detect_counts_and_skips_empty_lines(tmp_path: Path) -> None:
    """Empty lines are not errors, but count toward the number of a bad line after them."""
    good = json.dumps({"id": 1, "text": ORDINARY}).encode()
    quiet = reframe(tmp_path, "detect", stdin=b"\n  \n" + good + b"\n\n")
    loud = reframe(tmp_path, "detect", stdin=b"\n  \r\nbad\n" + good)

    assert (quiet.returncode, quiet.stderr) == (0, "")
    assert (loud.returncode, loud.stderr) == (1, "line 3: not JSON\n")
    assert len(answers(quiet.stdout)) == len(answers(loud.stdout)) == 1


def test_detect_reads_and_writes_utf_8_on_every_terminal(tmp_path: Path) -> None:
    """JSON is UTF-8 or plain ASCII, even if the terminal uses another encoding."""
    line = json.dumps({"id": "Łódź", "text": ORDINARY}).encode()
    done = subprocess.run(
        [sys.executable, "-m", "bot", "detect"],
        cwd=tmp_path,
        env={"PATH": os.defpath, "PYTHONIOENCODING": "latin-1"},
        input=line,
        capture_output=True,
        timeout=PATIENCE,
    )

    assert done.returncode == 0
    assert json.loads(done.stdout)["id"] == "Łódź"


def test_a_closed_pipe_is_not_an_error(tmp_path: Path) -> None:
    """If the reader closes the pipe, the command ends at once, silently and with exit code 0."""
    line = json.dumps({"id": 1, "text": ORDINARY}).encode() + b"\n"
    asked = tmp_path / "asked.jsonl"
    asked.write_bytes(line * 20_000)
    with asked.open("rb") as lines:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "detect"],
            cwd=tmp_path,
            env={"PATH": os.defpath},
            stdin=lines,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.stdout.close()
        complaint = process.stderr.read()
        process.stderr.close()
        code = process.wait(PATIENCE)

    assert json.loads(first)["id"] == 1
    assert complaint == b""
    assert code == 0


def test_migrate_can_be_repeated(tmp_path: Path) -> None:
    """The first ``migrate`` creates the tables, the second one changes nothing."""

    def tables() -> list[tuple[str]]:
        with sqlite3.connect(tmp_path / "reframe.db") as database:
            found = database.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
        database.close()
        return found

    first = reframe(tmp_path, "migrate")
    made = tables()
    second = reframe(tmp_path, "migrate")

    assert (first.returncode, second.returncode) == (0, 0)
    assert len(made) > 1
    assert tables() == made


def test_an_unknown_command(tmp_path: Path) -> None:
    """An unknown command is named, with a pointer to --help."""
    done = reframe(tmp_path, "coach")

    assert done.returncode == 2
    assert "coach" in done.stderr
    assert "--help" in done.stderr
