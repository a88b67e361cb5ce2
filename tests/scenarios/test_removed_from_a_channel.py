"""Somebody removes the bot from a channel, and invites it again."""

from __future__ import annotations

import pytest

from tests.harness import ENTITLEMENT, FIXING, BotHarness


@pytest.mark.parametrize("transport", ["http", "socket"])
async def test_it_stops_and_comes_back(harness: BotHarness, transport: str) -> None:
    """A question that waits is dropped, what is written later is not read, Slackbot's note gets no
    answer; after the next invitation it asks again."""
    await harness.start("http" if transport == "http" else "socket", REFRAME_SETTLE_SECONDS=0.5)
    waiting = await harness.say(ENTITLEMENT)
    await harness.slack.remove_bot(harness.deal, harness.ben)
    await harness.idle()
    unread = await harness.say(FIXING)
    posts = harness.posts()
    await harness.slack.invite_bot(harness.deal, harness.ben)
    again = await harness.say(FIXING)
    await harness.until(lambda: harness.replies(again))
    slackbot = harness.workspace.dm_channel("USLACKBOT")

    assert posts == 0
    assert harness.replies(waiting) == []
    assert harness.replies(unread) == []
    assert len(harness.replies(again)) == 1
    assert [m["text"] for m in harness.workspace.messages(slackbot)] == [
        f"You have been removed from #deal-northwind by <@{harness.ben}>"
    ]
