"""Where a question comes from: the article's idea in our words, and its credit."""

from __future__ import annotations

from string import Template
from zlib import crc32

from bot.core.model import Trap
from bot.core.playbook_model import Playbook


def explain_question(playbook: Playbook, trap: Trap | None, sentence: str) -> str:
    """Return the sentence with the idea and the credit of a trap's article filled in.

    Args:
        playbook: the words.
        trap: None for the questions that fit any message.
        sentence: with ``$idea``, ``$credit``, perhaps ``$observation``.
    """
    content = playbook.traps[trap] if trap else None
    article_id = content.article if content else playbook.no_trap.questions[0].article
    article = playbook.articles[article_id]
    return Template(sentence).substitute(
        idea=article.ideas[crc32(article.id.encode()) % len(article.ideas)],
        credit=article.credit + ".",
        observation=content.observation if content else "",
    )
