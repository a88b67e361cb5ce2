"""Everything that knows Slack: HTTP and Socket Mode, parsing, listeners, views and the gateway."""
