"""``reframe coverage``: what share of messages is looked at, in each mode."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot import settings as bot_settings
from bot.detect.offline import OfflineDetector
from bot.evaluation.corpus import read_messages
from bot.evaluation.coverage import coverage
from bot.playbook import load_playbook


def show(path: Path) -> None:
    """Print, for each value of ``REFRAME_JUDGE``, how many messages of a file are stored for a
    closer look, and how many would be sent to the model.

    Args:
        path: JSON lines with ``id`` and ``text``, or a folder of such files.

    Raises:
        CorpusError, OSError: a file is invalid; the message says which and where.
    """
    settings = bot_settings.load()
    offline = OfflineDetector.shipped(load_playbook(settings.prompts_dir, settings.language).cues)
    texts = [message.text for message in read_messages(path, require_labels=False)]
    table = Table(title=f"{len(texts):,} messages", title_justify="left", box=None)
    for column in ("REFRAME_JUDGE", "looked at", "sent to the model"):
        table.add_column(column)
    for found in asyncio.run(coverage(offline, texts)):
        table.add_row(found.mode, f"{found.stored:.1%}", f"{found.sent:.1%}")
    Console(highlight=False).print(table)
