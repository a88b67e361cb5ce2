"""One simulated time for several processes."""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path

_OFFSET = struct.Struct("<d")


class SharedClock:
    """Wall time plus an offset that lies in an 8-byte file.

    Whoever opens the same file tells the same time, also after being killed and started again, so
    a week can be played in seconds.

    Args:
        path: the file; made with offset 0 if it is not there.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_OFFSET.pack(0.0))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _OFFSET.size)

    def __call__(self) -> float:
        """The simulated time, Unix seconds."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Moves the time forward by so many seconds."""
        self._set(self._offset + seconds)

    def leap_to(self, at: float) -> None:
        """Sets the time to ``at``, Unix seconds."""
        self._set(at - time.time())

    def close(self) -> None:
        """Lets go of the file."""
        self._map.close()

    @property
    def _offset(self) -> float:
        value: float = _OFFSET.unpack(self._map[:])[0]
        return value

    def _set(self, offset: float) -> None:
        self._map[:] = _OFFSET.pack(offset)
