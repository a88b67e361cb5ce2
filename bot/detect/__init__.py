"""Finds a trap in a message. The offline detector needs nothing but Python."""
