"""The admins of a workspace choose its rules; nobody else does, and nobody is locked out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.model import Delivery, Person
from bot.core.quiet_hours import QuietHours
from bot.core.workspace_rules import ADMINS_AT_MOST, WorkspaceChoices, WorkspaceRules
from bot.flows.errors import SlackRefusedError
from bot.flows.house_rules import HouseRules
from bot.flows.workspace_settings import WorkspaceSettingsFlow
from tests.fakes.memory_store import MemoryStore
from tests.flows.stories import UNLIMITED, Stories

CHOICES = WorkspaceChoices(daily_cap=3, weekly_cap=5, admins=frozenset({"U-cy"}))
OWNER = Person("U-olga", "Europe/Berlin", 3_600, is_colleague=True, is_slack_admin=True)


def kept(stories: Stories, workspace_id: str = "T1") -> tuple[WorkspaceChoices | None, set[str]]:
    """Return what is stored of a workspace, and who its admins are."""
    assert isinstance(stories.store, MemoryStore)
    state = stories.store.state
    named = {user_id for there, user_id in state.workspace_admins if there == workspace_id}
    return state.workspace_settings.get((workspace_id,)), named


@pytest.fixture
def owned(stories: Stories) -> Stories:
    """Return stories in which the operator names no admin, and Olga owns the Slack workspace."""
    stories.chat.people["T1", "U-olga"] = OWNER
    return stories


def flow_with(stories: Stories, **house: object) -> WorkspaceSettingsFlow:
    """Return the flow with other rules of the operator."""
    rules: WorkspaceRules = replace(stories.rules.house, **house)  # type: ignore[arg-type]
    return WorkspaceSettingsFlow(store=stories.store, chat=stories.chat, rules=HouseRules(rules))


async def may(flow: WorkspaceSettingsFlow, user_id: str) -> bool:
    return await flow.overview("T1", user_id) is not None


async def test_whoever_owns_the_slack_workspace_names_the_first_admins(owned: Stories) -> None:
    """In T1 only: the same id may be anybody in another workspace."""
    flow = owned.workspace_settings
    assert [await may(flow, user_id) for user_id in ("U-olga", "U-cy", "U-ben")] == [
        True,
        False,
        False,
    ]
    assert await flow.overview("T2", "U-olga") is None
    assert await flow.choose("T1", "U-olga", CHOICES) == {}

    assert kept(owned) == (replace(CHOICES, admins=frozenset()), {"U-cy"})
    assert [await may(flow, user_id) for user_id in ("U-olga", "U-cy", "U-ben")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("names_admins", "may_choose", "expected"), [(True, False, False), (True, True, True)]
)
async def test_where_the_operator_names_admins_they_decide(
    owned: Stories, names_admins: bool, may_choose: bool, expected: bool
) -> None:
    """But if many workspaces share the bot, the owners of each may choose, too."""
    flow = flow_with(owned, admins=frozenset({"U-operator"}), slack_admins_may_choose=may_choose)
    assert await may(flow, "U-operator")
    assert await may(flow, "U-olga") is expected


async def test_slack_must_say_that_somebody_owns_the_workspace(owned: Stories) -> None:
    owned.chat.failures["person"] = [SlackRefusedError("fatal_error")]
    assert not await may(owned.workspace_settings, "U-olga")
    owned.chat.people["T1", "U-olga"] = replace(OWNER, is_colleague=False)
    assert not await may(owned.workspace_settings, "U-olga")


async def test_who_is_no_admin_changes_nothing(owned: Stories) -> None:
    """Whatever they send: neither their own name, nor the end of all choices."""
    await owned.workspace_settings.choose("T1", "U-olga", CHOICES)
    before = kept(owned)
    mine = WorkspaceChoices(admins=frozenset({"U-ben"}))

    assert await owned.workspace_settings.choose("T1", "U-ben", mine) is None
    assert not await owned.workspace_settings.use_defaults("T1", "U-ben")
    assert await owned.workspace_settings.choose("T2", "U-cy", mine) is None
    assert kept(owned) == before
    assert kept(owned, "T2") == (None, set())


async def test_an_admin_whom_another_one_removed_meanwhile_changes_nothing(
    owned: Stories,
) -> None:
    await owned.workspace_settings.choose("T1", "U-olga", CHOICES)
    others = WorkspaceChoices(admins=frozenset({"U-dan"}))
    await owned.workspace_settings.choose("T1", "U-olga", others)

    assert await owned.workspace_settings.choose("T1", "U-cy", CHOICES) is None
    assert kept(owned) == (None, {"U-dan"})


async def test_nobody_can_lock_everybody_out(owned: Stories) -> None:
    """Whoever is chosen or not, the operator's admins and the owners are still there."""
    flow = flow_with(owned, admins=frozenset({"U-operator"}), slack_admins_may_choose=True)
    await flow.choose("T1", "U-olga", CHOICES)
    assert await flow.choose("T1", "U-cy", WorkspaceChoices(daily_cap=2)) == {}

    found = [await may(flow, user_id) for user_id in ("U-operator", "U-olga", "U-cy")]
    assert found == [True, True, False]


async def test_taking_all_back_leaves_no_row(owned: Stories) -> None:
    await owned.workspace_settings.choose("T1", "U-olga", CHOICES)
    assert await owned.workspace_settings.use_defaults("T1", "U-cy")

    assert kept(owned) == (None, set())


async def test_what_equals_the_operators_setting_goes_on_following_it(owned: Stories) -> None:
    """A form that is sent as it was opened chooses nothing."""
    owned.limits = replace(UNLIMITED, daily_cap=1, quiet_hours=QuietHours())
    as_it_was = WorkspaceChoices(
        quiet_hours="20:00-07:00",
        holidays="",
        daily_cap=1,
        weekly_cap=0,
        daily_model_calls=100,
        help_contact="People team, #people-help",
    )
    assert await owned.workspace_settings.choose("T1", "U-olga", as_it_was) == {}
    assert kept(owned) == (None, set())

    changed = replace(as_it_was, quiet_hours="20:00-07:00,fri-sat", delivery=Delivery.PRIVATE)
    await owned.workspace_settings.choose("T1", "U-olga", changed)
    assert kept(owned)[0] == WorkspaceChoices(
        quiet_hours="20:00-07:00,fri-sat", delivery=Delivery.PRIVATE
    )


@pytest.mark.parametrize(
    ("choices", "wrong"),
    [
        (WorkspaceChoices(daily_cap=3, weekly_cap=2), {"weekly_cap": "week_below_day"}),
        (WorkspaceChoices(daily_cap=0, weekly_cap=2), {}),
        (WorkspaceChoices(daily_cap=3, weekly_cap=0), {}),
        (WorkspaceChoices(daily_model_calls=101), {"daily_model_calls": "calls_wrong"}),
        (WorkspaceChoices(daily_model_calls=100), {}),
        (WorkspaceChoices(admins=frozenset({"U-guest"})), {"admins": "admins_guests"}),
        (
            WorkspaceChoices(admins=frozenset(f"U{n}" for n in range(ADMINS_AT_MOST + 1))),
            {"admins": "admins_many"},
        ),
    ],
)
async def test_what_does_not_fit_is_refused_as_a_whole(
    owned: Stories, choices: WorkspaceChoices, wrong: dict[str, str]
) -> None:
    owned.chat.people["T1", "U-guest"] = Person("U-guest", None, 0, is_colleague=False)
    found = await owned.workspace_settings.choose(
        "T1", "U-olga", replace(choices, help_contact="Ana")
    )
    assert found == wrong
    assert (kept(owned) == (None, set())) is bool(wrong)


async def test_admins_must_be_known_to_slack_when_they_are_named(owned: Stories) -> None:
    """Who is an admin already isn't asked for again, so an old form can still be saved."""
    flow = owned.workspace_settings
    await flow.choose("T1", "U-olga", CHOICES)
    two = replace(CHOICES, admins=frozenset({"U-cy", "U-dan"}))
    owned.chat.failures["person"] = [None, SlackRefusedError("fatal_error")]

    assert await flow.choose("T1", "U-olga", two) == {"admins": "admins_unknown"}
    owned.chat.failures["person"] = [None, None]
    assert await flow.choose("T1", "U-olga", replace(CHOICES, daily_cap=4)) == {}
    assert kept(owned)[1] == {"U-cy"}


async def test_that_no_model_may_read_outlives_a_form_that_could_not_ask(
    owned: Stories,
) -> None:
    """The operator's model is away for a day; the form of that day says nothing about it."""
    chosen = WorkspaceChoices(uses_model=False, daily_model_calls=5)
    await owned.workspace_settings.choose("T1", "U-olga", chosen)
    without = flow_with(owned, uses_model=False)
    await without.choose("T1", "U-olga", WorkspaceChoices(daily_cap=2))

    assert kept(owned)[0] == replace(chosen, daily_cap=2)
    await without.use_defaults("T1", "U-olga")
    assert kept(owned)[0] is None
