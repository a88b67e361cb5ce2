"""How tests are collected and run. Their fixtures are in ``tests/fixtures.py``."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import re
import warnings

import hypothesis
import pytest

from tests.processes.reframe import share_fork_server

_OF_ALL_TESTS = pytest.Config.ArgsSource.TESTPATHS

# How long one example takes says nothing when two test processes share the machine.
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")

# Each bot that a test starts compiles some hundred patterns, and ``re`` keeps no more than 512.
vars(re)["_MAXCACHE"] = 8_192


def pytest_configure(config: pytest.Config) -> None:
    """Look for garbage seldom, as the bot does, and let the test processes share a fork server.

    The process that starts the others runs no test, so it leaves out fixtures, and with them two
    seconds of imports for which the others would wait.
    """
    gc.set_threshold(10_000)
    is_only_for_others = (
        config.getoption("numprocesses", None)
        and "PYTEST_XDIST_WORKER" not in os.environ
        and not config.getoption("collectonly")
    )
    if is_only_for_others:
        share_fork_server()
    else:
        config.pluginmanager.import_plugin("tests.fixtures")


def pytest_collection(session: pytest.Session) -> None:
    """Let each of several test processes begin with another file.

    The first that imports a file rewrites its assertions and keeps the result for the others. If
    all went through the files in step, each would do that for nearly every file of a new checkout.
    What can't be imported, or warns, does so again where pytest collects it.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None or session.config.args_source is not _OF_ALL_TESTS:
        return
    root = session.config.rootpath
    names = [
        ".".join(file.relative_to(root).with_suffix("").parts)
        for file in sorted((root / "tests").rglob("test_*.py"))
    ]
    workers = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    begin = len(names) * int(worker.removeprefix("gw")) // workers
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in (*names[begin:], *names[:begin]):
            with contextlib.suppress(Exception, pytest.skip.Exception):
                importlib.import_module(name)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name functions by their name: by default pytest uses their address in memory, which differs
    between the test processes."""
    return getattr(val, "__qualname__", None) if callable(val) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run files with slow tests first: two test processes then finish at about the same time.

    A file runs in one process (``--dist=loadfile``), so its module fixtures are built once.
    """
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Take what is loaded by now out of garbage collection: it stays, and looking at it again and
    again costs a tenth of the time of the tests."""
    gc.collect()
    gc.freeze()
