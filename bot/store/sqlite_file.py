"""The files of an SQLite database: private from the first byte, and tried before anything runs.

SQLite gives its write-ahead file and its shared memory the permissions of the database, so those of
the database decide. Left alone it creates one that everybody on the machine can read.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path

from filelock import FileLock, Timeout

from bot.flows.errors import DatabaseError

log = logging.getLogger(__name__)

START_SECONDS = 10.0
_WAIT_SECONDS = 0.6
_PRIVATE = 0o600
_BESIDE = ("", "-wal", "-shm", "-journal", ".lock")
_OUTSIDERS = stat.S_IRWXG | stat.S_IRWXO


class HeldFile:
    """A database file that this process has for itself.

    Args:
        file: the database. lock: acquired.
    """

    def __init__(self, file: str, lock: FileLock) -> None:
        self._places = (os.path.realpath(file), lock.lock_file)
        self._lock = lock
        self._identities = self._look()

    @property
    def is_held(self) -> bool:
        """Whether the lock is held and the database is still the same file: one that was deleted
        or replaced takes everything in, and keeps nothing."""
        return self._lock.is_locked and self._look() == self._identities

    def release(self) -> None:
        """Let another process have it. Safe to call twice."""
        self._lock.release()

    def _look(self) -> list[tuple[int, int]]:
        try:
            found = [Path(place).stat() for place in self._places]
        except OSError:
            return []
        return [(each.st_dev, each.st_ino) for each in found]


def keep_private(file: str) -> None:
    """Create a database file that only this user can read, and take an existing one, with all that
    lies beside it, away from other users.

    Raises:
        OSError: it can't be created.
    """
    place = os.path.realpath(file)
    os.close(os.open(place, os.O_RDWR | os.O_CREAT, _PRIVATE))
    for suffix in _BESIDE:
        _take_from_others(place + suffix)


def take(file: str) -> HeldFile:
    """Lock a database for this process, and check that it can be written.

    A database that another program keeps busy is waited for, ten seconds at most.

    Raises:
        DatabaseError: another bot has it, or it can't be used; the kind says why.
    """
    _check_folder(file)
    lock = FileLock(
        f"{os.path.realpath(file)}.lock",
        timeout=0,
        mode=_PRIVATE,
        thread_local=False,  # taken in a thread of its own, given back in another one
    )
    try:
        _try_to_create(lock.lock_file)
        lock.acquire()
    except Timeout as taken:
        raise DatabaseError("database_in_use", file) from taken
    except OSError as failure:
        raise DatabaseError("database_unwritable", file) from failure
    try:
        keep_private(file)
        _wait_until_writable(file)
    except OSError as failure:
        lock.release()
        raise DatabaseError("database_unwritable", file) from failure
    except DatabaseError:
        lock.release()
        raise
    return HeldFile(file, lock)


def _check_folder(file: str) -> None:
    """Refuse a folder that doesn't exist: created by a typo, it would hold an empty database."""
    folder = Path(file).resolve().parent
    if not folder.exists():
        nearest = next(parent for parent in folder.parents if parent.exists())
        kind = "database_no_folder" if nearest.is_dir() else "database_unwritable"
        raise DatabaseError(kind, str(folder) if nearest.is_dir() else file)


def _try_to_create(file: str) -> None:
    """Create a file, since the lock reports a place where nothing can be created as taken."""
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, _PRIVATE))


def _wait_until_writable(file: str) -> None:
    began = time.monotonic()
    is_announced = False
    while True:
        try:
            _try_to_write(file)
            return
        except sqlite3.Error as failure:
            kind = kind_of(failure)
            if kind != "database_busy" or time.monotonic() - began > START_SECONDS:
                raise DatabaseError(kind, file) from failure
            if not is_announced:
                log.warning("another program keeps %s busy; waiting for it", file)
            is_announced = True


def _try_to_write(file: str) -> None:
    """Create and drop a table, to find a bad file now and not at the first event."""
    with closing(sqlite3.connect(file, timeout=_WAIT_SECONDS)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS _probe (x INTEGER)")
        connection.execute("DROP TABLE _probe")
        connection.commit()


def kind_of(failure: BaseException) -> str:
    """Return which sentence of ``[cli]`` explains a failure."""
    code = getattr(failure, "sqlite_errorcode", 0) & 0xFF  # the rest only refines it
    return {
        sqlite3.SQLITE_BUSY: "database_busy",
        sqlite3.SQLITE_LOCKED: "database_busy",
        sqlite3.SQLITE_NOTADB: "database_other_file",
        sqlite3.SQLITE_CORRUPT: "database_other_file",
        sqlite3.SQLITE_FULL: "database_full",
    }.get(code, "database_unwritable")


def _take_from_others(file: str) -> None:
    try:
        mode = stat.S_IMODE(Path(file).stat().st_mode)
        if mode & _OUTSIDERS:
            Path(file).chmod(mode & ~_OUTSIDERS)
    except FileNotFoundError:
        return
    except PermissionError:
        log.warning("%s belongs to another user, and others may read it", file)
