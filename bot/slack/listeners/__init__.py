"""Bolt's listeners: each parses a payload, calls one flow, and answers."""
