"""The states of a model in use, and when it changes them."""

from dataclasses import dataclass

from tipoff.errors import InputError

STATES = ("INSUFFICIENT", "HEALTHY", "WATCH", "DEGRADING", "BLOCKED")
INSUFFICIENT, HEALTHY, WATCH, DEGRADING, BLOCKED = range(5)


@dataclass(frozen=True)
class Rules:
    """When a model changes its state.

    Attributes:
        watch, degrading, blocked: chances per season that a model at its reference ever gets so
            far; the e-value that it takes is one over it.
        calm: e-value down to which evidence must have fallen before a state is left for a better
            one; so far below ``1 / watch`` that a model at its reference comes back to WATCH k
            times more with a chance of at most ``watch x (calm x watch) ** k`` (Dubins 1962).
        stay: game dates that a state lasts before it is left for a better one.
        rate_window: calendar days whose hit rate must have reached its reference by then.
        fewest_picks, fewest_dates: settled picks in 30 days, and their game dates, without which
            nobody is healthy.
        idle: calendar days without a settled pick after which nobody is healthy.
        most_missing: share of a month's picks without outcome, reference, prediction, line or
            actual from which on nobody is healthy.
    """

    watch: float = 0.2
    degrading: float = 0.1
    blocked: float = 0.05
    calm: float = 2.0
    stay: int = 7
    rate_window: int = 14
    fewest_picks: int = 30
    fewest_dates: int = 7
    idle: int = 7
    most_missing: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.blocked <= self.degrading <= self.watch < 1 <= self.calm < 1 / self.watch:
            raise InputError(
                "Expected chances in the order blocked, degrading, watch and a calm e-value from 1 "
                f"to under 1 / watch; got {self}."
            )
