"""A small language encoder, tuned to the traps, run by onnxruntime on one core.

It is all-MiniLM-L6-v2 (Apache-2.0; Wang et al. 2020, Reimers & Gurevych 2019) with a head of six
outputs, in 8-bit numbers. ``bot.detect.tune`` makes it; running it needs no network and no torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

ENCODER_FILE = Path(__file__).with_name("encoder.onnx")
TOKENIZER_FILE = Path(__file__).with_name("tokenizer.json")
LONGEST = 96  # tokens; nine in ten messages have fewer than 50
NOTHING = "."


class Encoder:
    """The encoder, loaded.

    Args:
        model: the ONNX file. tokenizer: its vocabulary.
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
        self._tokenizer.enable_truncation(LONGEST)

    def outputs(self, own: str) -> list[float]:
        """The six raw outputs for the author's own words (``Reading.own``): any trap, then the
        five in the order of ``Trap``."""
        ids = np.array([self._tokenizer.encode(own or NOTHING).ids], dtype=np.int64)
        feed = {"ids": ids, "mask": np.ones_like(ids)}
        raw: Sequence[float] = self._session.run(None, feed)[0][0].tolist()
        return list(raw)
