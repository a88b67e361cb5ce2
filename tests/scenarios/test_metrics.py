"""``/metrics`` of a running bot: it counts what happened, and names nobody."""

from __future__ import annotations

import aiohttp

from bot.telemetry.in_tens import TOGETHER
from tests.harness import BLAME, BotHarness

TOKEN = "a token for Prometheus"


async def scrape(bot: BotHarness) -> str:
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session,
        session.get(f"{bot.url}/metrics") as response,
    ):
        assert response.status == 200
        return await response.text()


def value(body: str, series: str) -> float:
    (line,) = (line for line in body.splitlines() if line.startswith(f"{series} "))
    return float(line.split()[-1])


async def test_ten_questions(harness: BotHarness) -> None:
    """Nine move nothing that a reader could see; ten come out together."""
    await harness.start(REFRAME_METRICS_TOKEN=TOKEN)
    for _ in range(TOGETHER - 1):
        await harness.say(BLAME)
    await harness.idle()
    before = await scrape(harness)
    await harness.say(BLAME)
    await harness.idle()
    after = await scrape(harness)

    asked = 'reframe_decisions_total{outcome="question"}'
    sent = 'reframe_reply_seconds_count{kind="question"}'
    assert [value(body, asked) for body in (before, after)] == [0, TOGETHER]
    assert [value(body, sent) for body in (before, after)] == [0, TOGETHER]
    assert value(after, 'reframe_payloads_total{result="taken"}') >= TOGETHER
    assert value(after, "reframe_ack_seconds_count") >= TOGETHER
    assert value(after, 'reframe_queue_waiting{queue="posts"}') == 0
    space = harness.workspace
    hidden = (space.team_id, harness.deal, harness.ana, harness.ben, BLAME[:20], TOKEN)
    assert [word for word in (*hidden, space.bot_token) if word in after] == []
