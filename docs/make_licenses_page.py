"""Write ``docs/licenses.md``: the license of every pinned package, from its own metadata.

Fails on a license that isn't allowed below, and on a package whose license isn't known. The tests
compare the page with what this writes.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licenses.md"
ALLOWED = frozenset(
    {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0"}
    | {"MPL-2.0", "PSF-2.0", "Zlib"}
)
ALLOWED_FOR = {
    # of the two licenses of the library inside, Reframe uses it under BSD
    "marisa-trie": "MIT AND (BSD-2-Clause OR LGPL-2.1-or-later)",
    "psycopg": "LGPL-3.0-only",  # used unchanged, as a library that anybody can replace
    "psycopg-binary": "LGPL-3.0-only",
    "psycopg-pool": "LGPL-3.0-only",  # of the same project, under the same terms
}
ELSEWHERE = {  # packages of other platforms, which aren't installed here
    "colorama": "BSD-3-Clause",
    "httpx2-jsfetch": "BSD-3-Clause",
}
SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
HEAD = """# Licenses

The license of every package that is pinned in `requirements.txt`, as its own metadata states it.
Written by `docs/make_licenses_page.py`; a test fails if a package has a license that isn't on the
list of allowed ones there. "Runs" means that the bot needs it; the others build and test.

The encoder in `bot/detect/` has a license and a notice of its own beside it.

| Package | Version | License | Runs |
| --- | --- | --- | --- |
"""


class LicenseProblem(Exception):
    """A package has a license that isn't allowed, or none that is known."""


def pinned() -> dict[str, list[str]]:
    """Return the versions of each package in ``requirements.txt``."""
    found: dict[str, list[str]] = {}
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE):
        found.setdefault(name, []).append(version)
    return found


def license_of(name: str) -> str:
    """Return a package's license as an SPDX expression.

    Raises:
        LicenseProblem: it isn't allowed, or not known.
    """
    try:
        about = metadata(name)
    except PackageNotFoundError:
        stated = ELSEWHERE.get(name, "")
    else:
        classifiers = [
            each.rpartition(" :: ")[2]
            for each in about.get_all("Classifier") or []
            if each.startswith("License :: OSI Approved ::")
        ]
        short = about.get("License") or ""
        short = short if len(short) < 40 and "\n" not in short else ""
        stated = about.get("License-Expression") or SPDX.get(short, short)
        stated = stated or " OR ".join(SPDX.get(each, each) for each in classifiers)
    check(name, stated)
    return stated


def check(name: str, stated: str) -> None:
    """Raise ``LicenseProblem`` unless every part of an expression is allowed for this package."""
    if stated == ALLOWED_FOR.get(name):
        return
    parts = re.split(r" AND | OR ", stated.replace("(", "").replace(")", ""))
    if bad := [part for part in parts if part not in ALLOWED]:
        raise LicenseProblem(f"{name}: {', '.join(bad) or 'unknown'} is not allowed")


def needed_to_run() -> set[str]:
    """Return the packages that the bot needs, from what each says that it needs."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    waiting = re.findall(r'^  "([\w.-]+)', block[1] if block else "", re.MULTILINE)
    waiting += ["psycopg-binary", "greenlet"]  # of the extras psycopg[binary], sqlalchemy[asyncio]
    found: set[str] = set()
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        found.add(name)
        try:
            requires = metadata(name).get_all("Requires-Dist") or []
        except PackageNotFoundError:
            continue
        waiting += [
            m[0] for r in requires if "extra ==" not in r and (m := re.match(r"[\w.-]+", r))
        ]
    return found


def page() -> str:
    """Return the whole page.

    Raises:
        LicenseProblem: a license isn't allowed, or not known.
    """
    runs = needed_to_run()
    rows = [
        f"| {name} | {', '.join(versions)} | {license_of(name)} | {'yes' if name in runs else ''} |"
        for name, versions in sorted(pinned().items())
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    try:
        PAGE.write_text(page(), encoding="utf-8")
    except LicenseProblem as problem:
        sys.exit(str(problem))
