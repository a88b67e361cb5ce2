"""``reframe coverage``: what share of messages is looked at in each mode, and what that costs."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot import settings as bot_settings
from bot.detect.offline import OfflineDetector
from bot.evaluation.corpus import read_messages
from bot.evaluation.coverage import coverage
from bot.evaluation.model_cost import TokenPrices, judge_request_tokens
from bot.playbook import load_playbook


def show(path: Path, prices: TokenPrices) -> None:
    """Print, for each value of ``REFRAME_JUDGE``, how many messages of a file are stored for a
    closer look, how many would be sent to the model, and what a million of them would cost.

    Args:
        path: JSON lines with ``id`` and ``text``, or a folder of such files.
        prices: of the model's tokens.

    Raises:
        CorpusError, OSError: a file is invalid; the message says which and where.
    """
    settings = bot_settings.load()
    playbook = load_playbook(settings.prompts_dir, settings.language)
    offline = OfflineDetector.shipped(playbook.cues)
    messages = read_messages(path, require_labels=False)
    found = asyncio.run(coverage(offline, [message.text for message in messages]))
    tokens = asyncio.run(judge_request_tokens(settings, playbook, messages))
    per_million = prices.of_requests(tokens)
    table = Table(title=f"{len(messages):,} messages", title_justify="left", box=None)
    columns = ("looked at", "sent to the model", "cost per million messages")
    for column in ("REFRAME_JUDGE", *columns):
        table.add_column(column)
    for row in found:
        cost = f"{row.sent * per_million:,.0f}"
        table.add_row(row.mode, f"{row.stored:.1%}", f"{row.sent:.1%}", cost)
    console = Console(highlight=False)
    console.print(table)
    length = (
        f"{tokens.shared + tokens.own:,.0f} tokens, {tokens.shared:,.0f} of them always the same"
    )
    rates = f"{prices.input:g} ({prices.cached:g} from the server's cache) and {prices.output:g}"
    console.print(f"A request: {length}; an answer: {tokens.answer:,.0f}.", soft_wrap=True)
    console.print(f"Prices: {rates} per million tokens.", soft_wrap=True)
