"""The commands for the set-up: ``init``, ``practice``, ``manifest``, ``doctor`` and ``copy``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.named_files import files_named

_PublicAddress = Annotated[
    str | None,
    typer.Option("--http", metavar="URL", help="For HTTP, with the bot's public address."),
]


def copy(
    source: Annotated[str, typer.Option("--from", help="The address to read: sqlite:///...")],
    target: Annotated[str, typer.Option("--to", help="An empty one: postgresql://...")],
) -> None:
    """Copy everything into an empty database, such as from SQLite to PostgreSQL."""
    from bot.cli.copy import copy as run

    run(source, target)


def init(
    http: _PublicAddress = None,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", help="A file with NAME=value lines instead of questions."),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address of Slack's page.")
    ] = False,
) -> None:
    """Set the bot up: create the Slack app, try the tokens, write .env, and check everything."""
    from bot.cli.init import set_up

    try:
        with files_named():
            sys.exit(set_up(http, answers, opens_browser=not no_browser))
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--http") from None


def practice(
    request_url: Annotated[
        str,
        typer.Option("--request-url", help="Where the fake Slack reaches a bot over HTTP."),
    ] = "http://127.0.0.1:3000/slack/events",
    port: Annotated[int, typer.Option(help="Port of the page; 0 picks a free one.")] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address, open nothing.")
    ] = False,
) -> None:
    """Practice the set-up without a Slack account: a small fake Slack waits for your bot."""
    from bot.cli.practice import practice as run

    run(port=port, request_url=request_url, opens_browser=not no_browser)


def manifest(
    http: _PublicAddress = None,
    org: Annotated[
        bool, typer.Option("--org", help="Say why it can't be a whole Enterprise organization.")
    ] = False,
) -> None:
    """Print the manifest, by which Slack creates the app, to paste where Slack asks for it."""
    from bot.cli.manifest import print_manifest

    try:
        print_manifest(sys.stdout, http, org_wide=org)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--http") from None


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
) -> None:
    """Check settings, texts, database, Slack, and the language model; say what is stored."""
    from bot.cli.doctor import run_checks

    sys.exit(run_checks(json=as_json))
