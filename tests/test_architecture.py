"""The rules of the house that import-linter can't see, read from the sources themselves."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = {str(p.relative_to(ROOT)): p for p in sorted((ROOT / "bot").rglob("*.py"))}
LINES_AT_MOST = 360
PORTS = tuple(
    f"bot/flows/{name}.py" for name in ("ports", "ask_ports", "week_ports", "reflect", "digest")
)

ENVIRONMENT = r"os\.(environb?|getenvb?|putenv|unsetenv)(\..*)?"
SLACK_CLIENT = r"(.*\.)?(Async)?WebClient"
CLOCK_AND_CHANCE = (
    r"time(\..*)?|datetime\.(datetime|date)\.(now|utcnow|today)"
    r"|(random|secrets|uuid)(\..*)?|os\.u?random"
)
OPENAI = r"openai(\..*)?"
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
import bot
for module in pkgutil.walk_packages(bot.__path__, "bot."):
    if module.name != "bot.__main__":
        importlib.import_module(module.name)
        names.append(module.name)
print(json.dumps({"names": names, "seen": seen, "threads": threading.active_count()}))
"""


def parsed(path: Path) -> ast.Module:
    """A source file as a tree."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def used(tree: ast.Module) -> set[str]:
    """Every imported name that a file uses, in full: ``os.environ``, however it was imported."""
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


def users_of(pattern: str) -> set[str]:
    """The files that use a name which fits the pattern."""
    return {
        name
        for name, path in SOURCES.items()
        if any(re.fullmatch(pattern, use) for use in used(parsed(path)))
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
        (SQL, "from sqlalchemy.engine import make_url"),
        (CLOCK_AND_CHANCE, "import time\ntime.time()"),
        (CLOCK_AND_CHANCE, "from time import monotonic"),
        (CLOCK_AND_CHANCE, "from datetime import datetime as d\nd.now()"),
        (CLOCK_AND_CHANCE, "import datetime as dt\ndt.datetime.now(dt.UTC)"),
        (CLOCK_AND_CHANCE, "import random"),
    ],
)
def test_the_search_is_not_fooled(pattern: str, source: str) -> None:
    """Another way of writing the same import is still seen."""
    assert any(re.fullmatch(pattern, use) for use in used(ast.parse(source)))


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        pytest.param(ENVIRONMENT, r"bot/(settings|sandbox/process)\.py", id="the environment"),
        pytest.param(SLACK_CLIENT, r"bot/slack/(app|gateway)\.py", id="Slack's client"),
        pytest.param(OPENAI, r"bot/detect/llm\.py", id="openai"),
        pytest.param(SQL, r"bot/store/.*\.py", id="SQL"),
        pytest.param(CLOCK_AND_CHANCE, r"bot/(?!core/|flows/).*\.py", id="clock and chance"),
    ],
)
def test_who_may_use_what(pattern: str, allowed: str) -> None:
    """Environment, Slack, models, SQL, clock and chance have their places, and are used nowhere
    else."""
    strangers = {name for name in users_of(pattern) if not re.fullmatch(allowed, name)}

    assert strangers == set()


def test_importing_builds_nothing() -> None:
    """Importing any module opens no socket, writes no file and starts no thread or process."""
    done = subprocess.run(
        [sys.executable, "-c", AUDIT, str(ROOT / "bot")],
        cwd=ROOT,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    report = json.loads(done.stdout)
    wanted = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in SOURCES
    }

    assert report["seen"] == []
    assert report["threads"] == 1
    assert set(report["names"]) == wanted - {"bot.__main__"}
    assert done.stderr == ""


def test_alembic_is_no_package_of_ours() -> None:
    """alembic/ holds migrations; an __init__.py there would hide the library of that name."""
    assert (ROOT / "alembic" / "env.py").is_file()
    assert not (ROOT / "alembic" / "__init__.py").exists()


def promised_methods() -> list[set[str]]:
    """The methods of each Protocol of the ports, which are told of there."""
    bodies = [n for f in PORTS for n in parsed(SOURCES[f]).body]
    classes = [n for n in bodies if isinstance(n, ast.ClassDef)]
    protocols = [c for c in classes if any(ast.unparse(b) == "Protocol" for b in c.bases)]
    return [{m.name for m in methods_of(c)} for c in protocols]


def methods_of(owner: ast.ClassDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions written in a class."""
    return [n for n in owner.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def untold(path: Path, promised: list[set[str]]) -> Iterator[str]:
    """The public functions, classes and methods of a file that have no docstring."""
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
            own = {m.name for m in methods_of(node)}
            told = set().union(*(methods for methods in promised if methods <= own))
            told = set() if path in [SOURCES[f] for f in PORTS] else told
            for method in methods_of(node):
                if not method.name.startswith("_") and method.name not in told:
                    is_told = ast.get_docstring(method) or is_setter(method)
                    if not is_told:
                        yield f"{node.name}.{method.name}"


def is_setter(method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it sets a property, whose sentence stands at the property itself."""
    return any(ast.unparse(d).endswith(".setter") for d in method.decorator_list)


def test_the_ports_are_told_of() -> None:
    """There are Protocols with methods to except; an empty list would except nothing."""
    assert {"accept", "decide"} <= set().union(*promised_methods())


@pytest.mark.parametrize("name", SOURCES)
def test_whatever_is_public_has_a_docstring(name: str) -> None:
    """Who imports something can read what it does; what a Protocol promises is told there."""
    assert list(untold(SOURCES[name], promised_methods())) == []


@pytest.mark.parametrize("name", SOURCES)
def test_no_file_is_too_long(name: str) -> None:
    """A file can be read in one sitting."""
    assert SOURCES[name].read_text(encoding="utf-8").count("\n") <= LINES_AT_MOST
