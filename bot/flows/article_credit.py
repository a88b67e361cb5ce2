"""Where a question comes from: the article's idea in our words, and its credit."""

from __future__ import annotations

from string import Template

from bot.core.model import Trap
from bot.core.playbook_model import Playbook


def explain_question(playbook: Playbook, trap: Trap | None, question_id: str, sentence: str) -> str:
    """Return the sentence with the idea behind a question and the credit of its article filled in.

    Args:
        playbook: the words.
        trap: that the question was asked about; None for the questions that fit any message.
        question_id: the question; one that the playbook no longer has is explained by the first
            question of the trap.
        sentence: with ``$idea``, ``$credit``, perhaps ``$observation``.
    """
    content = playbook.traps[trap] if trap else None
    first = content.questions[0] if content else playbook.no_trap.questions[0]
    question = playbook.questions.get(question_id, first)
    article = playbook.articles[question.article]
    return Template(sentence).substitute(
        idea=article.ideas[question.idea],
        credit=article.credit + ".",
        observation=content.observation if content else "",
    )
