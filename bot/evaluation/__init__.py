"""Measures detectors on labeled messages. ``reframe run`` does not import it."""
