"""Runs ``reframe`` commands in the tests. See ``server.py`` for how they start so fast."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

PATIENCE_SECONDS = 60
_SHARED = "FORK_SERVER_OF_TESTS"  # an environment variable: the address of one that runs
_HERE = Path(__file__).parent
_ROOT = _HERE.parent.parent


def command(module: str = "bot") -> tuple[str, ...]:
    """Return the program that stands for ``python -m`` with a module; append its arguments.

    The first call starts a fork server, which ends with this process, unless one is shared.
    """
    return client_of(_server_address(), module)


def client_of(address: str, module: str) -> tuple[str, ...]:
    """Return the program that lets the fork server at an address run a module."""
    return (sys.executable, "-I", "-S", str(_HERE / "client.py"), address, module)


def share_fork_server() -> None:
    """Let this process and those that it starts use one fork server; it ends with this process."""
    os.environ[_SHARED] = _start_server()


@functools.cache
def _server_address() -> str:
    address = os.environ.get(_SHARED) or _start_server()
    # It imports the bot for its first command, which would be a slow start of a bot otherwise.
    subprocess.run([*client_of(address, "bot"), "--version"], check=True, capture_output=True)
    return address


def _start_server() -> str:
    folder = tempfile.mkdtemp(prefix="reframe-fork-")
    address = f"{folder}/socket"
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.processes.server", address],
        cwd=_ROOT,
        env={"PATH": os.defpath},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )

    def stop() -> None:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.close()
        server.stdout.close()
        server.wait(PATIENCE_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    return address


def reframe(
    folder: Path,
    *arguments: object,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end.

    Args:
        folder: The working folder.
        arguments: What follows ``reframe`` on the command line.
        stdin: Standard input.
        environment: The whole environment besides ``PATH`` and a terminal 200 columns wide.
    """
    done = subprocess.run(
        [*command(), *map(str, arguments)],
        cwd=folder,
        env={"PATH": os.defpath, "COLUMNS": "200", **(environment or {})},
        input=stdin,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )
