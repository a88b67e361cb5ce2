"""The command line. Each command is a file here; what they need is imported when they run, so
that ``reframe --help`` answers at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, Optional

import typer

app = typer.Typer(
    name="reframe",
    help="Reframe coaches B2B sellers in Slack: it notices a trap and asks one good question.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Runs a command; a known problem becomes one kind sentence and exit code 2."""
    from bot.cli import problems

    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as problem:  # noqa: BLE001 - the last door: users see sentences, no traceback
        sys.exit(problems.explain(problem))


@app.command()
def demo(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of the story.")
    ] = False,
) -> None:
    """Plays a week in three deal channels: real bot, pretend Slack, no account, no network."""
    from bot.cli.demo import play

    sys.exit(play(as_json=as_json))


@app.command()
def say(
    text: Annotated[str, typer.Argument(help="A message as a seller would write it.")],
    context: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads this at run time
        typer.Option("--context", help="An earlier message; may be given several times."),
    ] = None,
) -> None:
    """Tells what the bot makes of one message, and what it would say or why it keeps quiet."""
    from bot.cli.say import say as run

    run(text, context or [])


@app.command()
def detect() -> None:
    """JSON lines in (id, text, context), JSON lines out (id, trap, score, speak)."""
    from bot.cli import problems
    from bot.cli.detect import stream

    try:
        code = stream(sys.stdin.buffer, sys.stdout, sys.stderr)
    except BrokenPipeError:
        code = problems.close_pipe()
    sys.exit(code)


@app.command(name="eval")
def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled messages: a .jsonl file or a folder.")],
    detector: Annotated[
        str, typer.Option("--detector", help="offline, judge or cascade.")
    ] = "offline",
    answers: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads this at run time
        typer.Option("--answers", help="Recorded answers (id, content) instead of a live model."),
    ] = None,
    html: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads this at run time
        typer.Option("--html", help="Also writes a page with pictures."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All tables as JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The main tables.")] = False,
    input_price: Annotated[float, typer.Option(help="Dollars a million tokens in.")] = 0.40,
    output_price: Annotated[float, typer.Option(help="Dollars a million tokens out.")] = 1.60,
) -> None:
    """Tells how good a detector is on labelled messages, beside simpler means."""
    from bot.cli.evaluate import evaluate as run

    if detector not in ("offline", "judge", "cascade"):
        raise typer.BadParameter("choose offline, judge or cascade", param_hint="--detector")
    if answers and detector == "offline":
        raise typer.BadParameter("goes with --detector judge or cascade", param_hint="--answers")
    prices = (input_price, output_price)
    with _files_named():
        run(file, detector, answers, html, as_json, markdown, prices)


@app.command()
def judge(
    dump: Annotated[
        Path, typer.Option("--dump", help="Messages (id, text, context) as JSON lines.")
    ],
) -> None:
    """Writes the exact request (id, body) for each message to standard output, and sends none."""
    from bot.cli.evaluate import dump as run

    with _files_named():
        run(dump, sys.stdout)


@app.command()
def coach(
    dump: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads this at run time
        typer.Option("--dump", help="Messages (id, text) as JSON lines: prints the requests."),
    ] = None,
    messages: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads this at run time
        typer.Option("--messages", help="The messages that --answers belong to."),
    ] = None,
    answers: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads this at run time
        typer.Option("--answers", help="Recorded answers (id, content): prints what is shown."),
    ] = None,
) -> None:
    """What a model would be asked to write, and what of its answers passes the guard."""
    from bot.cli.coach import dump as write_requests
    from bot.cli.coach import replay

    with _files_named():
        if dump and not (messages or answers):
            write_requests(dump, sys.stdout)
        elif messages and answers and not dump:
            replay(messages, answers, sys.stdout, sys.stderr)
        else:
            raise typer.BadParameter("give --dump FILE, or --messages FILE with --answers FILE")


@app.command()
def labels() -> None:
    """Prints what sellers called wrong, as JSON lines for ``eval``; words only where given."""
    from bot.cli.run import print_labels

    print_labels(sys.stdout)


@app.command()
def digest(
    preview: Annotated[bool, typer.Option("--preview", help="Print, send to nobody.")] = False,
) -> None:
    """Prints the digest that each team would have now."""
    from bot.cli.preview import digests

    if not preview:
        raise typer.BadParameter("the bot sends digests by itself; give --preview to see them")
    sys.exit(digests())


@app.command()
def reflect(
    preview: Annotated[str, typer.Option("--preview", help="A user id: print, send to nobody.")],
) -> None:
    """Prints the look back that a person would have now."""
    from bot.cli.preview import reflection

    sys.exit(reflection(preview))


@app.command()
def doctor() -> None:
    """Tells whether settings, words, database and Slack are in order, and what is kept."""
    from bot.cli.doctor import examine

    sys.exit(examine())


@contextmanager
def _files_named() -> Iterator[None]:
    """A bad file of the user's becomes a sentence about the file."""
    from bot.detect.corpus import CorpusProblem

    try:
        yield
    except BrokenPipeError:
        from bot.cli import problems

        sys.exit(problems.close_pipe())
    except OSError as bad:
        raise typer.BadParameter(f"{bad.filename}: {bad.strerror}") from None
    except CorpusProblem as bad:
        raise typer.BadParameter(str(bad)) from None


@app.command()
def run(
    socket: Annotated[bool, typer.Option("--socket", help="Connect by Socket Mode.")] = False,
    http: Annotated[bool, typer.Option("--http", help="Listen for Slack by HTTP.")] = False,
    clock: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads this at run time
        typer.Option("--clock", hidden=True, help="A shared clock of the pretend Slack."),
    ] = None,
) -> None:
    """Runs the bot; by Socket Mode if SLACK_APP_TOKEN is set, else by HTTP."""
    from bot.cli.run import run_bot

    if socket and http:
        raise typer.BadParameter("choose --socket or --http, not both")
    way: Literal["socket", "http"] | None = "socket" if socket else "http" if http else None
    run_bot(way, clock)


@app.command()
def migrate() -> None:
    """Brings the database up to date (``run`` does so too)."""
    from bot.cli.run import migrate_database

    migrate_database()
