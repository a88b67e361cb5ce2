"""Which part of the work a process does."""

from __future__ import annotations

from typing import Literal

Role = Literal["all", "web", "worker"]
"""``web`` listens to Slack and stores; ``worker`` does what is stored; ``all`` does both, alone."""
