"""Everything that is kept about a person, for them alone: a file, or text where none may be sent.

Nothing says that it was sent before it is: the words come with the file.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.core.languages import Section, UiStrings
from bot.flows import remembered
from bot.flows.data_messages import data_messages
from bot.flows.data_summary import summarize
from bot.flows.errors import SlackRefusedError
from bot.flows.people_in_slack import person_or_unknown
from bot.flows.ports.asks import Ask
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.rendering import Presenter, Renderer
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptData:
    """What is kept about a person: in a few sentences, and every row, as JSON."""

    summary: str
    rows: str


class MyData:
    """Collects what is kept about a person, and sends it to them.

    Args:
        store, chat, clock: the ports. retention_days: how long decisions are kept.
        presenter: sends the file. renderer: renders the text in its place.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        retention_days: float,
        presenter: Presenter,
        renderer: Renderer,
        clock: Clock,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._chat = chat
        self._retention_days = retention_days
        self._presenter = presenter
        self._renderer = renderer
        self._clock = clock
        self._wake_delivery = wake_delivery

    async def send(self, ask: Ask, kept: KeptData, words: Section) -> None:
        """Send what was collected as a file; as direct messages if Slack refuses the file.

        Args:
            ask: for the data. kept: what was collected.
            words: the ``[record]`` section of the UI strings.

        Raises:
            SlackCallError: nothing was sent, and a later try may succeed.
        """
        try:
            await self._presenter.send_file(
                ask.workspace_id,
                ask.user_id,
                name="reframe-data.json",
                content=kept.rows,
                comment=f"{kept.summary}\n\n{words['file']}",
            )
        except SlackRefusedError as refused:  # such as for want of files:write
            log.warning(
                "workspace=%s ask=%s no file, text instead: %s",
                ask.workspace_id,
                ask.key,
                refused.code,
            )
            async with self._store.begin() as uow:
                intro = f"{kept.summary}\n\n{words['file_as_text']}"
                again = words["file_lost"]
                for message in data_messages(ask, intro, kept.rows, again, self._renderer):
                    await uow.outbox.enqueue(message, now=self._clock())
            self._wake_delivery()

    async def collect(self, ask: Ask, strings: UiStrings) -> KeptData:
        """Return all rows, what the person wrote in words, and the marks of the person.

        Args:
            ask: for the data.
            strings: the UI strings.
        """
        person = await person_or_unknown(self._chat, ask.workspace_id, ask.user_id)
        words = strings["record"]
        workspace_id, user_id = ask.workspace_id, ask.user_id
        async with self._store.begin() as uow:
            found: dict[str, Any] = dict(await uow.personal_data.export(workspace_id, user_id))
            written = await uow.reflections.written(workspace_id, user_id)
            times = await remembered.times_of(uow, workspace_id, user_id)
        found["asks"] = [row for row in found.get("asks", []) if row.get("key") != ask.key]
        found["marks"] = [{"at": at} for at in times]
        found["reflections"] = [
            {
                "week": each.week,
                "created_at": each.at,
                "answers": words["locked"] if each.is_locked else dict(each.answers),
            }
            for each in written
        ]
        summary = summarize(found, strings, person, days=self._retention_days)
        return KeptData(summary, json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True))
