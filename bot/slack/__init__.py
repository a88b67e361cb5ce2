"""Everything that knows Slack: the door, parsing, listeners, blocks and the gateway."""
