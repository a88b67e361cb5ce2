"""The command that measures what a language model would read, and what that would cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.named_files import files_named


def coverage(
    file: Annotated[Path, typer.Argument(help="Messages (id, text) as JSON lines, or a folder.")],
    input_price: Annotated[float, typer.Option(min=0, help="Of a million tokens sent.")] = 0.40,
    cached_price: Annotated[
        float | None,
        typer.Option(min=0, help="Of those that the server has cached; default: the same."),
    ] = None,
    output_price: Annotated[float, typer.Option(min=0, help="Of a million written.")] = 1.60,
) -> None:
    """Show what share of messages a language model would read, by setting, and what it costs."""
    from bot.cli.coverage import show
    from bot.evaluation.model_cost import TokenPrices

    cached = input_price if cached_price is None else cached_price
    with files_named():
        show(file, TokenPrices(input_price, cached, output_price))
