"""The documentation: links, commands, pictures, the settings table, and the decision records."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from bot import settings
from bot.cli import app
from bot.sandbox.demo_script import load_demo_script
from tests.docs.pages import (
    PAGES,
    README,
    ROOT,
    Command,
    anchors,
    blocks,
    commands,
    links,
    name_of,
    prepare,
    prose,
    run,
)
from tests.shipped import shipped_playbook

README_BYTES = 6_000
DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
PICTURES = sorted((DOCS / "images").glob("*.svg"))
ALL_COMMANDS = [command for page in PAGES for command in commands(page)]
README_COMMANDS = [command for command in ALL_COMMANDS if command.page == "README.md"]
_IN_README = {command.line for command in README_COMMANDS}
OTHER_COMMANDS = {
    command.line: command
    for command in ALL_COMMANDS
    if command.line not in _IN_README and command.line.startswith((".venv/bin/reframe", "make "))
}.values()
BENCH = (ROOT / "tests" / "bench" / "__main__.py").read_text(encoding="utf-8")
SETTING = re.compile(r"\b(?:REFRAME|SLACK|OPENAI)_[A-Z_]+[A-Z]\b|\bDATABASE_URL\b")
NO_SETTINGS = {"REFRAME_TEST_WEEKS", "REFRAME_TRAINING_DATA"}  # read by make
EXAMPLES = {"prompts/strings.de.toml"}


def generator() -> ModuleType:
    """Return the script that writes the settings table; ``docs`` is no package."""
    path = DOCS / "make_settings_table.py"
    spec = importlib.util.spec_from_file_location("make_settings_table", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder that looks like a fresh clone after ``make setup``."""
    prepare(tmp_path)
    return tmp_path


def test_readme_is_short() -> None:
    """The README stays below its limit, so details go to docs/."""
    assert 1_000 < len(README.read_bytes()) < README_BYTES


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_resolve(page: Path) -> None:
    """Each relative link leads to a file that ships, and each anchor to a heading in it."""
    broken = []
    for target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        there = file.exists() and file.is_relative_to(ROOT)
        if not there or (anchor and anchor not in anchors(file)):
            broken.append(target)

    assert broken == []


def test_links_are_found() -> None:
    """The search for links sees text links, images, and links in tables."""
    found = links(README)

    assert {"docs/setup.md", "docs/images/thread.svg", "docs/detector.md#figures-offline"} <= {
        *found
    }


def test_every_page_is_linked() -> None:
    """A reader who starts at the README reaches each page."""
    reached = {README}
    waiting = [README]
    while waiting:
        page = waiting.pop()
        for target in links(page):
            file = (page.parent / target.partition("#")[0]).resolve()
            if file.suffix == ".md" and file.is_file() and file not in reached:
                reached.add(file)
                waiting.append(file)

    assert [name_of(p) for p in PAGES if p not in reached] == []


def test_readme_prints_the_commands_that_matter() -> None:
    """The commands of the first hour are in the README, and the reader of blocks finds them."""
    lines = [command.line for command in README_COMMANDS]

    assert lines[:2] == ["make try", "make demo"]
    assert lines[-1] == "make test"
    assert ".venv/bin/reframe init" in lines
    assert ".venv/bin/reframe run" in lines
    assert any(line.startswith(".venv/bin/reframe say ") for line in lines)


@pytest.mark.parametrize("endless", ["make try", ".venv/bin/reframe run"])
def test_readme_says_how_to_stop(endless: str) -> None:
    """Soon after each command that runs until somebody stops it."""
    _, _, after = README.read_text().partition(f"\n{endless}")

    assert "Ctrl+C" in after[:400]


@pytest.mark.parametrize("command", README_COMMANDS, ids=str)
def test_readme_commands_work_as_printed(clone: Path, command: Command) -> None:
    """Each command in the README does what the text around it says."""
    check_printed(command, clone)


@pytest.mark.parametrize("command", OTHER_COMMANDS, ids=str)
def test_other_commands_work_as_printed(clone: Path, command: Command) -> None:
    """The same for the other pages, for commands of ours that need no other program."""
    check_printed(command, clone)


def check_printed(command: Command, clone: Path) -> None:
    """Run one printed command, and check the end that the pages promise."""
    words = shlex.split(command.line, comments=True)
    if words[0] == "make":
        dry = subprocess.run(
            ["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, text=True
        )
        assert dry.returncode == 0, dry.stderr
        assert dry.stdout.strip()
        return
    name = words[1] if words[0] == ".venv/bin/reframe" else ""
    if name == "doctor":
        assert run(".venv/bin/reframe migrate", clone).returncode == 0
    if name == "practice":  # it runs until Ctrl+C; tests/cli/test_practice.py does what it prints
        done = run(f"{command.line} --request-url nowhere", clone)
        assert done.returncode == 2
        assert "nowhere can't be used after --request-url" in done.stderr
        return
    done = run(command.line, clone)
    if name == "copy":  # tests/docs/test_operations.py runs it with both databases
        assert done.returncode == 2
        assert "There is no database at sqlite:///reframe.db" in done.stderr
        return
    if name == "init":  # nobody answers here; tests/cli/test_init.py answers
        assert done.returncode == 2
        assert "SLACK_BOT_TOKEN" in done.stderr
        return
    if name == "jobs":  # tests/faults/test_roles.py runs it with PostgreSQL
        assert done.returncode == 2
        assert "so there are no jobs" in done.stderr
        return
    if name == "run":
        assert done.returncode == 2
        assert done.stderr.startswith("SLACK_BOT_TOKEN is not set.")
        assert done.stderr.count("\n") == 1
        return
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    if name == "say":
        assert "would say" in done.stdout


def test_a_wrong_command_is_noticed(clone: Path) -> None:
    """The check fails for a command, an option, or a sentence that doesn't do what it should."""
    for line in (
        ".venv/bin/reframe sya x",
        ".venv/bin/reframe doctor --fast",
        '.venv/bin/reframe say "The call is on Thursday."',
        "make coffee",
    ):
        with pytest.raises(AssertionError):
            check_printed(Command("x.md", line), clone)
        (clone / "reframe.db").unlink(missing_ok=True)


@pytest.mark.slow
def test_the_demo_keeps_its_promise(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """``make demo`` runs ``reframe demo``, which coaches somebody, and loses or doubles nothing.

    It prints what the README quotes, and ends with a command that works as printed, from the
    script that ``make setup`` installs. (``tests/cli/test_demo.py`` runs the demo of the wheel.)
    """
    cold_clone = tmp_path_factory.mktemp("cold")
    prepare(cold_clone, warm=False)
    recipe = re.search(r"^demo:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    done = run(".venv/bin/reframe demo", clone)

    assert recipe is not None
    assert "reframe demo" in recipe[1]
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"messages: [1-9]\d* coached, \d+ left alone, 0 lost, 0 coached twice", done.stdout
    )
    assert f"/reframe {load_demo_script().ask.text}" in done.stdout
    assert "Worth asking them" in done.stdout
    printed = done.stdout.splitlines()
    (quoted,) = blocks(README, "text")
    for message, reply in pairwise(quoted.splitlines()):
        assert message in printed
        if not message.startswith(" ") and reply.startswith(" "):
            assert printed[printed.index(message) + 1] == reply, "quote in README.md what it prints"
    (advice,) = re.findall(r"^Try your own sentence: (.+)$", done.stdout, re.MULTILINE)
    check_printed(Command("the demo", advice), cold_clone)
    (page,) = re.findall(r"see (\S+\.md)$", done.stdout, re.MULTILINE)
    assert (ROOT / page).is_file()


@pytest.mark.parametrize("command", [c for c in ALL_COMMANDS if "tests.bench " in c.line], ids=str)
def test_benchmarks_exist(command: Command) -> None:
    """Each benchmark that a page names is one that ``tests.bench`` knows."""
    assert f'"{command.line.split()[-1]}": ' in BENCH


def test_the_settings_table_is_current() -> None:
    """docs/configuration.md holds the table that make_settings_table.py would write now."""
    page = DOCS / "configuration.md"
    text = page.read_text(encoding="utf-8")

    assert text == generator().page_with_table(text)
    assert all(f"| `{name}` |" in text for name, _, _ in settings.describe())


def test_pages_name_settings_that_exist() -> None:
    """A setting that a page names exists; old names appear only where the pages say so."""
    known = {name for name, _, _ in settings.describe()} | NO_SETTINGS
    old_allowed = ("docs/configuration.md", "CHANGELOG.md")
    old = set(re.findall(r"`(REFRAME_[A-Z_]+)[^`]*` \| `", (DOCS / "configuration.md").read_text()))
    unknown = {
        (name_of(page), name)
        for page in PAGES
        for name in SETTING.findall(page.read_text(encoding="utf-8"))
        if name not in known and not (name in old and name_of(page) in old_allowed)
    }

    assert unknown == set()


@pytest.mark.parametrize("page", [p for p in PAGES if p.name != "CHANGELOG.md"], ids=name_of)
def test_named_files_exist(page: Path) -> None:
    """Each file and folder that a page names in backticks is there; a changelog names past ones."""
    named = re.findall(
        r"`((?:bot|prompts|alembic|tests|docs|\.ci)/[\w./-]*|[\w.-]+\.(?:json|yml|toml))`",
        prose(page),
    )

    assert [n for n in named if n not in EXAMPLES and not (ROOT / n).exists()] == []


def test_operations_lists_every_command() -> None:
    """The table of commands in operations.md has each command of the program, and no other."""
    section = (DOCS / "operations.md").read_text(encoding="utf-8").partition("## All commands")[2]
    rows = re.findall(r"^\| (`.*?) \|", section.partition("\n## ")[0], re.MULTILINE)
    listed = [name for row in rows for name in re.findall(r"`([\w-]+)`", row)]
    names = [c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands]

    assert sorted(listed) == sorted(names)


def test_architecture_names_every_folder() -> None:
    """The map in architecture.md has each package of the bot."""
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    packages = {p.parent.relative_to(ROOT).as_posix() for p in (ROOT / "bot").glob("*/__init__.py")}

    assert packages
    assert [name for name in sorted(packages) if f"`{name}/`" not in text] == []


def test_architecture_names_every_error() -> None:
    """The table of errors in architecture.md has each error of bot/flows/errors.py."""
    source = (ROOT / "bot" / "flows" / "errors.py").read_text(encoding="utf-8")
    errors = re.findall(r"^class (\w+)\(", source, re.MULTILINE)
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")

    assert len(errors) > 5
    assert [name for name in errors if f"`{name}`" not in text] == []


def test_the_index_lists_every_decision() -> None:
    """Each decision record is in the index, under its own title and in order."""
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    rows = [f"| [{file.name[:4]}]({file.name}) | {_title(file)} |" for file in DECISIONS]

    assert re.findall(r"^\| \[.*$", index, re.MULTILINE) == rows


def test_decisions_are_numbered_without_gaps() -> None:
    """Records are numbered from 1 on, and each starts with its number."""
    numbers = [int(file.name[:4]) for file in DECISIONS]

    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 16


@pytest.mark.parametrize("file", DECISIONS, ids=lambda file: file.stem)
def test_a_decision_has_its_parts(file: Path) -> None:
    """A record has a title with its number, a date, a status, and its three parts, none empty."""
    text = file.read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)

    assert re.match(rf"# {file.name[:4]}\. \S", text)
    assert re.search(r"^Date: \d{4}-\d\d-\d\d\. Status: (accepted|replaced by .+)\.$", text, re.M)
    assert parts[1::2] == ["Context", "Decision", "Consequences"]
    assert all(len(part.strip()) > 20 for part in parts[2::2])


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.stem)
def test_a_picture_stands_alone(picture: Path) -> None:
    """A picture is valid SVG with a title and a description, and loads nothing from outside."""
    text = picture.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)  # noqa: S314 - our own file

    assert [child.tag.rpartition("}")[2] for child in root[:2]] == ["title", "desc"]
    assert all((child.text or "").strip() for child in root[:2])
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg\")", text) == []
    assert "<image" not in text


def test_the_picture_in_the_readme_is_true(clone: Path) -> None:
    """The bot would still coach the sentence in the picture, and still has that question."""
    words = ElementTree.parse(DOCS / "images" / "thread.svg").getroot()[1].text or ""  # noqa: S314
    said = re.search(r"ana: (.+?) Reframe: (.+?\?)", words)
    questions = [q.text for t in shipped_playbook().traps.values() for q in t.questions]

    assert said is not None
    assert said[1] in README.read_text(encoding="utf-8")
    assert [q for q in questions if said[2].endswith(q)]
    assert "would say" in run(f".venv/bin/reframe say {shlex.quote(said[1])}", clone).stdout


def _title(file: Path) -> str:
    """Return the title of a decision record without its number."""
    first = file.read_text(encoding="utf-8").partition("\n")[0]
    return first.partition(". ")[2]
