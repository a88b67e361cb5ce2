"""What somebody in the state machine's play doesn't want, and since when."""

from __future__ import annotations

from dataclasses import dataclass, field

NEVER = float("inf")


@dataclass
class OptOut:
    """What a person has said that they don't want, and the commits after which it holds."""

    paused_until: float = 0.0
    paused_at: float = NEVER
    none_at: float = NEVER
    forgotten_at: float = NEVER
    forgotten_time: float = 0.0
    tried_to_forget_time: float = 0.0
    was_forgotten: bool = False
    wrong_at: dict[str, float] = field(default_factory=dict)
