"""The manifest of the Slack app (docs.slack.dev/reference/app-manifest), for each way of running.

``manifest.json`` holds it for Socket Mode. What HTTP needs besides is four addresses.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from bot.slack.http import EVENTS_PATH
from bot.slack.oauth import REDIRECT_PATH

Manifest = dict[str, Any]

_CREATE_APP = "https://api.slack.com/apps?new_app=1&manifest_json="


def socket_mode_manifest() -> Manifest:
    """Return the manifest of an app that connects by Socket Mode."""
    manifest: Manifest = json.loads(_file().read_text(encoding="utf-8"))
    return manifest


def http_manifest(address: str) -> Manifest:
    """Return the manifest of an app whose events, buttons and command come over HTTP.

    Args:
        address: where Slack reaches the bot, such as ``https://reframe.example.com``; a path is
            kept, since a proxy may add one, and ``/slack/events`` is added unless it is there.

    Raises:
        ValueError: Slack would not take the address.
    """
    url = _events_url(address)
    manifest = socket_mode_manifest()
    settings = manifest["settings"]
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"]["request_url"] = url
    settings["interactivity"]["request_url"] = url
    for command in manifest["features"]["slash_commands"]:
        command["url"] = url
    base = url.removesuffix(EVENTS_PATH)
    manifest["oauth_config"]["redirect_urls"] = [base + REDIRECT_PATH]  # for many workspaces
    return manifest


def as_text(manifest: Manifest) -> str:
    """Return a manifest as ``manifest.json`` holds it."""
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def create_app_address(manifest: Manifest) -> str:
    """Return the page of Slack on which an app is created from this manifest, filled in
    (docs.slack.dev/app-manifests/configuring-apps-with-app-manifests)."""
    return _CREATE_APP + quote(json.dumps(manifest, separators=(",", ":")), safe="")


def _events_url(address: str) -> str:
    url = address.strip().rstrip("/")
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("Slack wants an https address, such as https://reframe.example.com")
    return url if parts.path.endswith(EVENTS_PATH) else url + EVENTS_PATH


def _file() -> Path:
    """Return the file: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "manifest.json"
    return installed if installed.is_file() else package.parent / "manifest.json"
