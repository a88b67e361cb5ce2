"""A simulated clock shared by several processes."""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path

_OFFSET = struct.Struct("<d")


class SharedClock:
    """Wall-clock time plus an offset that is stored in an 8-byte file.

    Every process that opens the same file reads the same time, even after being killed and
    restarted. This lets a week be played in seconds.

    Args:
        path: the file; created with offset 0 if it does not exist.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_OFFSET.pack(0.0))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _OFFSET.size)

    def __call__(self) -> float:
        """Return the simulated time in Unix seconds."""
        return time.time() + self.offset

    @property
    def offset(self) -> float:
        """Seconds by which the simulated time is ahead of the real one; negative if behind."""
        offset: float = _OFFSET.unpack(self._map[:])[0]
        return offset

    def jump_to(self, at: float) -> None:
        """Set the simulated time to ``at``, in Unix seconds."""
        self._map[:] = _OFFSET.pack(at - time.time())

    def close(self) -> None:
        """Unmap the file."""
        self._map.close()
