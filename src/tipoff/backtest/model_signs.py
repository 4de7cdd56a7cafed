"""Signs in a model itself that it learnt from a leak: no line and no graded row is looked at.

What is too much was measured on clean and planted runs of five markets
(docs/decisions/thermometer.md). What clean models stay far from is an alarm; what they come near
to is a sign only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

EXPLAINS, INVERTED = "the model explains too much", "the shorter average knows more"
LONG, SHORT = "the model grows on and on", "the model leans on one short average"
_BOOSTED = ("catboost", "lightgbm", "xgboost")
_ALL = (*_BOOSTED, "blend", "ridge")
_LOOK = "Look for game_date <= D where < D is meant, and for results among the features."


@dataclass(frozen=True)
class Bound:
    """What a figure of a model must not pass.

    Attributes:
        figure: its name in ``model_facts``.
        kind: what passing it looks like.
        limit: the bound: between the nearest clean and planted models.
        is_upper: too much is above it; else below.
        is_alarm: passing it is an alarm by itself.
        learners: whose models it was measured on.
        least: what other figures must at least be for it to be judged: of fewer rows chance does
            more, and slower recipes than those measured go further.
        sentence: what was seen, with ``{value}`` for it.
    """

    figure: str
    kind: str
    limit: float
    is_upper: bool
    is_alarm: bool
    learners: tuple[str, ...]
    least: tuple[tuple[str, float], ...]
    sentence: str

    def is_passed(self, facts: Mapping[str, Any]) -> bool:
        """Return whether a model's figure is too much."""
        value = facts[self.figure]
        if value is None or facts["learner"] not in self.learners:
            return False
        if any(facts[name] < fewest for name, fewest in self.least):
            return False
        return bool(value > self.limit if self.is_upper else value < self.limit)


@dataclass(frozen=True)
class ModelSign:
    """One sign of a leak in a model: its kind, whether it is an alarm, and what was seen."""

    kind: str
    is_alarm: bool
    sentence: str


BOUNDS = (
    Bound(
        "left_over", EXPLAINS, 0.75, is_upper=False, is_alarm=True, learners=_ALL,
        least=(("held_out", 500),),
        sentence="On rows that it was not grown on the model leaves {value:.0%} of the variance "
        "that the season's average of earlier games leaves; clean models leave 88 % or more.",
    ),
    Bound(
        "inversion", INVERTED, 0.01, is_upper=True, is_alarm=True, learners=_ALL,
        least=(("training", 1_000),),
        sentence="The average of the last five games correlates with the result better than that "
        "of the season does, by {value:.3f}; of averages of earlier games it is the other way.",
    ),
    Bound(
        "length", LONG, 20.0, is_upper=True, is_alarm=False, learners=_BOOSTED,
        least=(("training", 4_000), ("learning_rate", 0.05)),
        sentence="Trees times learning rate is {value:.0f}; clean models stop at 16 or before.",
    ),
    Bound(
        "short_share", SHORT, 0.4, is_upper=True, is_alarm=False, learners=_BOOSTED,
        least=(("training", 4_000),),
        sentence="{value:.0%} of the importance of averages that say nearly the same is on one of "
        "five games or fewer; of clean models at most 36 %.",
    ),
)  # fmt: skip


def signs_of_models(facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a run's models give away, and what is too much of it.

    Args:
        facts: of every model that the run fitted, as of ``model_facts``.

    Returns:
        ``models`` (the facts) and ``signs``: ``kind, is_alarm, sentence``, the surest first, each
        once: of the model that shows it most.
    """
    signs = []
    for bound in BOUNDS:
        values = [own[bound.figure] for own in facts if bound.is_passed(own)]
        if values:
            worst = max(values) if bound.is_upper else min(values)
            sentence = f"{bound.sentence.format(value=worst)} {_LOOK}"
            signs.append(asdict(ModelSign(bound.kind, bound.is_alarm, sentence)))
    return {"models": list(facts), "signs": signs}


def alarms(run: Mapping[str, Any]) -> int | None:
    """Return how many signs of a run's models are alarms; None where no model was looked at."""
    found = run.get("model_signs")
    return None if found is None else sum(sign["is_alarm"] for sign in found["signs"])
