"""Trains the offline detector. ``reframe run`` does not import it."""
