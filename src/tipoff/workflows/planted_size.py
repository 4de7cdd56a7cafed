"""How large is what the market gets wrong: estimated from lines and results, beside the truth.

Of a book that is off, its lines are held against the other books'. Of all else the estimate is the
mean of result minus what the line expects, among player-games of a segment less the same outside
it: what the line is off by for everybody cancels. What was planted is the mean of the true
distribution minus what the market believes, on the same rows. Segments are told from what was
known before tip-off, and of stars and bench from the roster.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tipoff.backtest.book_bias import book_biases
from tipoff.backtest.lines import line_choice
from tipoff.backtest.market_mean import means_of
from tipoff.backtest.metrics import interval
from tipoff.backtest.statistics import difference_interval
from tipoff.domain.market import MARKETS
from tipoff.models.adjustment import MARKET_MEAN
from tipoff.sources.league import League, LeagueSettings
from tipoff.tables.league import DECISION
from tipoff.workflows.dataset import Dataset, lines_of

_POINTS = MARKETS["points"]
_PLAYER_GAME = ["game_id", "team", "player_id"]
# Under it a count's median is nearer to its mean than above, and so is the line.
_LEAST_LINE = 8.0
# So many points from the line, an average says that a player is in another form than priced.
_OFF_LINE = 1.5
BOOK = "a book"


def _apart(average: str) -> tuple[pl.Expr, pl.Expr]:
    """Players whose average is over, and under, what the line expects."""
    gap = pl.col(average) - pl.col(MARKET_MEAN)
    return gap >= _OFF_LINE, gap <= -_OFF_LINE


def _against_others(inside: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    return inside, ~inside


SEGMENTS: Mapping[str, tuple[pl.Expr, pl.Expr]] = {
    "second nights": _against_others(pl.col("is_second_night")),
    "stars": _against_others(pl.col("place") < 3),
    "bench": _against_others(pl.col("place") >= 5),
    "late news": _against_others(pl.col("late_absences") > 0),
    "form": _apart("last_10_average"),
    "last five games": _apart("points_avg_last_5"),
}
# What is estimated in which world; in the efficient one everything, and nothing is to be found.
SIZES: Mapping[str, tuple[str, ...]] = {
    "efficient": (BOOK, *SEGMENTS),
    "book-off": (BOOK,),
    "fatigue-ignored": ("second nights",),
    "form-ignored": ("form",),
    "form-overdone": ("form",),
    "news-late": ("late news",),
    "stars-dear": ("stars",),
    "bench-cheap": ("bench",),
    "roles-late": ("last five games",),
}


def planted_sizes(data: Dataset, league: League, wanted: Sequence[str]) -> dict[str, Any]:
    """Estimate the sizes of errors of the market, and say what was planted.

    Args:
        data: rows and quotes of the league.
        league: the league, with true distributions.
        wanted: segments, or ``BOOK``.

    Returns:
        By what was wanted: ``planted`` and ``estimate`` (``value, n, low, high``, 95 % by game
        date), in points: of a book how far its lines are above the others'; of a segment how much
        more than the market expects is scored there than elsewhere. ``inside``: player-games of
        the segment.
    """
    rows = _held_against_lines(data, league)
    return {
        name: _of_book(data, rows, league.settings) if name == BOOK else _of_segment(rows, name)
        for name in wanted
    }


def _of_segment(rows: pl.DataFrame, what: str) -> dict[str, Any]:
    inside, outside = SEGMENTS[what]
    split = rows.with_columns(
        pl.when(where).then(pl.col(name)).alias(f"{name}_{place}")
        for name in ("surprise", "error")
        for place, where in (("inside", inside), ("outside", outside))
    )
    found = difference_interval(split, "surprise_inside", "surprise_outside")
    planted = split.select(pl.col("error_inside").mean() - pl.col("error_outside").mean()).item()
    return {
        "planted": planted,
        "estimate": interval(found, "value"),
        "inside": split["surprise_inside"].count(),
    }


def _of_book(data: Dataset, rows: pl.DataFrame, settings: LeagueSettings) -> dict[str, Any]:
    book = settings.mispriced_book or settings.books[0]
    key = ["game_id", "player_id"]
    quotes = data.quotes.join(rows, on=key, how="semi")
    found = book_biases(quotes, rows.select(*key, "actual"), _POINTS)
    own = next(row for row in found if row["book"] == book)
    return {
        "planted": settings.mispricing,
        "estimate": dict(own["against_others"]),
        "inside": own["n"],
    }


def _held_against_lines(data: Dataset, league: League) -> pl.DataFrame:
    """Player-games with ``surprise`` (result less the line's mean) and ``error`` (planted)."""
    drawn = league.distributions.filter(pl.col("knowledge") == DECISION)
    means = drawn.group_by(_PLAYER_GAME).agg(
        true_mean=(pl.col("points_mean") * pl.col("played")).sum() / pl.col("played").sum()
    )
    heard = 1 - league.settings.book_lag
    believed = pl.col("believed_early") + heard * (pl.col("believed") - pl.col("believed_early"))
    truth = league.truth.select(
        *_PLAYER_GAME, "place", "is_second_night", believed_late=believed
    ).join(means, on=_PLAYER_GAME)
    lines = lines_of(data, line_choice("median"), _POINTS)
    priced = data.rows.join(means_of(lines, _POINTS), on=["game_id", "player_id"])
    rows = priced.join(truth, on=_PLAYER_GAME).join(
        _late_absences(league), on=["game_id", "team"], how="left"
    )
    return rows.filter(
        pl.col(MARKET_MEAN) >= _LEAST_LINE, pl.col("actual").is_not_null()
    ).with_columns(
        surprise=pl.col("actual") - pl.col(MARKET_MEAN),
        error=pl.col("true_mean") - pl.col("believed_late"),
        late_absences=pl.col("late_absences").fill_null(0),
    )


def _late_absences(league: League) -> pl.DataFrame:
    """Count by team and game those first reported out in the last hours before tip-off."""
    tips = league.frames["games"].select("game_id", "tip_off_at")
    reports = league.frames["availability"].filter(pl.col("status") == "out")
    first = reports.group_by("game_id", "team", "name_key").agg(pl.col("observed_at").min())
    late = first.join(tips, on="game_id").filter(
        pl.col("observed_at") > pl.col("tip_off_at") - pl.duration(hours=4)
    )
    return late.group_by("game_id", "team").agg(late_absences=pl.len())
