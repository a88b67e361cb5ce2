"""What is for people, from Slack to Slack: silence in the channel, and where to turn on request."""

from __future__ import annotations

from bot.cli import block_kit_text
from tests.harness import BotHarness

CONTACT = "People team, #people-help"
GRIEF = "After all we did they owe us a call back, and my mom passed on Sunday"
DANGER = "suicidal"  # a single word behind the command is help for any other


async def test_every_way_to_ask(harness: BotHarness) -> None:
    await harness.start(REFRAME_HELP_CONTACT=f"{CONTACT}.")
    ts = await harness.say(GRIEF)
    await harness.command(GRIEF)
    await harness.command(DANGER)
    await harness.slack.run_shortcut(harness.ana, harness.deal, ts, "reframe_this")
    await harness.slack.post_message(harness.ana, harness.workspace.dm_channel(harness.ana), GRIEF)
    await harness.idle()

    (view,) = harness.workspace.views.values()
    grief, danger = (reply["text"] for reply in harness.shown())
    (direct,) = harness.direct()
    answers = [grief, danger, direct["text"], block_kit_text.render_view(view)]
    assert all(CONTACT in answer and "?" not in answer for answer in answers)
    assert ["emergency number" in answer for answer in answers] == [False, True, False, False]
    assert harness.replies(ts) == []
    assert await harness.outcome(ts) is None
