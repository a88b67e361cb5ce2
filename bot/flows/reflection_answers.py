"""What a seller writes to a reflection: in its form, below it, or beside it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from string import Template

from bot.core.languages import UiStrings
from bot.flows.house_rules import HouseRules
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.turn_to_people import TurnToPeople

log = logging.getLogger(__name__)

REPLY = "reply"  # the field of what is written outside the form


class ReflectionAnswers:
    """Keeps what sellers write, encrypted or not at all.

    Args:
        store, clock: the ports. rules: of each workspace.
        people: answers what is a matter for people.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        rules: HouseRules,
        people: TurnToPeople,
    ) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock
        self._people = people

    async def save_answers(
        self, workspace_id: str, user_id: str, week: str, answers: Mapping[str, str]
    ) -> str:
        """Keep what a seller wrote into the form; return the line to show."""
        async with self._store.begin() as uow:
            await uow.serialize(workspace_id, user_id)  # a form and a reply may come at once
            return await self.save_in(uow, workspace_id, user_id, week, answers)

    async def save_in(
        self,
        uow: UnitOfWork,
        workspace_id: str,
        user_id: str,
        week: str,
        answers: Mapping[str, str],
    ) -> str:
        """Keep what a seller wrote, in an open transaction that is serialized on the seller.

        A field that was filled before is replaced; a reply is added to the replies before it. If
        any of it is a matter for people, none of it is kept.

        Returns:
            The line to show.
        """
        filled = {name: text for name, text in answers.items() if text}
        if (kind := self._people.find("\n".join(filled.values()))) is not None:
            rules = await self._rules.of(uow, workspace_id)
            return self._people.answer(kind, rules.strings, rules.help_contact)
        words = (await self._rules.strings(uow, workspace_id))["reflection"]
        before = await uow.reflections.answers(workspace_id, user_id, week)
        if REPLY in filled and before.get(REPLY):
            filled[REPLY] = f"{before[REPLY]}\n{filled[REPLY]}"
        saved = await uow.reflections.save(
            workspace_id, user_id, week, {**before, **filled}, now=self._clock()
        )
        if not saved:
            log.warning("workspace=%s answers of %s need a key that isn't set", workspace_id, week)
            return words["locked"]
        log.info("workspace=%s a seller reflected on %s", workspace_id, week)
        kept = uow.reflections.keeps_answers and bool(filled)
        return words["kept" if kept else "not_kept"]

    async def plan(self, workspace_id: str, user_id: str, week: str) -> str:
        """Return the plan that the reflection of a week brings back; empty if there is none."""
        async with self._store.begin() as uow:
            strings = await self._rules.strings(uow, workspace_id)
            return await latest_plan(uow, strings, workspace_id, user_id, before=week)


async def latest_plan(
    uow: UnitOfWork, strings: UiStrings, workspace_id: str, user_id: str, *, before: str
) -> str:
    """Return a person's latest if-then plan, as they wrote it; empty if there is none.

    Args:
        uow: in a transaction. strings: the words around a plan of an earlier version, which
            asked for its two parts apart.
        workspace_id, user_id: whose.
        before: the ISO name of a week; what was written in it doesn't count.
    """
    answers = await uow.reflections.latest_answers(workspace_id, user_id, before=before)
    parts = {name: answers.get(name, "").strip() for name in ("if", "then")}
    if plan := answers.get("plan", ""):
        return plan
    if not all(parts.values()):
        return ""
    return Template(strings["reflection"]["old_plan"]).substitute(parts)
