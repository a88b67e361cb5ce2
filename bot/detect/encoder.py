"""Runs a small language encoder, fine-tuned to the traps, with onnxruntime on one core.

It is all-MiniLM-L6-v2 (Apache-2.0; Wang et al. 2020, Reimers & Gurevych 2019) with a head of six
outputs, quantized to 8 bits. ``bot.training.fine_tune`` makes it; it needs no network and no torch.
Its weights lie in ``encoder.onnx.data``: onnxruntime maps that file into memory, so of the large
table of words only what is used takes any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bot.detect.onnx_runtime import load_onnxruntime

ENCODER_FILE = Path(__file__).with_name("encoder.onnx")
TOKENIZER_FILE = Path(__file__).with_name("tokenizer.json")
MAX_TOKENS = 96  # nine in ten messages have fewer than 50
EMPTY_TEXT = "."  # stands in for a text without words: the encoder needs at least one token
EMBEDDED_LAYERS = (2, 4)  # the last ones know little but the traps
_CACHED_OUTPUTS = 64  # what is spoken to is read for its situations right after its verdict


@dataclass(frozen=True, slots=True)
class EncoderOutput:
    """What the encoder makes of one text.

    Attributes:
        logits: six: any trap, then one per ``Trap``.
        embedding: the mean over all tokens after each of ``EMBEDDED_LAYERS``, one after the other.
    """

    logits: Sequence[float]
    embedding: NDArray[np.float32]


class Encoder:
    """A loaded encoder. Several threads may share it.

    It remembers its last outputs, by the hash of the text, so no message is read twice.

    Args:
        model: the ONNX file; its weights lie beside it.
        tokenizer: its vocabulary.
    """

    def __init__(self, model: Path = ENCODER_FILE, tokenizer: Path = TOKENIZER_FILE) -> None:
        runtime = load_onnxruntime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False  # 2 MB that save no time at one text at a time
        self._session = runtime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._outputs: LRUCache[int, EncoderOutput] = LRUCache(_CACHED_OUTPUTS)
        self._lock = Lock()

    def logits(self, author_text: str) -> list[float]:
        """Return the six logits of a ``CleanText.author_text``: any trap, then one per ``Trap``."""
        return list(self.read(author_text).logits)

    def read(self, author_text: str) -> EncoderOutput:
        """Return what the encoder makes of a ``CleanText.author_text``."""
        key = hash(author_text)  # the text itself is not kept in memory
        with self._lock:
            known = self._outputs.get(key)
        if known is not None:
            return known
        ids = np.array([self._tokenizer.encode(author_text or EMPTY_TEXT).ids], dtype=np.int64)
        inputs = {"ids": ids, "mask": np.ones_like(ids)}
        logits, embedding = self._session.run(["out", "embedding"], inputs)
        output = EncoderOutput(logits[0].tolist(), embedding[0])
        with self._lock:
            self._outputs[key] = output
        return output


@cache
def load_shipped_encoder() -> Encoder:
    """Load the encoder of this package once per process: it is large and read-only."""
    return Encoder()
