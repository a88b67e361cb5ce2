"""``reframe eval --words`` and ``--situations``, ``reframe coach --sheet``: what is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

from bot import flow_wiring
from bot import settings as bot_settings
from bot.cli.evaluate import show_tables
from bot.core.coach import Coach
from bot.evaluation.corpus import read_messages
from bot.evaluation.situation_labels import read_situations, situation_table
from bot.evaluation.words import ask_all, read_scores, reading_sheet, words_tables
from bot.playbook import load_playbook


def evaluate_words(path: Path, scores: Path, as_json: bool, markdown: bool) -> None:
    """Show how many of today's replies readers scored as fitting, and which are to be read.

    Args:
        path: labeled messages. scores: a folder of scored replies.
        as_json, markdown: other formats of the tables.

    Raises:
        CorpusError, OSError: a file is invalid; the message says which and where.
    """
    shown = words_tables(ask_all(read_messages(path), _coach()), read_scores(scores))
    show_tables(shown[:1], shown, as_json, markdown)


def evaluate_situations(path: Path, labels: Path, as_json: bool, markdown: bool) -> None:
    """Show how many of the situations that readers found in messages the bot finds.

    Args:
        path: a folder of messages, with folders of messages in it.
        labels: a file of labels.
        as_json, markdown: other formats of the table.

    Raises:
        CorpusError, OSError: a file is invalid; the message says which and where.
    """
    coach = _coach()
    folders = [
        f for f in (path, *(path / name for name in ("dev", "unseen", "test"))) if f.is_dir()
    ]
    messages = [m for folder in folders or [path] for m in read_messages(folder)]
    finders = (coach.cued_situations, coach.find_situations)
    shown = [situation_table(read_situations(labels, messages), finders)]
    show_tables(shown, shown, as_json, markdown)


def write_sheet(path: Path, count: int, seed: int, out: TextIO) -> None:
    """Write replies for a reader to score, a JSON line each.

    Args:
        path: labeled messages.
        count: how many to draw. seed: draws the same ones again.
        out: gets ``message_id``, ``context``, ``text``, ``question_id`` and ``reply`` per line.
    """
    for row in reading_sheet(ask_all(read_messages(path), _coach()), count, seed):
        out.write(json.dumps(row, ensure_ascii=False) + "\n")


def _coach() -> Coach:
    settings = bot_settings.load()
    playbook = load_playbook(settings.prompts_dir, settings.language)
    return flow_wiring.build_coach(settings, playbook)
