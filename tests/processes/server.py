"""Fork server: imports the bot and loads its models once, then forks a process for each command.

All test processes of a run share one, which imports nothing before its first command.

A fresh ``python -m bot`` spends 1.3 of its 1.5 seconds on imports, and its first candidate waits
0.5 seconds for the language model. Here each command is still a process of its own, with its own
working folder, environment, standard streams and exit code; only what is immutable is shared:
imports, models, compiled statements, and the playbook and migrations that ship. ``client.py`` asks
for a command.

At its end a command's threads are joined, its exit functions run and its streams are flushed. It
doesn't take down its modules: that copies every page that it shares, and took half of its time.
The tests that start ``python -m bot`` or the wheel cover a whole shutdown.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import gc
import importlib
import io
import marshal
import os
import pkgutil
import runpy
import select
import selectors
import signal
import socket
import struct
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from tests.processes.reframe import client_of

if TYPE_CHECKING:
    from bot.core.playbook_model import Playbook

LIBRARIES = (
    "alembic.command",
    "numpy",
    "openai",
    "rich.table",
    "slack_bolt.async_app",
    "tokenizers",
)
NOT_SHARED = (
    "bot.__main__",
    "bot.cli.train",  # no test starts it, and scikit-learn takes a second to import
    "bot.training",
)


def preload() -> None:
    """Import what a command may import, and load what each would load again."""
    import bot

    for module in pkgutil.walk_packages(bot.__path__, "bot."):
        if not module.name.startswith(NOT_SHARED):
            importlib.import_module(module.name)
    for name in LIBRARIES:
        importlib.import_module(name)
    load_models()
    share_playbook()
    share_commands()
    run_a_bot()
    gc.collect()
    gc.freeze()


def load_models() -> None:
    """Load what is read only once per process anyway; compile the patterns that are kept."""
    from bot.core.coach import Coach
    from bot.core.guard import Guard
    from bot.core.phrases import Phrases
    from bot.detect.language import load_language_model
    from bot.detect.learned_intents import build_router, load_learned_intents
    from bot.detect.learned_matters import matters_in_asks
    from bot.detect.learned_situations import load_learned_situations
    from bot.detect.offline import OfflineDetector
    from bot.playbook import load_playbook
    from tests.harness import BLAME, ENTITLEMENT, FIXING, LABELLING, ORDINARY, PITCHING

    load_language_model()
    load_learned_intents()
    load_learned_situations()
    playbook = load_playbook()
    detector, matters = OfflineDetector.shipped(playbook.cues), matters_in_asks(playbook.cues)
    for text in (BLAME, LABELLING, FIXING, ENTITLEMENT, PITCHING, ORDINARY):
        detector.quick_verdict(text)
        matters.find(text)
    Coach(playbook, 0.0)
    Guard(playbook.rubric, frozenset())
    build_router(playbook.intents)
    for phrases in (*playbook.cues.values(), *(topic.cues for topic in playbook.answers.about)):
        Phrases(phrases)


def share_playbook() -> None:
    """Let commands have the playbook that ships. Any other one they load and check themselves."""
    from bot.core.languages import ENGLISH
    from bot.playbook import load_playbook

    shipped = load_playbook()

    def load(folder: Path | None = None, language: str = ENGLISH) -> Playbook:
        if folder is None and language == ENGLISH:
            return shipped
        return load_playbook(folder, language)

    for name, module in sys.modules.items():
        if name.startswith("bot.") and vars(module).get("load_playbook") is load_playbook:
            vars(module)["load_playbook"] = load


def run_a_bot() -> None:
    """Run a bot on SQLite that answers a message and an ask, and end it with its threads.

    Libraries make much on their first use and keep it: how a setting is read, what a function
    takes, what a statement is in SQL. In a command that starts a bot, that is two fifths of it.
    """
    from bot import detectors
    from bot.detect.offline import OfflineDetector
    from tests.harness import BLAME, running_harness

    built: list[OfflineDetector] = []

    class Detector(OfflineDetector):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            built.append(self)

    async def run(folder: Path) -> None:
        async with running_harness(folder) as bot:
            await bot.start()
            await bot.say(BLAME)
            await bot.command(BLAME)
            await bot.idle()

    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(detectors, "OfflineDetector", Detector),
    ):
        asyncio.run(run(Path(folder)))
    for detector in built:
        detector._executor.shutdown()
    if threading.active_count() > 1:
        raise RuntimeError("a thread is left, which no forked process would have")


def share_commands() -> None:
    """Build the command line once, which is a tenth of a start."""
    import typer.main

    from bot.cli import app

    build = functools.cache(typer.main.get_command)
    build(app)
    vars(typer.main)["get_command"] = build


def start_bots_from_here(address: str) -> None:
    """Let a command that runs a bot of its own get that process from this server, too."""
    from bot.sandbox.process import BotProcess

    defaults = BotProcess.__init__.__kwdefaults__ or {}
    assert defaults["program"] == (sys.executable, "-m", "bot", "run")
    defaults["program"] = (*client_of(address, "bot"), "run")


class ForkServer:
    """Forks one process per connection, reports its exit code, and kills it if the client dies."""

    def __init__(self, path: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        self._clients: dict[int, socket.socket] = {}  # by the process they wait for
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._selector = selectors.DefaultSelector()

    def wait_for_client(self) -> bool:
        """Wait until somebody connects; return False if standard input closes before."""
        readable, _, _ = select.select([sys.stdin, self._listener], [], [])
        return sys.stdin not in readable

    def serve(self) -> dict[str, Any] | None:
        """Serve until standard input closes.

        Returns:
            None in the server; in each forked process, the request to run.
        """
        self._wake_writer.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_writer.fileno())
        self._selector.register(sys.stdin.fileno(), selectors.EVENT_READ, "stop")
        self._selector.register(self._listener, selectors.EVENT_READ, "connect")
        self._selector.register(self._wake_reader, selectors.EVENT_READ, "child")
        while True:
            # Clients that are gone come first: a test may start what it has just killed again.
            for key, _ in sorted(self._selector.select(), key=_is_connect):
                if key.data == "stop":
                    self._kill(*self._clients)
                    return None
                if key.data == "connect":
                    request = self._accept()
                    if request is not None:
                        return request
                elif key.data == "child":
                    self._wake_reader.recv(4096)
                    self._reap()
                elif key.data in self._clients:  # the client is gone
                    self._end(key.data)

    def _accept(self) -> dict[str, Any] | None:
        client, _ = self._listener.accept()
        header, descriptors, _, _ = socket.recv_fds(client, 4, 3)
        with contextlib.ExitStack() as stack:
            for descriptor in descriptors:
                stack.callback(os.close, descriptor)
            if not header:  # killed before it asked
                client.close()
                return None
            (size,) = struct.unpack("!I", header)
            body = bytearray()
            while len(body) < size and (chunk := client.recv(size - len(body))):
                body += chunk
            pid = os.fork()
            if pid == 0:
                for number, descriptor in enumerate(descriptors):
                    os.dup2(descriptor, number)
                self._release(client)
                return read_request(bytes(body))
        self._clients[pid] = client
        self._selector.register(client, selectors.EVENT_READ, pid)
        with contextlib.suppress(OSError):  # killed meanwhile; its end is an event, too
            client.sendall(struct.pack("!i", pid))
        return None

    def _release(self, client: socket.socket) -> None:
        """Close in the forked process what belongs to the server."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for one in (client, self._listener, self._wake_reader, self._wake_writer):
            one.close()
        for other in self._clients.values():
            other.close()

    def _reap(self) -> None:
        """Report the exit codes of processes that ended."""
        while self._clients:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            client = self._clients.pop(pid)
            with contextlib.suppress(KeyError):
                self._selector.unregister(client)
            with contextlib.suppress(OSError):
                client.sendall(struct.pack("!i", os.waitstatus_to_exitcode(status)))
            client.close()

    def _end(self, pid: int) -> None:
        """Kill a process whose client is gone, and wait until it has let go of its database."""
        client = self._clients.pop(pid)
        self._selector.unregister(client)
        client.close()
        self._kill(pid)
        os.waitpid(pid, 0)

    def _kill(self, *pids: int) -> None:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _is_connect(found: tuple[selectors.SelectorKey, int]) -> bool:
    return bool(found[0].data == "connect")


def read_request(body: bytes) -> dict[str, Any]:
    """Return what a client asks for; its environment comes as bytes."""
    request: dict[str, Any] = marshal.loads(body)  # noqa: S302 - from a client of these tests
    environment = request["environment"].items()
    return request | {"environment": {os.fsdecode(n): os.fsdecode(v) for n, v in environment}}


def run(request: dict[str, Any]) -> None:
    """Run a module with the given arguments, folder and environment in this process."""
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None  # else it stays the one of the server's environment
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)))
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)))
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(2, "w", closefd=False)),
        errors="backslashreplace",
        line_buffering=True,
    )
    sys.argv[1:] = request["arguments"]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


def end(code: object) -> None:
    """End this process as ``sys.exit(code)`` would; return only if that takes a whole shutdown."""
    if not isinstance(code, int | None):
        return  # the interpreter prints it
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as the interpreter does
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # the interpreter says so
    os._exit(code or 0)


def main() -> None:
    """Serve; in a forked process, run its command."""
    server = ForkServer(sys.argv[1])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    if not server.wait_for_client():
        return
    from tests.shared_migrations import migrations_read_once
    from tests.shared_statements import statements_compiled_once
    from tests.shared_toml import toml_parsed_once

    with migrations_read_once(), statements_compiled_once(), toml_parsed_once():
        preload()
        start_bots_from_here(sys.argv[1])
        wanted = server.serve()
        if wanted is None:
            return
        try:
            run(wanted)
        except SystemExit as ending:
            end(ending.code)
            raise
        end(0)


if __name__ == "__main__":
    main()
