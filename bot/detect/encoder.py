"""Runs a small language encoder, fine-tuned to the traps, with onnxruntime on one core.

It is all-MiniLM-L6-v2 (Apache-2.0; Wang et al. 2020, Reimers & Gurevych 2019) with a head of six
outputs, quantized to 8 bits. ``bot.training.fine_tune`` makes it; it needs no network and no torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

ENCODER_FILE = Path(__file__).with_name("encoder.onnx")
TOKENIZER_FILE = Path(__file__).with_name("tokenizer.json")
MAX_TOKENS = 96  # nine in ten messages have fewer than 50
EMPTY_TEXT = "."  # stands in for a text without words: the encoder needs at least one token


class Encoder:
    """A loaded encoder. Several threads may share it.

    Args:
        model: the ONNX file.
        tokenizer: its vocabulary.
    """

    def __init__(self, model: Path = ENCODER_FILE, tokenizer: Path = TOKENIZER_FILE) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def logits(self, author_text: str) -> list[float]:
        """Return the six logits of a ``CleanText.author_text``: any trap, then one per ``Trap``."""
        ids = np.array([self._tokenizer.encode(author_text or EMPTY_TEXT).ids], dtype=np.int64)
        inputs = {"ids": ids, "mask": np.ones_like(ids)}
        logits: Sequence[float] = self._session.run(None, inputs)[0][0].tolist()
        return list(logits)
