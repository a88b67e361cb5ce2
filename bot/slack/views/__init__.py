"""Block Kit views: turn values into text and blocks. No I/O."""
