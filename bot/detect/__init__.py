"""Detects mindset traps in messages: the offline detector, the judge, and the writer."""
