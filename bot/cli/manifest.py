"""``reframe manifest``: prints what Slack needs to create the app."""

from __future__ import annotations

from typing import TextIO

from bot.flows.errors import SlackSetupError
from bot.slack.identity import ORG_WIDE
from bot.slack.manifest import as_text, http_manifest, socket_mode_manifest


def print_manifest(out: TextIO, http_address: str | None, *, org_wide: bool) -> None:
    """Write the manifest as JSON.

    Args:
        out: gets it.
        http_address: the bot's public address; None for Socket Mode.
        org_wide: whether the app is meant for a whole organization.

    Raises:
        SlackSetupError: org-wide, which this version can't serve.
        ValueError: Slack would not take the address.
    """
    if org_wide:
        raise SlackSetupError("org_wide_manifest", ORG_WIDE)
    out.write(as_text(http_manifest(http_address) if http_address else socket_mode_manifest()))
