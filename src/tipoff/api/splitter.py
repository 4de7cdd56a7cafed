"""The folds of a walk-forward as scikit-learn takes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tipoff.api.given import Day, day
from tipoff.backtest.folds import Fold, Seasons, WalkForward, folds
from tipoff.errors import InputError
from tipoff.models.spec import stated

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class WalkForwardSplit:
    """Train on earlier game dates, leave a gap, test on later ones, step on: a cross-validator.

    The folds are those of ``walk_forward`` and ``tipoff backtest``. It goes wherever scikit-learn
    takes ``cv=``, with the game dates as ``groups=``; scikit-learn itself is not needed. Lengths
    are counted in game dates.

    Attributes:
        span: game dates tested by one fold; a fold never reaches into another season.
        embargo: game dates between training and test that neither uses.
        window: longest training window (rolling); everything before where None (expanding).
        step: game dates from one fold's test to the next; the span where None.
        cadence: train on the window of the last of so many folds, as a walk that fits anew only
            every so many folds.
        seasons: ``carry`` trains on earlier seasons too, ``own`` on the tested one only.
        least: fewest game dates to train on; folds before that are left out.
        start, end: first and last game date that may be tested; all where None.

    Raises:
        InputError: lengths that make no plan.
    """

    span: int = 7
    embargo: int = 0
    window: int | None = None
    step: int | None = None
    cadence: int = 1
    seasons: Seasons = "carry"
    least: int = 28
    start: Day | None = None
    end: Day | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no plan now, not when it is first used."""
        self._plan(date.min, date.max)

    def folds(self, groups: Any) -> list[Fold]:
        """Return the folds as dates: ``train_start, train_end, test_start, test_end``, included.

        Args:
            groups: as of ``split``.
        """
        return self._folds(game_dates(groups))

    def split(
        self,
        X: Any = None,  # noqa: N803 -- scikit-learn's name
        y: Any = None,
        groups: Any = None,
    ) -> Iterator[tuple[Places, Places]]:
        """Give the places of training and of test rows, fold by fold.

        Args:
            X: rows, in any order; only their number is looked at.
            y: not looked at.
            groups: the game date of each row: dates, ``datetime64`` or ISO texts, of any library.

        Raises:
            InputError: no dates are given, they are too few, or not one per row.
        """
        days = game_dates(groups)
        del y
        if X is not None and _rows(X) != len(days):
            raise InputError(
                f"Expected one game date per row as groups=, got {len(days):,} for {_rows(X):,} "
                "rows."
            )
        for fold in self._folds(days):
            train = days.is_between(fold.train_start, fold.train_end)
            test = days.is_between(fold.test_start, fold.test_end)
            yield _places(train), _places(test)

    def get_n_splits(
        self,
        X: Any = None,  # noqa: N803
        y: Any = None,
        groups: Any = None,
    ) -> int:
        """Return the number of folds; it depends on the game dates, so ``groups`` is needed."""
        del X, y
        return len(self.folds(groups))

    def _folds(self, days: pl.Series) -> list[Fold]:
        own = days.unique().sort().to_list()
        return folds(self._plan(own[0], own[-1]), own)

    def _plan(self, first: date, last: date) -> WalkForward:
        lengths = ("window", "embargo", "span", "step", "cadence", "seasons", "least")
        return stated(
            WalkForward,
            start=first if self.start is None else day(self.start, "start"),
            end=last if self.end is None else day(self.end, "end"),
            **{name: getattr(self, name) for name in lengths},
        )


def game_dates(groups: Any) -> pl.Series:
    """Return one date per row.

    Args:
        groups: a Series, an array or a list of dates, moments or ISO texts.

    Raises:
        InputError: they are missing, empty, or can not be read.
    """
    if groups is None:
        raise InputError(
            "Expected the game date of each row as groups=, got none: folds are made of game dates."
        )
    try:
        given = pl.Series(groups if hasattr(groups, "__arrow_c_stream__") else np.asarray(groups))
        if given.dtype == pl.Object:
            given = pl.Series(list(groups))
        is_text = given.dtype == pl.String
        found = given.str.to_date("%Y-%m-%d", strict=False) if is_text else given.cast(pl.Date)
        plain = is_text or given.dtype.is_temporal()
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise InputError(f"Expected game dates as groups=, but {error}.") from None
    if not plain or found.is_empty() or found.has_nulls():
        raise InputError(
            f"Expected a game date for every row as groups=, got {len(found):,} values of "
            f"{given.dtype}, {found.null_count():,} of them empty or no ISO date."
        )
    return found


def _rows(given: Any) -> int:
    return int(given.shape[0]) if hasattr(given, "shape") else len(given)


def _places(mask: pl.Series) -> Places:
    return mask.arg_true().cast(pl.Int64).to_numpy()
