"""Says which messages the detector learns from, and which ones its thresholds are chosen on.

Thresholds come from authors and pages that no model was trained on: ``tests/corpus/dev``, and the
parts of the outside data that are set apart for it. ``tests/corpus/test`` is never read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.core.playbook_model import TrapContent
from bot.evaluation.corpus import LabeledMessage, playbook_examples, read_messages
from bot.training.outside_data import Part, read_outside_data

CORPUS = Path("tests/corpus")
DEVELOPMENT = CORPUS / "dev"
REAL_SENTENCE_WEIGHT = 3.0  # in training; an invented message weighs 1


@dataclass(frozen=True, slots=True)
class Dataset:
    """Everything that ``make train`` reads.

    Attributes:
        own: the messages of this repository to learn from.
        outside: real chat and sentences to learn from; empty without outside data.
        development: invented messages for the thresholds.
        real_development: real sentences for the thresholds.
        chat: real chat lines without customers for the thresholds.
        missing: the files of outside data that were not there.
    """

    own: list[LabeledMessage]
    outside: list[LabeledMessage]
    development: list[LabeledMessage]
    real_development: list[LabeledMessage]
    chat: list[LabeledMessage]
    missing: Sequence[str]

    @property
    def training(self) -> list[LabeledMessage]:
        """All messages to learn from."""
        return [*self.own, *self.outside]

    @property
    def unseen(self) -> list[LabeledMessage]:
        """All messages for the thresholds."""
        return [*self.development, *self.real_development, *self.chat]


def read_dataset(traps: Iterable[TrapContent], outside_folder: Path | None) -> Dataset:
    """Read the corpus, the playbook's examples of the traps, and the outside data.

    Labels on which two fair coaches would argue (confidence 1) are not learned.

    Raises:
        CorpusError, OSError: a file is invalid, or can't be read.
    """
    found = read_outside_data(outside_folder)
    outside = [*found.chat[Part.LEARN], *found.sentences[Part.LEARN]]
    return Dataset(
        own=_certain([*read_messages(CORPUS), *playbook_examples(traps)]),
        outside=_certain(outside),
        development=_certain(read_messages(DEVELOPMENT)),
        real_development=_certain(found.sentences[Part.TUNE]),
        chat=found.chat[Part.TUNE],
        missing=found.missing,
    )


def training_weight(message: LabeledMessage) -> float:
    """Return how much a message counts in training."""
    is_sentence = message.is_real and message.group != "ordinary"
    return REAL_SENTENCE_WEIGHT if is_sentence else 1.0


def _certain(messages: Iterable[LabeledMessage]) -> list[LabeledMessage]:
    return [m for m in messages if m.trap is None or m.confidence > 1]
