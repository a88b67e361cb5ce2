"""``reframe practice``: a fake Slack that waits for the bot which somebody sets up against it."""

from __future__ import annotations

import asyncio
import sys
import webbrowser
from collections.abc import Mapping
from contextlib import AsyncExitStack
from string import Template
from urllib.parse import urlsplit

from rich.console import Console

from bot.cli.problems import sentence
from bot.cli.program import program
from bot.cli.try_it import start_page, stop_signal
from bot.flows.errors import SlackSetupError
from bot.playbook import load_playbook
from bot.playground.company import load_company
from bot.playground.practice import Practice, WaitingOnly, is_request_url
from bot.playground.server import PageServer
from bot.setting_values import is_on_this_machine
from bot.settings import Settings

_PUBLIC_ADDRESS = "https://reframe.example.com"  # for the manifest; the fake Slack has its own


def practice(*, port: int, request_url: str, opens_browser: bool) -> None:
    """Serve a fake Slack and its page until Ctrl+C, and print how to connect a bot.

    Args:
        port: of the page; 0 picks a free one. request_url: where the bot takes requests over HTTP.
        opens_browser: whether to open the page.

    Raises:
        SlackSetupError: the port is taken, or nothing can be sent to the request URL.
    """
    if not is_request_url(request_url):
        raise SlackSetupError("request_url_wrong", request_url)
    asyncio.run(_serve(port, request_url, opens_browser=opens_browser))
    sys.stdout.write(f"{sentence('practice_over')}\n")


async def _serve(port: int, request_url: str, *, opens_browser: bool) -> None:
    stop = stop_signal()
    words = load_playbook().strings["practice"]
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(Practice(load_company(), request_url, words))
        page = PageServer(office, WaitingOnly(office), port)
        await start_page(page, port, stack)
        console = Console(highlight=False)
        for line in instructions(office, page.url, words, program()):
            console.print(line, markup=False, soft_wrap=True)
        sys.stdout.flush()
        if opens_browser:
            await asyncio.to_thread(webbrowser.open, page.url)
        await stop.wait()


def instructions(office: Practice, page: str, words: Mapping[str, str], reframe: str) -> list[str]:
    """Return the lines that tell a newcomer what to type.

    Args:
        office: a running one. page: its page's address. words: ``[practice]`` of ``strings.toml``.
        reframe: the command line that starts this program.
    """
    workspace, rest = office.workspace, office.rest()
    admin = next(person for person in office.company.people if person.role == "Admin")
    labels = {
        words["bot_token"]: workspace.bot_token,
        words["app_token"]: workspace.app_token,
        words["signing_secret"]: workspace.signing_secret,
        _fill(words["admin"], name=admin.name.title()): office.user_ids[admin.name],
    }
    width = max(map(len, labels)) + 2
    return [
        _fill(words["ready"], page=page),
        *("", words["folder"], ""),
        "  mkdir -p reframe-practice && cd reframe-practice",
        f"  export SLACK_API_URL={office.slack.api_url}",
        *_port_lines(office.request_url),
        *("", words["socket"], ""),
        f"  {reframe} init --no-browser",
        f"  {reframe} run",
        *("", _fill(words["http"], url=office.request_url), ""),
        f"  {reframe} init --no-browser --http {_PUBLIC_ADDRESS}",
        f"  {reframe} run --http",
        *("", words["asked"], ""),
        *(f"  {label:{width}}{value}" for label, value in labels.items()),
        *("", _fill(words["then"], zone=office.zone.key)),
        *([rest] if rest else []),
        sentence("practice_stop"),
    ]


def _port_lines(request_url: str) -> list[str]:
    """Return the line that lets a bot listen where this Slack sends its requests, unless it does
    by itself, or something in between passes them on."""
    port = urlsplit(request_url).port
    if (
        not port
        or not is_on_this_machine(request_url)
        or port == Settings.model_fields["port"].default
    ):
        return []
    return [f"  export PORT={port}"]


def _fill(text: str, **values: str) -> str:
    return Template(text).substitute(values)
