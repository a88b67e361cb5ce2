"""The office of ``reframe practice``: where its people live, and what it says of the app."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.playbook import load_playbook
from bot.playground.company import load_company
from bot.playground.practice import SIGNING_SECRET, Practice, zone_at_work
from bot.sandbox.delivery import DeliveryAttempt
from bot.setting_values import odd_signing_secret

URL = "http://127.0.0.1:3000/slack/events"


@pytest.mark.parametrize("hour", range(24))
def test_it_is_daytime_there(hour: int) -> None:
    """On a workday, whatever the hour here, no usual quiet hours are in the way."""
    now = datetime(2026, 3, 3, hour, tzinfo=ZoneInfo("UTC")).timestamp()
    local = datetime.fromtimestamp(now, zone_at_work(now))

    assert local.weekday() < 5
    assert 8 <= local.hour <= 15


@pytest.mark.parametrize("at", ["2026-03-06 23:00", "2026-03-08 22:00"])
def test_a_workday_counts_more_than_the_morning(at: str) -> None:
    """Late on Friday and on Sunday it is a workday somewhere else."""
    now = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("UTC")).timestamp()

    assert datetime.fromtimestamp(now, zone_at_work(now)).weekday() < 5


def test_the_secret_looks_like_slacks() -> None:
    """Or the doctor would call a right set-up odd."""
    assert odd_signing_secret(SIGNING_SECRET) == ""


def attempt(status: int, body: str = "", *, by_socket: bool = False) -> DeliveryAttempt:
    """Return how a delivery ended."""
    return DeliveryAttempt("", 0, "", status, 0.0, body, by_socket=by_socket)


@pytest.mark.parametrize(
    ("last", "says"),
    [
        (None, "No app is connected yet"),
        (attempt(0, "connection_failed"), "No app is connected yet"),
        (attempt(200, by_socket=True), "No app is connected yet"),
        (attempt(0, "http_timeout"), "did not answer within three seconds"),
        (attempt(200), "answered the last request"),
        (attempt(401), "SLACK_SIGNING_SECRET"),
        (attempt(404), "said 404"),
    ],
)
def test_what_is_known_of_the_app(last: DeliveryAttempt | None, says: str) -> None:
    """Each way in which a delivery can end has its sentence."""
    office = Practice(load_company(), URL, load_playbook().strings["practice"])
    office.slack.attempts.extend([last] if last else [])

    assert says in office.connection()
