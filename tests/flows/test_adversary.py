"""Nobody who manages teams, with up to three helpers in them, can tell what one person did."""

from __future__ import annotations

import pytest

from bot.core.playbook_model import Playbook
from bot.core.team_policy import TeamLimits
from tests.fakes.memory_teams import MemorySalesTeams
from tests.flows.adversary import PERIODS, WEEKS, Secret, differences
from tests.flows.adversary_differences import most_by_theory

RUNS = 8
LIMITS = TeamLimits()
NO_BLUR = TeamLimits(blur=1)


@pytest.mark.fault_case(52)
async def test_the_watchers_learn_little(playbook: Playbook) -> None:
    """The same world with and without it looks the same, but for what the blur lets through."""
    runs = [await differences(seed, playbook, LIMITS) for seed in range(RUNS)]

    assert (WEEKS, PERIODS) == (9, 2)
    for secret in Secret:
        found = [run[secret] for run in runs]
        for run in found:
            assert run.elsewhere == "", secret
            assert bool(run.digest) <= run.has_other_figures, secret
            assert len(set(run.periods)) == len(run.periods), "a seller counts in one team"
            assert len(run.periods) <= PERIODS
            most = secret.most_in_a_period(LIMITS)
            assert all(chance <= most + 1e-9 for chance in run.chances)
        assert sum(bool(run.digest) for run in found) <= most_by_theory(found), secret


async def test_without_the_blur_they_would_learn_it(playbook: Playbook) -> None:
    """The adversary is good enough: with exact counts, it can tell."""
    runs = [await differences(seed, playbook, NO_BLUR, [Secret.ANSWER]) for seed in range(12)]

    assert sum(bool(run[Secret.ANSWER].digest) for run in runs) >= 2


async def test_it_finds_a_form_that_shows_who_said_no(
    playbook: Playbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A leak outside the figures is found in the first run."""

    async def only_members(teams: MemorySalesTeams, workspace_id: str, team_id: str) -> list[str]:
        return [p.user_id for p in await teams.people(workspace_id, team_id) if p.is_open]

    monkeypatch.setattr(MemorySalesTeams, "named", only_members)
    run = await differences(0, playbook, LIMITS, [Secret.SILENT_ANSWER])

    assert "form" in run[Secret.SILENT_ANSWER].elsewhere
