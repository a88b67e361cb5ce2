"""Runs tests in several processes: ``pytest -n 3``.

One process imports and collects the tests. Then it forks the others, which therefore have all that,
instead of spending a dozen seconds each on the same. It hands out whole files, so their module
fixtures are built once, in the order in which they were collected.

A process that ends in the middle of a test fails that test; another one runs the rest of its file.
"""

from __future__ import annotations

import contextlib
import os
import traceback
import warnings
from collections import deque
from dataclasses import dataclass, field
from itertools import groupby
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any

import pytest
from _pytest.capture import CaptureManager
from _pytest.terminal import TerminalReporter

NAME = "worker-"  # of the folder in which each process has its temporary folders, with a number


@dataclass
class Worker:
    """A forked process, as the one that forked it knows it.

    Attributes:
        items: the numbers of those that it was given and has not finished, in order.
    """

    pid: int
    connection: Connection[Any, Any]
    items: deque[int] = field(default_factory=deque)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``-n``."""
    parser.getgroup("parallel")._addoption(
        *("-n", "--numprocesses"),
        type=int,
        default=0,
        metavar="NUMBER",
        help="run the tests in so many processes; 0: in this one",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run the collected tests in other processes, if that is asked for and possible."""
    options = session.config.option
    if not options.numprocesses or options.collectonly or options.usepdb or session.testsfailed:
        return None
    _Run(session).play(options.numprocesses)
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)
    return True


class _Run:
    """Hands out files, and passes on what the other processes report."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        numbered = groupby(enumerate(session.items), key=lambda one: one[1].path)
        self._files = deque([number for number, _ in file] for _, file in numbered)
        self._workers: dict[Any, Worker] = {}
        self._started = 0
        self._is_stopping = False

    def play(self, processes: int) -> None:
        """Run all tests, unless one fails that is to end the run."""
        _temporary_folders(self._session.config).getbasetemp()  # one for all
        for _ in range(min(processes, len(self._files))):
            self._start()
        try:
            while self._workers:
                for connection in wait(list(self._workers)):
                    self._listen(self._workers[connection])
                if (self._session.shouldfail or self._session.shouldstop) and not self._is_stopping:
                    self._stop()
        except BaseException:
            self._stop()
            raise
        finally:
            for worker in self._workers.values():
                _wait_for(worker)

    def _start(self) -> None:
        here, there = Pipe()
        pid = os.fork()
        if pid == 0:
            here.close()
            for worker in self._workers.values():
                worker.connection.close()
            _become_worker(self._session, there, self._started)
        there.close()
        self._workers[here] = Worker(pid, here)
        self._started += 1

    def _stop(self) -> None:
        """Give out no more files, and let each process end after the test that it is at."""
        self._is_stopping = True
        self._files.clear()
        for connection in self._workers:
            with contextlib.suppress(OSError):
                connection.send([])

    def _listen(self, worker: Worker) -> None:
        hook = self._session.config.hook
        try:
            kind, value = worker.connection.recv()
        except (EOFError, OSError):
            self._end(worker)
            return
        if kind == "wants":
            file = self._files.popleft() if self._files else []
            worker.items.extend(file)
            with contextlib.suppress(OSError):  # it has ended meanwhile, which comes next
                worker.connection.send(file)
        elif kind == "report":
            report = hook.pytest_report_from_serializable(config=self._session.config, data=value)
            hook.pytest_runtest_logreport(report=report)
        elif kind == "finished":
            worker.items.popleft()
        elif kind == "broken":
            raise RuntimeError(value)
        else:
            hook.pytest_warning_recorded.call_historic(kwargs=value)

    def _end(self, worker: Worker) -> None:
        """Fail the test in which a process has ended, and run what is left of its file."""
        del self._workers[worker.connection]
        status = _wait_for(worker)
        if not worker.items or self._is_stopping:
            return
        item = self._session.items[worker.items.popleft()]
        report = pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords={},
            outcome="failed",
            longrepr=f"the process of this test ended with status {status}",
            when="call",
        )
        self._session.config.hook.pytest_runtest_logreport(report=report)
        if not self._session.shouldfail:
            if worker.items:
                self._files.appendleft(list(worker.items))
            self._start()


def _wait_for(worker: Worker) -> int:
    _, status = os.waitpid(worker.pid, 0)
    worker.connection.close()
    return os.waitstatus_to_exitcode(status)


class _Messenger:
    """Passes on what pytest says in a forked process."""

    def __init__(self, config: pytest.Config, connection: Connection[Any, Any]) -> None:
        self._config = config
        self._connection = connection

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Pass on how a part of a test ended."""
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._connection.send(("report", data))

    def pytest_warning_recorded(
        self,
        warning_message: warnings.WarningMessage,
        when: str,
        nodeid: str,
        location: tuple[str, int, str] | None,
    ) -> None:
        """Pass on a warning."""
        warning_message.source = None  # it may be anything
        known = {"warning_message": warning_message, "when": when}
        self._connection.send(("warning", known | {"nodeid": nodeid, "location": location}))


class _Silent:
    """Stands in for what prints to the terminal: the first process does that."""

    def __init__(self, reporter: TerminalReporter) -> None:
        self._tw = reporter._tw  # for what is urgent, such as the stacks of a test that hangs


def _become_worker(session: pytest.Session, connection: Connection[Any, Any], number: int) -> None:
    """Run tests in this process, which was just forked, until there are none left; never return."""
    status = 1
    try:
        _separate(session.config, number)
        session.config.pluginmanager.register(_Messenger(session.config, connection))
        _run_files(session, connection)
        session._setupstate.teardown_exact(None)
        status = 0
    except KeyboardInterrupt:
        session._setupstate.teardown_exact(None)
    except BaseException:  # noqa: BLE001 - it is raised in the first process
        connection.send(("broken", traceback.format_exc()))
    finally:
        connection.close()
        os._exit(status)  # the usual way would end what all processes share


def _separate(config: pytest.Config, number: int) -> None:
    """Give this process what two can't share: what they print, and temporary folders."""
    plugins = config.pluginmanager
    capture = plugins.get_plugin("capturemanager")
    assert isinstance(capture, CaptureManager)
    capture.stop_global_capturing()
    capture.start_global_capturing()
    reporter = plugins.get_plugin("terminalreporter")
    assert isinstance(reporter, TerminalReporter)
    plugins.unregister(reporter)
    plugins.register(_Silent(reporter), "terminalreporter")
    factory = _temporary_folders(config)
    folder = factory.getbasetemp() / f"{NAME}{number}"
    folder.mkdir()
    factory._basetemp = folder


def _temporary_folders(config: pytest.Config) -> pytest.TempPathFactory:
    factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]
    return factory


def _run_files(session: pytest.Session, connection: Connection[Any, Any]) -> None:
    while True:
        connection.send(("wants", None))
        file: list[int] = connection.recv()
        if not file:
            return
        for position, number in enumerate(file, start=1):
            if connection.poll():  # nothing was asked for, so it says to stop
                return
            # What comes next decides which fixtures stay. After a file, those of the session do.
            after = session.items[file[position]] if position < len(file) else session
            session.config.hook.pytest_runtest_protocol(item=session.items[number], nextitem=after)
            connection.send(("finished", None))
            if session.shouldfail or session.shouldstop:
                return
