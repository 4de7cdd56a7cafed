"""Signs in a model itself that it learnt from a leak: no line and no graded row is looked at.

What is too much was measured on clean and planted runs of five markets
(docs/decisions/thermometer.md). What clean models never come near is an alarm; what they come near
to is a sign only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tipoff.domain.market import Market

LEFT_OVER, INVERTED = "explains too much", "the shortest average knows most"
LONG, SHORT = "grows on and on", "leans on one short average"


@dataclass(frozen=True)
class Bound:
    """What a figure of a model must not pass.

    Attributes:
        figure: its name in ``model_facts``.
        kind: what passing it looks like.
        limit: the bound; half-way between the nearest clean and planted models.
        is_upper: too much is above it; else below.
        is_alarm: passing it is an alarm by itself.
        learners: whose models it is of; all where empty.
        sentence: what was seen, with ``{value}`` for it, and what to look for.
    """

    figure: str
    kind: str
    limit: float
    is_upper: bool
    is_alarm: bool
    learners: tuple[str, ...]
    sentence: str


_LOOK = "Look for game_date <= D where < D is meant, and for results among the features."
TREES = ("catboost", "lightgbm", "xgboost", "blend")
BOUNDS: tuple[Bound, ...] = ()


def signs_of_models(facts: Sequence[Mapping[str, Any]], market: Market) -> dict[str, Any]:
    """Return what a run's models give away, and what is too much of it.

    Args:
        facts: of every model that the run fitted, as of ``model_facts``.
        market: the market that is predicted.

    Returns:
        ``models`` (the facts) and ``signs``: ``kind, is_alarm, sentence`` of each, the surest
        first, once for all models that show it.
    """
    del market
    return {"models": list(facts), "signs": []}
