"""The command line. Commands import what they need when they run, to keep ``--help`` fast."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot import __version__
from bot.cli import measuring, operating, setting_up
from bot.cli.command_list import WholeSentences
from bot.cli.memory import spare_memory
from bot.cli.named_files import files_named

_Preview = Annotated[bool, typer.Option("--preview", help="Print it, send it to nobody.")]

app = typer.Typer(
    name="reframe",
    cls=WholeSentences,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"reframe {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ] = False,
) -> None:
    """Reframe coaches B2B sellers in Slack.

    When a message shows one of five ways of thinking about a customer that cost deals (a "trap"),
    it asks one good question.
    """


def main() -> None:
    """Run a command; a known problem becomes one kind sentence and exit code 2."""
    from bot.cli import problems

    try:
        spare_memory()
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as problem:  # noqa: BLE001 - users see a sentence instead of a traceback
        sys.exit(problems.explain(problem))


@app.command()
def demo(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
) -> None:
    """Print a week in three deal channels: the real bot, a fake Slack, no account, no network."""
    from bot.cli.demo import play

    sys.exit(play(as_json=as_json))


@app.command(name="try")
def try_it(
    port: Annotated[int, typer.Option(help="Port of the page; 0 picks a free one.")] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address, open nothing.")
    ] = False,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", help="Keep the database and the log in this folder."),
    ] = None,
) -> None:
    """Open the bot in a browser: the real bot, a small fake Slack, no account, no network."""
    from bot.cli.try_it import try_it as run

    run(port=port, opens_browser=not no_browser, keep=keep)


@app.command()
def say(
    text: Annotated[str, typer.Argument(help="A message as a seller would write it.")],
    context: Annotated[
        list[str] | None,
        typer.Option("--context", help="An earlier message; can be repeated."),
    ] = None,
) -> None:
    """Show what the bot makes of one sentence: in a channel, and asked with ``/reframe``."""
    from bot.cli.say import say as run

    run(text, context or [])


@app.command()
def detect() -> None:
    """Judge many messages: JSON lines in (id, text, context) and out (id, trap, score)."""
    from bot.cli import problems
    from bot.cli.detect import stream

    try:
        code = stream(sys.stdin.buffer, sys.stdout, sys.stderr)
    except BrokenPipeError:
        code = problems.close_pipe()
    sys.exit(code)


@app.command(name="eval")
def evaluate(
    file: Annotated[
        Path | None,
        typer.Argument(help="Labeled messages: a .jsonl file or a folder."),
    ] = None,
    chat: Annotated[
        Path | None,
        typer.Option("--chat", help="Unlabeled chat without customers: count false alarms."),
    ] = None,
    words: Annotated[
        Path | None,
        typer.Option("--words", help="Folder of scored replies: how many of today's fit."),
    ] = None,
    situations: Annotated[
        Path | None,
        typer.Option("--situations", help="Labeled situations: how many of them are found."),
    ] = None,
    intents: Annotated[
        Path | None,
        typer.Option("--intents", help="Asks with their intents: count how many are understood."),
    ] = None,
    plays: Annotated[
        Path | None,
        typer.Option("--plays", help="Asks with the plays that fit: count how many are found."),
    ] = None,
    detector: Annotated[
        str, typer.Option("--detector", help="offline, judge or cascade.")
    ] = "offline",
    answers: Annotated[
        Path | None,
        typer.Option("--answers", help="Recorded answers (id, content) instead of a live model."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Also write a page with charts."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All tables as JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The main tables.")] = False,
    input_price: Annotated[float, typer.Option(help="Dollars per million input tokens.")] = 0.40,
    output_price: Annotated[float, typer.Option(help="Dollars per million output tokens.")] = 1.60,
) -> None:
    """Measure how often the bot is right, on messages whose traps are known, or on other chat."""
    from bot.cli.evaluate import evaluate as run
    from bot.cli.evaluate import evaluate_chat, evaluate_intents, evaluate_plays

    if sum(given is not None for given in (file, chat, intents, plays)) != 1:
        raise typer.BadParameter(
            "give a file of labeled messages, --chat FILE, --intents FILE, or --plays FILE"
        )
    others = ((chat, evaluate_chat), (intents, evaluate_intents), (plays, evaluate_plays))
    for path, evaluate_other in others:
        if path is not None:
            with files_named():
                evaluate_other(path, as_json, markdown)
            return
    assert file is not None
    if words is not None or situations is not None:
        from bot.cli.words import evaluate_situations, evaluate_words

        with files_named():
            if words is not None:
                evaluate_words(file, words, as_json, markdown)
            if situations is not None:
                evaluate_situations(file, situations, as_json, markdown)
        return

    if detector not in ("offline", "judge", "cascade"):
        raise typer.BadParameter("choose offline, judge or cascade", param_hint="--detector")
    if answers and detector == "offline":
        raise typer.BadParameter("goes with --detector judge or cascade", param_hint="--answers")
    prices = (input_price, output_price)
    with files_named():
        run(file, detector, answers, html, as_json, markdown, prices)


@app.command()
def judge(
    dump: Annotated[
        Path, typer.Option("--dump", help="Messages (id, text, context) as JSON lines.")
    ],
) -> None:
    """Print what a language model would be sent about each message, and send nothing."""
    from bot.cli.evaluate import dump as run

    with files_named():
        run(dump, sys.stdout)


@app.command()
def coach(
    dump: Annotated[
        Path | None,
        typer.Option(
            "--dump",
            help="Messages (id, text) as JSON lines; print the requests. With --asks: where to "
            "write them.",
        ),
    ] = None,
    asks: Annotated[
        Path | None,
        typer.Option("--asks", help="What sellers ask (text, perhaps id), as JSON lines."),
    ] = None,
    messages: Annotated[
        Path | None,
        typer.Option("--messages", help="The messages that --answers belong to."),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", help="Recorded answers (id, content); print what is shown."),
    ] = None,
    sheet: Annotated[
        int, typer.Option("--sheet", min=0, help="Draw so many replies to --messages to score.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Draws the same ones again.")] = 1,
) -> None:
    """Show what a language model would be asked to write, and which answers the rules let pass.

    With --asks FILE it is about answers to /reframe: --dump REQUESTS writes the requests, --answers
    FILE prints a reading sheet of recorded answers.

    With --sheet, draw what the playbook alone asks, as JSON lines for a reader to score.
    """
    from bot.cli.coach import dump as write_requests
    from bot.cli.coach import replay

    with files_named():
        if asks:
            if bool(dump) == bool(answers) or messages or sheet:
                raise typer.BadParameter("give --asks FILE with --dump REQUESTS or --answers FILE")
            from bot.cli.coach_asks import dump_asks, replay_asks

            if dump:
                typer.echo(f"{dump_asks(asks, dump)} requests", err=True)
            elif answers:
                replay_asks(asks, answers, sys.stdout, sys.stderr)
        elif dump and not (messages or answers):
            write_requests(dump, sys.stdout)
        elif messages and sheet and not (dump or answers):
            from bot.cli.words import write_sheet

            write_sheet(messages, sheet, seed, sys.stdout)
        elif messages and answers and not (dump or sheet):
            replay(messages, answers, sys.stdout, sys.stderr)
        else:
            raise typer.BadParameter(
                "give --dump FILE, or --messages FILE with --answers FILE or --sheet N"
            )


@app.command()
def labels() -> None:
    """Print what sellers wrote after "That's wrong", as JSON lines for ``eval``."""
    from bot.cli.run import print_labels

    print_labels(sys.stdout)


@app.command()
def digest(
    preview: _Preview = False,
) -> None:
    """Print the weekly digest that each team's manager would get now; without a team, a sample."""
    from bot.cli.preview import preview_digests

    if not preview:
        raise typer.BadParameter("the bot sends digests by itself; give --preview to see them")
    preview_digests()


@app.command(context_settings={"allow_extra_args": True})  # version 0.1 wanted a user id
def reflect(
    preview: _Preview = False,
) -> None:
    """Print a seller's weekly reflection, with placeholders for what only that seller may see."""
    from bot.cli.preview import preview_reflection

    if not preview:
        raise typer.BadParameter("the bot sends these by itself; give --preview to see one")
    preview_reflection()


@app.command(name="new-key")
def new_key() -> None:
    """Print a new random secret for REFRAME_ENCRYPTION_KEY."""
    from bot.store.encryption import generate_secret

    sys.stdout.write(generate_secret() + "\n")


@app.command(name="rotate-key")
def rotate_key() -> None:
    """Encrypt what is stored with the new REFRAME_ENCRYPTION_KEY, instead of the old one."""
    from bot.cli.rotate_key import rotate

    sys.exit(rotate())


for command in (setting_up.init, setting_up.practice, setting_up.manifest, setting_up.doctor):
    app.command()(command)
app.command()(setting_up.copy)
app.command()(measuring.coverage)
app.command()(operating.migrate)
app.command()(operating.jobs)


@app.command()
def run(
    socket: Annotated[bool, typer.Option("--socket", help="Connect by Socket Mode.")] = False,
    http: Annotated[bool, typer.Option("--http", help="Listen for Slack by HTTP.")] = False,
    role: Annotated[
        Literal["all", "web", "worker"],
        typer.Option(
            "--role",
            help="Do everything, or share a PostgreSQL database: web listens, worker works.",
        ),
    ] = "all",
    clock: Annotated[
        Path | None,
        typer.Option("--clock", hidden=True, help="The shared clock of a fake Slack."),
    ] = None,
) -> None:
    """Run the bot; with Socket Mode if SLACK_APP_TOKEN is set, else with HTTP."""
    from bot.cli.run import run_bot

    if socket and http:
        raise typer.BadParameter("choose --socket or --http, not both")
    transport: Literal["socket", "http"] | None = "socket" if socket else "http" if http else None
    run_bot(transport, clock, role)
