"""Coaching decisions and their values. Standard library only: no I/O and no clock."""
