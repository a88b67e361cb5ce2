"""Builds the prompt of the judge. The instructions come first, so that servers can cache them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from string import Template

from bot.core.playbook_model import Playbook, TrapContent
from bot.detect.masking import mask

EXAMPLES = 6  # of each trap, and as many look-alikes
MAX_MESSAGE_CHARACTERS = 4_000
MAX_CONTEXT_MESSAGES = 5
MAX_CONTEXT_CHARACTERS = 600


def judge_instructions(playbook: Playbook) -> str:
    """Build the judge's system prompt: ``prompts/classify.md`` with the five traps filled in."""
    traps = "\n\n".join(_trap_section(words) for words in playbook.traps.values())
    return Template(playbook.classify).substitute(traps=traps)


def judge_request(text: str, context: Sequence[str], *, is_about_customer: bool = False) -> str:
    """Build the request for one message: masked, shortened, and as JSON.

    JSON keeps a message from closing its own quotation and posing as instructions.

    Args:
        text: the message.
        context: earlier messages, oldest first.
        is_about_customer: whether it is known to be about the customer side; the model is told so
            in one fixed word.
    """
    earlier = [mask(c)[:MAX_CONTEXT_CHARACTERS] for c in context[-MAX_CONTEXT_MESSAGES:]]
    request: dict[str, object] = {"context": earlier}
    if is_about_customer:
        request["about"] = "customer"
    request["message"] = mask(text)[:MAX_MESSAGE_CHARACTERS]
    return json.dumps(request, ensure_ascii=False)


def _trap_section(words: TrapContent) -> str:
    traps = (f"- {line}" for line in words.sounds_like[:EXAMPLES])
    look_alikes = (f"- {line}" for line in words.is_not[:EXAMPLES])
    return "\n".join(
        [
            f"## {words.trap}",
            words.definition.strip(),
            "It is one:",
            *traps,
            "It is none of the five:",
            *look_alikes,
        ]
    )
