"""What the predecessor published for the same table, before its leak was found.

Its February windows: Huber with delta 5, and an arm it called "MAE" that optimised RMSE. The error
of its lines was not published; that of ours of the season stands for it (``LINE_ERRORS``).
"""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Published:
    """One published row; shares from 0 to 1, errors in points."""

    label: str
    season: str
    loss_called: str
    loss_really: str
    hit_rate: float
    n: int
    mae_lines: float | None
    mae_all: float | None
    lines: str
    gates: str


@dataclass(frozen=True)
class LineError:
    """What lines of a season erred on points, as `tipoff multiseason` measured it.

    Attributes:
        mae: of the lines, in points.
        n: lines.
        constant_mae: of the training mean, on all player-games; in points.
        lines: which they are.
    """

    mae: float
    n: int
    constant_mae: float
    lines: str


LINE_ERRORS = {
    "2022-23": LineError(5.37, 3_124, 7.20, "DraftKings, February to April"),
    "2023-24": LineError(5.28, 2_432, 7.18, "DraftKings, March and April"),
    "2024-25": LineError(5.06, 4_036, 6.91, "pick'em boards and several books"),
    "2025-26": LineError(5.00, 2_738, 7.11, "several books, November and December"),
}
# The picks of the published hit rates: at least so many points from the line.
EDGE = 3.0

PUBLISHED: tuple[Published, ...] = (
    Published(
        "FEB23", "2022-23", "Huber:delta=5", "Huber:delta=5", 0.8519, 878, 3.676, 9.286,
        "BettingPros", "passed",
    ),
    Published(
        "FEB23", "2022-23", "MAE", "RMSE", 0.8750, 808, 3.452, 11.211, "BettingPros", "passed"
    ),
    Published(
        "FEB24", "2023-24", "Huber:delta=5", "Huber:delta=5", 0.8977, 831, 3.335, 8.036,
        "DraftKings", "passed",
    ),
    Published(
        "FEB24", "2023-24", "MAE", "RMSE", 0.9099, 832, 3.129, 10.029, "DraftKings", "passed"
    ),
    Published(
        "FEB25", "2024-25", "Huber:delta=5", "Huber:delta=5", 0.6106, 113, 5.320, 4.562,
        "mixed", "failed (MAE)",
    ),
    Published(
        "FEB25", "2024-25", "MAE", "RMSE", 0.7619, 21, 5.145, 4.544, "mixed", "failed (sample)"
    ),
    Published(
        "2025-26", "2025-26", "Huber:delta=5", "Huber:delta=5", 0.625, 88, None, None,
        "production", "passed",
    ),
    Published("2025-26", "2025-26", "MAE", "RMSE", 0.714, 35, None, None, "production", "passed"),
)  # fmt: skip


def published() -> list[dict[str, Any]]:
    """Return the published table as plain rows."""
    return [asdict(row) for row in PUBLISHED]
