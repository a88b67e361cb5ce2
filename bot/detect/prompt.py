"""The words that the judge gets: the same for every message first, so that servers can cache it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from string import Template

from bot.core.words import Playbook, TrapWords
from bot.detect.masking import masked

EXAMPLES = 6  # of each trap, and as many that only look like it
MESSAGE_CHARACTERS = 4_000
CONTEXT_MESSAGES = 5
CONTEXT_CHARACTERS = 600


def instructions(playbook: Playbook) -> str:
    """What the judge is told of its work: ``prompts/classify.md`` with the five traps filled in."""
    traps = "\n\n".join(_about(words) for words in playbook.traps.values())
    return Template(playbook.classify).substitute(traps=traps)


def question(text: str, context: Sequence[str]) -> str:
    """One message as the judge gets it: masked, cut, and as JSON, so that it can't end early.

    Args:
        text: the message. context: earlier messages, oldest first.
    """
    earlier = [masked(c)[:CONTEXT_CHARACTERS] for c in context[-CONTEXT_MESSAGES:]]
    asked = {"context": earlier, "message": masked(text)[:MESSAGE_CHARACTERS]}
    return json.dumps(asked, ensure_ascii=False)


def _about(words: TrapWords) -> str:
    yes = "\n".join(f"- {line}" for line in words.sounds_like[:EXAMPLES])
    no = "\n".join(f"- {line}" for line in words.is_not[:EXAMPLES])
    what = words.definition.strip()
    return f"## {words.trap}\n{what}\nIt is one:\n{yes}\nIt is none of the five:\n{no}"
