"""Sends payloads of every shape, and bytes of none, to the real bot."""
