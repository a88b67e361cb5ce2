"""What a command says about a file that it was given and can't read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer


@contextmanager
def files_named() -> Iterator[None]:
    """Turn an error in a given file into a sentence that names it."""
    from bot.flows.errors import CorpusError

    try:
        yield
    except BrokenPipeError:
        from bot.cli import problems

        sys.exit(problems.close_pipe())
    except OSError as bad:
        raise typer.BadParameter(f"{bad.filename}: {bad.strerror}") from None
    except CorpusError as bad:
        raise typer.BadParameter(str(bad)) from None
