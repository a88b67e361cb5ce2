"""onnxruntime works without reporting to anybody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
READ_ONE = """
from bot.detect.encoder import Encoder
assert len(Encoder().logits("they owe us an answer")) == 6
"""
IMPORT_IT = "import onnxruntime"


def traces_of(code: str, folder: Path) -> list[str]:
    """Run some code in a process with an empty home; return what it left there."""
    home, temporary = folder / "home", folder / "temporary"
    home.mkdir()
    temporary.mkdir()
    places = {"HOME": str(home), "TMPDIR": str(temporary)}
    subprocess.run(
        [sys.executable, "-B", "-c", code],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **places},
        check=True,
        timeout=120,
    )
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_the_detector_leaves_no_trace(tmp_path: Path) -> None:
    """No identifier of the machine, no stored events, and so nothing to be sent."""
    assert traces_of(READ_ONE, tmp_path) == []


def test_the_library_alone_would(tmp_path: Path) -> None:
    """The test above can fail: this is what is switched off."""
    left = traces_of(IMPORT_IT, tmp_path)
    if not left:
        pytest.skip("this build of onnxruntime has no telemetry")
    assert any("Microsoft" in name for name in left)
