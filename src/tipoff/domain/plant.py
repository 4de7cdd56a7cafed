"""Faults that can be planted on purpose, so that anyone can see what a leak looks like.

Each is a real failure of a published system. What it does stands beside the guard that it defeats
(``tipoff.domain.guard``); here is what it is called and what is wrong with it. A planted run lives
in a view of the lake of its own, carries its plant in every fingerprint and is titled as suspect.
Nothing of it is ever read by a clean run.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from tipoff.domain.guard import planted
from tipoff.errors import not_among


class Part(StrEnum):
    """What a fault breaks."""

    SOURCES = "how files are read"
    FEATURES = "feature rows"
    LEDGER = "what counts as done"
    TRAINING = "training"
    GRADING = "grading"


@dataclass(frozen=True)
class Plant:
    """One fault.

    Attributes:
        name: what it is called on the command line.
        about: what is wrong with it.
        part: what it breaks.
        processors: the processors that it is active in; all where empty.
    """

    name: str
    about: str
    part: Part = Part.FEATURES
    processors: tuple[str, ...] = ()

    @property
    def has_view(self) -> bool:
        """Whether feature rows differ, so that they need a view of their own."""
        return self.part is Part.FEATURES

    @contextmanager
    def within(self, processor: str) -> Iterator[None]:
        """Switch the fault on for one processor, where it is active there."""
        is_active = not self.processors or processor in self.processors
        with planted(self.name if is_active else None):
            yield


_CACHE = ("player_daily_cache",)

PLANTS: dict[str, Plant] = {
    plant.name: plant
    for plant in (
        Plant(
            "inclusive-date",
            "recent-form averages use game_date <= D where < D is meant, so the game that is "
            "being predicted is part of its own averages",
            processors=_CACHE,
        ),
        Plant(
            "same-day-team-totals",
            "team averages (pace, ratings, records) count the team's game of the date itself",
        ),
        Plant(
            "league-average-with-the-day",
            "the league's averages run up to and including the date",
        ),
        Plant(
            "season-final-averages",
            "averages are those of the whole season, as a table of season totals gives them "
            "afterwards, on every date of the season",
            processors=_CACHE,
        ),
        Plant(
            "unsorted-shift",
            "the last games are the last rows as they happen to lie, not the latest by date",
        ),
        Plant(
            "lags-across-players",
            "lags run over the whole table, so that a player's first games reach into those of "
            "the player who stands before him",
        ),
        Plant(
            "quote-after-tip-off",
            "the newest quote is taken without a bound at tip-off, so that lines quoted during "
            "the game count",
        ),
        Plant(
            "closing-line-as-feature",
            "features of a pick that is made earlier read the line as it stood at tip-off",
        ),
        Plant(
            "todays-injuries",
            "the injury list as it is today is joined to every game of the past",
        ),
        Plant(
            "post-game-starters",
            "whether he starts is taken from the box score of the game itself",
            processors=_CACHE,
        ),
        Plant(
            "roster-of-those-who-played",
            "players are listed because they turned out to have played",
        ),
        Plant(
            "corrections-backwards",
            "corrected statistics replace the first ones in place, as if they had been known "
            "when the first ones were",
        ),
        Plant(
            "default-constants",
            "what is not known is filled with a usual value and looks like data",
        ),
        Plant(
            "inverted-trend",
            "the recent and the older half of the last games are mistaken for each other",
        ),
        Plant(
            "utc-day-slip",
            "the date of a moment in UTC is taken for the game date, so that evening games move "
            "to the next day",
            Part.SOURCES,
        ),
        Plant(
            "older-code-mixed-in",
            "rows that older code made count as done and are read beside newer ones",
            Part.LEDGER,
        ),
        Plant(
            "train-test-overlap",
            "the training window runs on into the dates that are tested",
            Part.TRAINING,
        ),
        Plant(
            "random-validation-split",
            "the rows that stop training are drawn by chance, so that games of the same nights "
            "are on both sides",
            Part.TRAINING,
        ),
        Plant(
            "early-stopping-on-evaluation",
            "training stops where the evaluation itself is predicted best",
            Part.TRAINING,
        ),
        Plant(
            "global-scaler",
            "features are scaled by mean and deviation of all rows, the tested ones included",
            Part.TRAINING,
        ),
        Plant(
            "in-sample-stacking",
            "the second stage learns from predictions of rows that the first was grown on",
            Part.TRAINING,
        ),
        Plant(
            "folds-across-time",
            "folds train on later dates as well as on earlier ones, as in plain cross-validation",
            Part.TRAINING,
        ),
        Plant(
            "threshold-on-evaluation",
            "the edge from which picks count is the one that did best on these very picks",
            Part.GRADING,
        ),
        Plant(
            "absent-dropped-by-outcome",
            "player-games are left out of the population because of what happened in them",
            Part.GRADING,
        ),
        Plant(
            "highest-line",
            "of several books' lines the highest is graded",
            Part.GRADING,
        ),
        Plant(
            "alternate-price",
            "the main line is graded at the price of an alternate line of the same book",
            Part.GRADING,
        ),
        Plant(
            "opening-price-from-the-close",
            "the price of an early pick is filled in from the closing quotes",
            Part.GRADING,
        ),
        Plant(
            "latest-line",
            "picks are graded against the last line before tip-off, not the one they were made on",
            Part.GRADING,
        ),
        Plant(
            "duplicate-join",
            "graded rows are joined on a key that is not unique, and each counts eight times",
            Part.GRADING,
        ),
        Plant(
            "hindsight-tiers",
            "stars and bench players are told apart by what they scored in the game itself",
            Part.GRADING,
        ),
    )
}


IN_RUNS = (Part.FEATURES, Part.TRAINING, Part.GRADING)


def plant_named(name: str, parts: tuple[Part, ...] = IN_RUNS) -> Plant:
    """Return the plant of that name.

    Args:
        name: its name.
        parts: what a plant may break to be of use where it is asked for.

    Raises:
        InputError: there is none; the sentence lists those that there are.
    """
    known = [plant.name for plant in PLANTS.values() if plant.part in parts]
    if name not in known:
        raise not_among("a plant", known, name)
    return PLANTS[name]
