"""A fake Slack on loopback. Real Bolt and real Slack clients talk to it over real sockets.

``reframe demo``, manual trials and the tests run against it. It rejects what Slack rejects; each
behavior names the page of Slack's documentation that it follows.
"""
