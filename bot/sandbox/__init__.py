"""A pretend Slack on loopback: real Bolt and the real clients talk to it over real sockets.

It serves ``reframe demo``, trying the bot by hand, and the tests. It refuses what Slack refuses;
each behaviour names the page of Slack's documentation that it follows.
"""
