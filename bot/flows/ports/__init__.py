"""Ports: what the stories need from the outside, one file per port.

A port is a ``Protocol`` with the values that travel through it. ``bot.store``, ``bot.slack`` and
``bot.detect`` implement them; the tests hold in-memory twins to the same contract.
"""
