"""Nobody who manages teams, with up to three helpers in them, can tell what one person did."""

from __future__ import annotations

import pytest

from bot.core.playbook_model import Playbook
from bot.core.team_policy import TeamLimits
from tests.flows.adversary import WEEKS, Secret, differs

RUNS = 10
LIMITS = TeamLimits()

MOST = {  # differences in ``RUNS`` runs: what one band edge a week allows, and no more
    Secret.ONE_WEEK: round(RUNS / LIMITS.blur),
    Secret.ANSWER: RUNS // 2,
    Secret.ALL_WEEKS: RUNS // 2,
    Secret.SILENT_ANSWER: RUNS // 2,
}


@pytest.mark.fault_case(52)
@pytest.mark.parametrize("secret", Secret)
async def test_the_watchers_learn_little(playbook: Playbook, secret: Secret) -> None:
    """The same world with and without it looks the same in almost all runs."""
    seen = [await differs(seed, secret, playbook, LIMITS) for seed in range(RUNS)]

    assert WEEKS == 8
    assert sum(map(bool, seen)) <= MOST[secret], next(filter(None, seen))
