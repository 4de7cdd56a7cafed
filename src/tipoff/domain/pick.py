"""How a pick is settled: win, loss, push or void."""

from enum import StrEnum


class Side(StrEnum):
    """The side of a line that is taken."""

    OVER = "over"
    UNDER = "under"


class Outcome(StrEnum):
    """What became of a pick."""

    WIN = "win"
    LOSS = "loss"
    PUSH = "push"
    VOID = "void"


def settle(side: Side, line: float, actual: float | None) -> Outcome:
    """Settle one pick; ``actual`` is None where the player did not play."""
    if actual is None:
        return Outcome.VOID
    if actual == line:
        return Outcome.PUSH
    return Outcome.WIN if (actual > line) == (side is Side.OVER) else Outcome.LOSS
