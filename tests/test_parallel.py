"""``pytest -n``: each test runs once, and whatever happens to one of the processes is a failure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.once import made_once

ROOT = Path(__file__).parent.parent
SESSION = """
import os, pathlib, pytest

@pytest.fixture(scope="session")
def mine(tmp_path_factory):
    (tmp_path_factory.getbasetemp() / "only here").touch(exist_ok=False)
    yield os.getpid()
    with pathlib.Path(__file__).with_name("ended").open("a") as lines:
        lines.write(f"{os.getpid()}\\n")
"""
TESTS = """
import os, pytest

@pytest.fixture(scope="module")
def built():
    return []

@pytest.mark.parametrize("number", range(4))
def test_passes(mine, built, number):
    print("out of", number)
    assert mine == os.getpid()
    built.append(number)
    assert len(built) == number + 1
"""


def run(folder: Path, *arguments: str, **files: str) -> tuple[int, list[str]]:
    """Run tests in three processes; return the exit status and the lines that were printed."""
    for name, text in {"conftest": SESSION, **files}.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    options = ("-p", "no:cacheprovider", "-p", "no:xdist", "-p", "tests.parallel", "-n", "3")
    unconfigured = ("-p", "no:asyncio")  # else it warns
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-ra",
            *options,
            *unconfigured,
            *arguments,
            str(folder),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_each_test_runs_once_and_fixtures_end(tmp_path: Path) -> None:
    """Fixtures of a file are made once, those of a session once per process, and all end."""
    files = {f"test_{n}": TESTS for n in range(5)}

    status, lines = run(tmp_path, **files)

    assert status == 0
    assert lines[-1].startswith("20 passed")
    ended = (tmp_path / "ended").read_text().split()
    assert 1 <= len(ended) == len(set(ended)) <= 3


def test_what_goes_wrong_in_a_test_is_told(tmp_path: Path) -> None:
    """A failure comes with its text and what was printed, an error and a warning, too."""
    wrong = (
        "import pytest, warnings\n"
        "@pytest.fixture\n"
        "def broken():\n    raise OSError('no fixture')\n"
        "def test_fails():\n    print('printed before')\n    assert 1 == 2, 'not so'\n"
        "def test_errs(broken):\n    pass\n"
        "def test_warns():\n    warnings.warn('take care')\n"
        "def test_skips():\n    pytest.skip('no such thing')\n"
    )

    status, lines = run(tmp_path, test_wrong=wrong, test_fine=TESTS)

    printed = "\n".join(lines)
    assert status == 1
    assert "1 failed, 5 passed, 1 skipped, 1 warning, 1 error" in lines[-1]
    for text in ("not so", "printed before", "no fixture", "take care", "no such thing"):
        assert text in printed


def test_a_process_that_dies_fails_its_test(tmp_path: Path) -> None:
    """The tests after it still run, in another process."""
    dies = (
        "import os, signal\n"
        "def test_before():\n    pass\n"
        "def test_dies():\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "def test_after():\n    pass\n"
    )

    status, lines = run(tmp_path, test_dies=dies, test_fine=TESTS)

    assert status == 1
    assert "1 failed, 6 passed" in lines[-1]
    assert any("test_dies" in line for line in lines if line.startswith("FAILED"))
    assert "the process of this test ended with status -9" in "\n".join(lines)


def test_the_first_failure_can_end_the_run(tmp_path: Path) -> None:
    """With ``-x``; fixtures end nonetheless."""
    began = tmp_path / "began"
    fails = (
        "import pathlib, time\n"
        "def test_fails(mine):\n"
        f"    while not pathlib.Path({str(began)!r}).exists():\n        time.sleep(0.01)\n"
        "    assert False\n"
    )
    slow = (
        "import pathlib, pytest, time\n"
        "@pytest.mark.parametrize('n', range(5_000))\n"
        "def test_takes_long(mine, n):\n"
        f"    pathlib.Path({str(began)!r}).touch()\n    time.sleep(0.05)\n"
    )

    status, lines = run(tmp_path, "-x", test_fails=fails, test_slow=slow)

    assert status == 1
    assert "5000 passed" not in lines[-1]
    assert "stopping after 1 failures" in "\n".join(lines)
    assert len((tmp_path / "ended").read_text().split()) == 2


def test_a_file_that_can_not_be_imported_is_no_success(tmp_path: Path) -> None:
    status, lines = run(tmp_path, test_broken="import no_such_module", test_fine=TESTS)

    assert status == 2
    assert "no_such_module" in "\n".join(lines)


def test_what_is_made_once_is_shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whichever process asks, it gets the same folder, beside those of all processes."""
    made: list[Path] = []

    first = made_once(tmp_path_factory, "a-test-of-it", made.append)
    assert made_once(tmp_path_factory, "a-test-of-it", made.append) == first == made[0]
    assert "worker-" not in first.parts[-2]
