"""Tests of project rules that import-linter can't check, by reading the sources."""

from __future__ import annotations

import ast
import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = {str(p.relative_to(ROOT)): p for p in sorted((ROOT / "bot").rglob("*.py"))}
LINES_AT_MOST = 360
ENVIRONMENT = r"os\.(environb?|getenvb?|putenv|unsetenv)(\..*)?"
SLACK_CLIENT = r"(.*\.)?(Async)?WebClient"
CLOCK_OR_RANDOM = (
    r"time(\..*)?|datetime\.(datetime|date)\.(now|utcnow|today)"
    r"|(random|secrets|uuid)(\..*)?|os\.u?random"
)
OPENAI = r"openai(\..*)?"
ONNX = r"onnxruntime(\..*)?"
SQL = r"(sqlalchemy|alembic|aiosqlite|sqlite3|psycopg)(\..*)?"

AUDIT = """
import importlib, json, os, pkgutil, sys, threading
sys.dont_write_bytecode = True
seen, root = [], sys.argv[1]
CHANGES = ("socket.", "subprocess.", "sqlite3.", "os.mkdir", "os.remove", "os.rename", "os.system")

def ours():
    frame = sys._getframe(2)
    while frame and "importlib._bootstrap" not in frame.f_code.co_filename:
        if frame.f_code.co_filename.startswith(root):
            return True
        frame = frame.f_back
    return False  # a library, while it is imported

def hook(event, args):
    writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
    if (writes or event.startswith(CHANGES)) and ours():
        seen.append(f"{event} {args[0] if args else ''}")

sys.addaudithook(hook)
names = ["bot"]
import bot.cli.run
running = sorted({name.partition(".")[0] for name in sys.modules})
for module in pkgutil.walk_packages(bot.__path__, "bot."):
    if module.name != "bot.__main__":
        importlib.import_module(module.name)
        names.append(module.name)
threads = threading.active_count()
print(json.dumps({"names": names, "seen": seen, "threads": threads, "running": running}))
"""


@functools.cache
def parsed(path: Path) -> ast.Module:
    """Parse a source file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def used(tree: ast.Module) -> set[str]:
    """Return every imported name in full, such as ``os.environ``, however it was imported."""
    known: dict[str, str] = {}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                known[name.asname or name.name.split(".")[0]] = (
                    name.name if name.asname else name.name.split(".")[0]
                )
                found.add(name.name)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for name in node.names:
                known[name.asname or name.name] = f"{node.module}.{name.name}"
                found.add(f"{node.module}.{name.name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            parts = ast.unparse(node).split(".")
            found.add(".".join([known.get(parts[0], parts[0]), *parts[1:]]))
    return found


@functools.cache
def names_used() -> dict[str, set[str]]:
    """Return the imported names of each file in ``bot``."""
    return {name: used(parsed(path)) for name, path in SOURCES.items()}


def users_of(pattern: str) -> set[str]:
    """Return the files that use a name matching the pattern."""
    return {
        file
        for file, names in names_used().items()
        if any(re.fullmatch(pattern, name) for name in names)
    }


@pytest.mark.parametrize(
    ("pattern", "source"),
    [
        (ENVIRONMENT, "import os\nos.environ['HOME']"),
        (ENVIRONMENT, "import os as o\ndef f(): return o.getenv('HOME')"),
        (ENVIRONMENT, "from os import environ as e"),
        (ENVIRONMENT, "import os\nos.environ.get('HOME')"),
        (SLACK_CLIENT, "from slack_sdk.web.async_client import AsyncWebClient as C"),
        (SLACK_CLIENT, "import slack_sdk\nslack_sdk.WebClient()"),
        (OPENAI, "def f():\n    from openai import AsyncOpenAI"),
        (ONNX, "def f():\n    import onnxruntime as o"),
        (SQL, "from sqlalchemy.engine import make_url"),
        (CLOCK_OR_RANDOM, "import time\ntime.time()"),
        (CLOCK_OR_RANDOM, "from time import monotonic"),
        (CLOCK_OR_RANDOM, "from datetime import datetime as d\nd.now()"),
        (CLOCK_OR_RANDOM, "import datetime as dt\ndt.datetime.now(dt.UTC)"),
        (CLOCK_OR_RANDOM, "import random"),
    ],
)
def test_the_search_is_not_fooled(pattern: str, source: str) -> None:
    """Find a name however its import is written."""
    assert any(re.fullmatch(pattern, use) for use in used(ast.parse(source)))


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        pytest.param(
            ENVIRONMENT, r"bot/(settings|sandbox/process|detect/onnx_runtime)\.py", id="environment"
        ),
        pytest.param(
            SLACK_CLIENT,
            r"bot/slack/(app|clients|identity|web_api)\.py",
            id="Slack's client",
        ),
        pytest.param(OPENAI, r"bot/detect/llm(_server)?\.py", id="openai"),
        pytest.param(ONNX, r"bot/(detect/onnx_runtime|training/fine_tune)\.py", id="onnxruntime"),
        pytest.param(SQL, r"bot/store/.*\.py", id="SQL"),
        pytest.param(CLOCK_OR_RANDOM, r"bot/(?!core/|flows/).*\.py", id="clock, random"),
    ],
)
def test_who_may_use_what(pattern: str, allowed: str) -> None:
    """Use the environment, Slack, models, SQL, clock and randomness only in their modules."""
    assert {name for name in users_of(pattern) if not re.fullmatch(allowed, name)} == set()


def test_what_a_workspace_reads_is_in_its_language() -> None:
    """Keep stories and listeners from the operator's words: ``HouseRules`` knows a workspace's."""
    words = re.compile(r"playbook\.(strings|text)\b")
    for_workspaces = {
        name: source.read_text("utf-8")
        for name, source in SOURCES.items()
        if name.startswith(("bot/flows/", "bot/slack/"))
    }
    assert {name for name, source in for_workspaces.items() if words.search(source)} == set()


def test_patterns_find_the_start_of_a_word_first() -> None:
    """Keep ``\\b`` in front of what may not precede a word.

    Python looks no further at a place where no word starts if all alternatives begin with ``\\b``.
    One of seventy that began otherwise made a pattern eight times as slow.
    """
    late = re.compile(r"\(\?<[!=](?:[^()]|\([^()]*\))*\)\\b")
    assert late.search(r"\bfor once\b|(?<!\ba )\bshould have")
    assert {n for n, source in SOURCES.items() if late.search(source.read_text("utf-8"))} == set()


@functools.cache
def imported() -> dict[str, Any]:
    """Import what a running bot imports, then every module, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", AUDIT, str(ROOT / "bot")],
        cwd=ROOT,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stderr == ""
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_a_running_bot_imports_only_what_it_needs() -> None:
    """Leave out what serves another database, a language model, migrations, or training."""
    loaded = set(imported()["running"])

    assert loaded >= {"aiosqlite", "slack_bolt", "sqlalchemy", "tokenizers"}
    assert loaded & {"alembic", "openai", "opentelemetry", "procrastinate", "psycopg"} == set()
    assert loaded & {"httpx2", "scipy", "sklearn"} == set()


def test_importing_builds_nothing() -> None:
    """Import every module without opening a socket, writing a file or starting a thread."""
    report = imported()
    wanted = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in SOURCES
    }

    assert report["seen"] == []
    assert report["threads"] == 1
    assert set(report["names"]) == wanted - {"bot.__main__"}


def test_alembic_is_not_a_package() -> None:
    """Keep __init__.py out of alembic/, where it would hide the library of that name."""
    assert (ROOT / "alembic" / "env.py").is_file()
    assert not (ROOT / "alembic" / "__init__.py").exists()


@functools.cache
def port_methods() -> list[set[str]]:
    """Return the methods of each Protocol in the flows, which document them."""
    flows = [path for name, path in SOURCES.items() if name.startswith("bot/flows/")]
    nodes = [node for path in flows for node in parsed(path).body]
    protocols = [node for node in nodes if isinstance(node, ast.ClassDef) and is_protocol(node)]
    return [{method.name for method in methods_of(protocol)} for protocol in protocols]


def is_protocol(owner: ast.ClassDef) -> bool:
    """Return whether a class is a Protocol."""
    return any(ast.unparse(base) == "Protocol" for base in owner.bases)


def methods_of(owner: ast.ClassDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the functions defined in a class."""
    return [n for n in owner.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def undocumented(path: Path, ports: list[set[str]]) -> Iterator[str]:
    """Yield the public functions, classes and methods of a file that have no docstring."""
    tree = parsed(path)
    if not ast.get_docstring(tree):
        yield "the module"
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield node.name
        if isinstance(node, ast.ClassDef):
            names = {m.name for m in methods_of(node)}
            in_ports = set().union(*(methods for methods in ports if methods <= names))
            in_ports = set() if is_protocol(node) else in_ports
            for method in methods_of(node):
                hidden = method.name.startswith("_") or method.name in in_ports
                if not (hidden or ast.get_docstring(method) or is_setter(method)):
                    yield f"{node.name}.{method.name}"


def is_setter(method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether it sets a property, whose docstring is at its getter."""
    return any(ast.unparse(d).endswith(".setter") for d in method.decorator_list)


def test_the_ports_are_found() -> None:
    """Find the Protocols, whose methods need no second docstring where they are implemented."""
    assert {"accept", "decide"} <= set().union(*port_methods())


@pytest.mark.parametrize("name", SOURCES)
def test_everything_public_has_a_docstring(name: str) -> None:
    """Document everything public; a method of a Protocol is documented in the Protocol."""
    assert list(undocumented(SOURCES[name], port_methods())) == []


@pytest.mark.parametrize("name", SOURCES)
def test_no_file_is_too_long(name: str) -> None:
    """Keep files short enough to read in one sitting."""
    assert SOURCES[name].read_text(encoding="utf-8").count("\n") <= LINES_AT_MOST
