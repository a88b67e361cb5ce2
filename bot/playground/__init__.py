"""``reframe try``: a small Slack in a browser, with the real bot behind it.

The page talks to this package over loopback; this package talks to the fake Slack of
``bot.sandbox`` and to the bot in a process of its own, which can't tell it from Slack.
"""
