"""A model that writes, and one that reads what it wrote; they do as they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.draft_review import LlmDraft, offered
from bot.core.model import Trap
from bot.core.playbook_model import Question
from bot.flows.errors import JudgeError
from bot.flows.ports.detection import SpokenTurn


class FakeWriter:
    """Writes the draft it is given; None stands for no answer in time.

    Attributes:
        draft: what it writes; without an idea, it applies the first one on offer.
        threads: what was said before each message that it read.
    """

    name = "fake-writer"

    def __init__(self, draft: LlmDraft | None) -> None:
        self.draft = draft
        self.threads: list[Sequence[SpokenTurn]] = []

    async def write(
        self,
        workspace_id: str,
        text: str,
        trap: Trap | None,
        questions: Sequence[Question],
        thread: Sequence[SpokenTurn] = (),
    ) -> LlmDraft:
        self.threads.append(thread)
        if self.draft is None:
            raise JudgeError("no answer in time")
        return replace(self.draft, idea=self.draft.idea or offered(questions)[0].idea)


class FakeInventionReader:
    """Finds what it is given; None stands for no answer in time.

    Attributes:
        replies: what it has read.
    """

    def __init__(self, unsaid: str | None) -> None:
        self.unsaid = unsaid
        self.replies: list[str] = []

    async def find_unsaid(
        self, workspace_id: str, text: str, thread: Sequence[SpokenTurn], reply: str
    ) -> str:
        self.replies.append(reply)
        if self.unsaid is None:
            raise JudgeError("no answer in time")
        return self.unsaid
