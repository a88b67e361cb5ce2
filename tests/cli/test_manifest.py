"""Tests of ``reframe manifest``: one source for every way of running."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.slack.http import EVENTS_PATH
from bot.slack.manifest import create_app_address, socket_mode_manifest
from tests.processes.reframe import reframe

ROOT = Path(__file__).parents[2]


def test_socket_mode_is_the_file_of_the_repository(tmp_path: Path) -> None:
    """README and docs/setup.md tell people to paste that file; the command prints the same."""
    done = reframe(tmp_path, "manifest")

    assert done.stdout == (ROOT / "manifest.json").read_text(encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "address", ["https://reframe.example.com", "https://reframe.example.com/slack/events/"]
)
def test_http_adds_its_four_addresses_and_nothing_else(tmp_path: Path, address: str) -> None:
    """Events, interactivity, the slash command, without whose ``url`` /reframe does nothing, and
    where an installation comes back to."""
    done = reframe(tmp_path, "manifest", "--http", address)
    found: dict[str, Any] = json.loads(done.stdout)
    url = f"https://reframe.example.com{EVENTS_PATH}"
    settings, (command,) = found["settings"], found["features"]["slash_commands"]

    assert settings.pop("socket_mode_enabled") is False
    assert settings["event_subscriptions"].pop("request_url") == url
    assert settings["interactivity"].pop("request_url") == url
    assert command.pop("url") == url
    redirects = found["oauth_config"].pop("redirect_urls")
    assert redirects == ["https://reframe.example.com/slack/oauth_redirect"]
    settings["socket_mode_enabled"] = True
    assert found == socket_mode_manifest()


def test_a_path_that_a_proxy_adds_is_kept(tmp_path: Path) -> None:
    done = reframe(tmp_path, "manifest", "--http", "https://example.com/bots/reframe")

    assert f'"https://example.com/bots/reframe{EVENTS_PATH}"' in done.stdout


@pytest.mark.parametrize(
    "address", ["http://example.com", "example.com", "https://", "https://x?y"]
)
def test_an_address_that_slack_would_not_take(tmp_path: Path, address: str) -> None:
    done = reframe(tmp_path, "manifest", "--http", address)

    assert (done.returncode, done.stdout) == (2, "")
    assert "https://reframe.example.com" in done.stderr


def test_org_wide_is_refused_with_what_works(tmp_path: Path) -> None:
    """The bot refuses the token of an org-wide installation, so it offers no manifest for one."""
    done = reframe(tmp_path, "manifest", "--org")

    assert (done.returncode, done.stdout) == (2, "")
    assert "without --org" in done.stderr
    assert socket_mode_manifest()["settings"]["org_deploy_enabled"] is False


def test_slacks_page_gets_the_whole_manifest() -> None:
    """The address that creates an app carries the manifest, and stays within what browsers take."""
    address = create_app_address(socket_mode_manifest())
    query = parse_qs(urlsplit(address).query)

    assert address.startswith("https://api.slack.com/apps?")
    assert query["new_app"] == ["1"]
    assert json.loads(query["manifest_json"][0]) == socket_mode_manifest()
    assert len(address) < 8_000
