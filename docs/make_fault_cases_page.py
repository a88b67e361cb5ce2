"""Write ``docs/fault-cases.md``: each fault case, and the tests that carry its number."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "fault-cases.md"
CASES = ROOT / "tests" / "fault_cases.toml"
HEAD = """# Fault cases

Ways in which Slack, people, models, databases, and machines misbehave, and the tests that prove
what Reframe makes of it. Written by `docs/make_fault_cases_page.py` from the marker `fault_case` in
the tests; a test fails if a case has neither a test nor a reason.

"""


def cases() -> dict[int, tuple[str, str]]:
    """Return title and reason for having no test (or "") of each case, by number."""
    read = tomllib.loads(CASES.read_text(encoding="utf-8"))
    untested = read["untested"]
    return {int(n): (title, untested.get(n, "")) for n, title in read["titles"].items()}


def tests_by_case() -> dict[int, list[str]]:
    """Return the ids of the marked tests, by the number of the case."""
    found: dict[int, list[str]] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for name, number in _marked(ast.parse(file.read_text(encoding="utf-8"))):
            found.setdefault(number, []).append(f"{file.relative_to(ROOT).as_posix()}::{name}")
    return found


def _marked(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for decorator in function.decorator_list:
            called = isinstance(decorator, ast.Call) and ast.unparse(decorator.func)
            if called == "pytest.mark.fault_case":
                for argument in decorator.args:
                    yield function.name, ast.literal_eval(argument)


def page() -> str:
    """Return the whole page."""
    listed, tests = cases(), tests_by_case()
    tested = sum(number in tests for number in listed)
    rows = ["| Number | Case | Tests |", "| --- | --- | --- |"]
    for number, (title, reason) in sorted(listed.items()):
        named = "<br>".join(f"`{test}`" for test in tests.get(number, ()))
        rows.append(f"| {number} | {title} | {named or f'None. {reason}'} |")
    count = f"{tested} of {len(listed)} cases have a test; the others say why not.\n\n"
    return HEAD + count + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
