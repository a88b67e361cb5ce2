"""What the bot does, one story a file, over the ports. No Slack, no SQL, no model in here."""
