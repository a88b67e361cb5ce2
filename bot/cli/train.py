"""``make train``: retrains the offline detector."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path

from bot.core.coach import Coach
from bot.core.matters_for_people import MattersForPeople
from bot.detect.encoder import ENCODER_FILE, Encoder
from bot.detect.learned_intents import MODEL_FILE as INTENTS_FILE
from bot.detect.learned_matters import MODEL_FILE as MATTERS_FILE
from bot.detect.learned_plays import MODEL_FILE as PLAYS_FILE
from bot.detect.learned_situations import MODEL_FILE as SITUATIONS_FILE
from bot.detect.linear import MODEL_FILE
from bot.detect.offline import OfflineDetector
from bot.evaluation import tables
from bot.evaluation.corpus import read_messages
from bot.evaluation.play_labels import read_play_asks
from bot.evaluation.situation_labels import read_situations
from bot.evaluation.trained_on import write_trained_on
from bot.playbook import load_playbook
from bot.training.dataset import CORPUS, Dataset, read_dataset
from bot.training.diagnostics import compare_models, learning_curve
from bot.training.intents_fit import fit_intents, read_training_asks
from bot.training.matters_fit import (
    MATTERS,
    OrdinaryTalk,
    fit_matters,
    read_all_ordinary_asks,
    read_matter_lines,
)
from bot.training.outside_data import Part, write_part
from bot.training.plays_fit import PLAY_ASKS, fit_plays
from bot.training.situations_fit import SITUATIONS, fit_situations
from bot.training.train import train

log = logging.getLogger(__name__)


def main() -> None:
    """Train, write the model files, and log the figures on unseen authors."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr
    )
    arguments = _parse_arguments()
    if arguments.write_part:
        part, output = Part(arguments.write_part[0]), Path(arguments.write_part[1])
        count = write_part(arguments.outside, part, output)
        log.info("wrote %d sentences to %s", count, output)
        return
    fit_intents(read_training_asks(read_messages(CORPUS))).save(INTENTS_FILE)
    if arguments.intents:
        log.info("wrote %s", INTENTS_FILE.name)
        return
    started = time.monotonic()
    words = load_playbook()
    data = read_dataset(words.traps.values(), arguments.outside)
    _describe(data)
    for size, precision in learning_curve(data):
        log.info("linear model, trained on %d messages: average precision %.3f", size, precision)
    model, unseen = train(data, words.cues, ENCODER_FILE.parent)
    model.save(MODEL_FILE)
    write_trained_on(m.text for m in data.training)
    asks, development_asks = read_all_ordinary_asks()
    fit_matters(
        read_matter_lines(MATTERS),
        OrdinaryTalk([m.text for m in data.training], asks),
        OrdinaryTalk([m.text for m in data.unseen], development_asks),
        MattersForPeople.of_cues(words.cues),
    ).save(MATTERS_FILE)
    fit_situations(
        read_situations(SITUATIONS, read_messages(CORPUS)),
        Encoder(),
        Coach(words, same_question_days=0.0).cued_situations,
    ).save(SITUATIONS_FILE)
    known_plays = [play.id for play in words.plays]
    fit_plays(read_play_asks(PLAY_ASKS, known_plays), Encoder()).save(PLAYS_FILE)
    for name, precision, recall in compare_models(unseen):
        log.info("%s: average precision %.3f, recall when precise %.3f", name, precision, recall)
    scored = unseen.decide(OfflineDetector(model, Encoder(), words.cues))
    headline = tables.headline(scored, model.judge_threshold)
    for cells in (*headline.rows, *tables.by_origin(scored).rows):
        log.info("%s", ": ".join(cells))
    log.info("trained on %d messages in %.0f s", len(data.training), time.monotonic() - started)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--outside", type=Path, help="folder of outside data (docs/detector.md)")
    parser.add_argument(
        "--write-part",
        nargs=2,
        metavar=("PART", "FILE"),
        help="write the outside sentences of one part to a file, and train nothing",
    )
    parser.add_argument("--intents", action="store_true", help="fit what reads asks, and no more")
    return parser.parse_args()


def _describe(data: Dataset) -> None:
    log.info("%d own messages, %d from outside", len(data.own), len(data.outside))
    if data.missing:
        log.warning(
            "REFRAME_TRAINING_DATA holds no %s. Without real text, the detector is right on what "
            "authors invent and wrong on what people write; docs/detector.md says where to get it",
            ", ".join(data.missing),
        )


if __name__ == "__main__":
    main()
