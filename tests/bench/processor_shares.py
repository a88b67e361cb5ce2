"""Who gets the processor's time during a benchmark: the processes of each kind, by their folders.

A process that a fork server starts has no kinship with who asked for it, but it works in the folder
that it was given. So does a database server, and each process that serves one of its clients.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_TIMES = slice(
    11, 15
)  # in /proc/PID/stat after the program's name: its time, that of ended children
HERE = "this process"


class ProcessorShares:
    """Tells how the processor's time was shared since it was made, where the system tells.

    Args:
        folders: the names that processes count under, by the folder that they work in. What works
            anywhere below counts too.
    """

    def __init__(self, folders: Mapping[Path, str]) -> None:
        self._folders = {folder.resolve(): name for folder, name in folders.items()}
        self._before = self._seconds()

    def since(self) -> dict[str, float]:
        """Return seconds of the processor's time by name, this process last."""
        seconds = self._seconds()
        names = [*dict.fromkeys(self._folders.values()), HERE]
        return {name: seconds[name] - self._before[name] for name in names}

    def _seconds(self) -> dict[str, float]:
        found: defaultdict[str, float] = defaultdict(float)
        for each in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has ended, or is somebody else's
                if (name := self._name(each)) is not None:
                    found[name] += _seconds_of(each)
        return found

    def _name(self, process: Path) -> str | None:
        if process.name == str(os.getpid()):
            return HERE
        place = (process / "cwd").readlink()
        for folder, name in self._folders.items():
            if place.is_relative_to(folder):
                return name
        return None


def _seconds_of(process: Path) -> float:
    """Return what a process has had, and those that it started and has seen end."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[_TIMES])) / _TICKS_PER_SECOND
