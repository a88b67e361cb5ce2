"""Keeps the tables of the language model out of memory.

They have 67 MB, of which a day's texts need a few rows again and again. They lie in a file that has
no name any more, so it is gone when the process ends; the rows that were read last stay in memory.
"""

from __future__ import annotations

import os
import tempfile
from array import array
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import LanguageIdentifier

_CACHED_ROWS = 4_096  # 6 MB of both tables together
_MOVES_IN_ROW = 256  # one per byte


class _Rows:
    """The rows of a table. Threads may share it.

    Args:
        table: rows of the same length.
    """

    def __init__(self, table: NDArray[Any]) -> None:
        self._row_bytes = table[0].nbytes
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it is open as long as the process is
        self._file.write(np.ascontiguousarray(table).data)
        self._file.flush()

    def read(self, number: int) -> bytes:
        """Return the bytes of a row."""
        return os.pread(self._file.fileno(), self._row_bytes, number * self._row_bytes)


class _Weights:
    """The weights of each feature, as the library looks them up."""

    def __init__(self, table: NDArray[Any]) -> None:
        self._kind, self._width = table.dtype, table.shape[1]
        self._row = lru_cache(_CACHED_ROWS)(_Rows(table).read)

    def __getitem__(self, numbers: NDArray[np.intp]) -> NDArray[Any]:
        rows = b"".join([self._row(number) for number in numbers.tolist()])
        return np.frombuffer(rows, self._kind).reshape(-1, self._width)


class _Moves:
    """Which state follows on each byte, as the library looks it up."""

    def __init__(self, table: array[int]) -> None:
        self._empty = table[:0]
        self._rows = _Rows(np.frombuffer(table, table.typecode).reshape(-1, _MOVES_IN_ROW))
        self._row = lru_cache(_CACHED_ROWS)(self._read)

    def __getitem__(self, index: int) -> int:
        return self._row(index >> 8)[index & 255]

    def _read(self, number: int) -> array[int]:
        row = self._empty[:]
        row.frombytes(self._rows.read(number))
        return row


def with_tables_on_disk(loaded: LanguageIdentifier) -> LanguageIdentifier:
    """Return an identifier that gives the same results, and holds a few MB."""
    return LanguageIdentifier(
        _Weights(loaded.nb_ptc),
        loaded.nb_pc,
        loaded.nb_classes,
        _Moves(loaded.tk_nextmove),
        loaded.tk_output,
        norm_probs=True,
        tk_row=loaded.tk_row,
    )
