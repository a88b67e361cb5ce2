"""``python -m tests.repeat`` counts failures, so that a run without any is worth something."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests import repeat

ALTERNATING = """
from pathlib import Path

def test_fails_every_second_time():
    mark = Path(__file__).with_suffix(".mark")
    was_there = mark.exists()
    mark.unlink() if was_there else mark.touch()
    assert not was_there

def test_is_fine():
    pass
"""


def test_failures_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "test_alternating.py"
    file.write_text(ALTERNATING, encoding="utf-8")
    options = ["-p", "no:cacheprovider", "-n", "0", f"--rootdir={tmp_path}", str(file)]
    monkeypatch.setattr(sys, "argv", ["repeat", "3", *options])

    assert repeat.main() == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.rpartition(" ")[0] for line in lines[:3]] == [
        "run 1 of 3: 0",
        "run 2 of 3: 1",
        "run 3 of 3: 0",
    ]
    assert [line.partition(":")[0] for line in lines[3:]] == ["1 of 3"]
    assert lines[3].endswith("test_fails_every_second_time")


def test_tests_that_can_not_run_are_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["repeat", "2", "-n", "0", "tests/no_such_file.py"])

    with pytest.raises(SystemExit) as ended:
        repeat.main()
    assert ended.value.code == 4
