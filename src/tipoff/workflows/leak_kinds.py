"""Files of predictions with known leaks, made of a real season: what does the audit call each?

Every file holds a player, a date, a prediction, the line with its prices and the result, and is
given to the audit alone, or with the season's box scores. Honest predictions are weighted averages
of earlier games; each leak is made of the same games.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.backtest.file_history import averages
from tipoff.backtest.file_lines import main_lines
from tipoff.backtest.leak_signs import CLIFF, CONSTANT, COPIED, FINAL, INCLUSIVE, LINE_KNOWS
from tipoff.domain.market import MARKETS, Market
from tipoff.models.fitted import Fitted
from tipoff.models.learner import fit, library, predict
from tipoff.models.spec import ModelSpec
from tipoff.sources.loose_files import boxes, lines
from tipoff.workflows.audit_file import Files, audit_file

POINTS = MARKETS["points"]
_EARLIER = ("last_5_average", "last_10_average", "season_average")
_WITH_OWN = ("with_last_5", "with_last_10", "with_season")
_WEIGHTS = (0.3, 0.3, 0.4)
_TOLD = 0.15
_TREES = 400

Making = Callable[[pl.DataFrame], pl.DataFrame]


def season_rows(box: Path, line_file: Path, market: Market = POINTS) -> pl.DataFrame:
    """Return a season's lined player-games with results and averages, earlier and with the game.

    Args:
        box: box scores.
        line_file: posted lines.
        market: what is counted.
    """
    happened = boxes(box, market, {}).rows.filter(pl.col("minutes").fill_null(1) > 0)
    results = happened.select("game_date", "actual", player="name_key").drop_nulls()
    results = results.unique(["player", "game_date"], keep="first", maintain_order=True)
    posted, _ = main_lines(lines(line_file, market, {}).rows)
    quoted = posted.select(
        "game_date", "line", "over_price", "under_price", player="name_key"
    ).unique(["player", "game_date"], keep="first", maintain_order=True)
    known = results.join(averages(results), on=["player", "game_date"])
    return (
        known.join(quoted, on=["player", "game_date"])
        .drop_nulls([*_EARLIER, "line"])
        .sort("game_date", "player")
    )


def _mixed(columns: tuple[str, ...]) -> pl.Expr:
    return pl.sum_horizontal(
        weight * pl.col(name) for weight, name in zip(_WEIGHTS, columns, strict=True)
    )


def _honest(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(prediction=_mixed(_EARLIER))


def _near_the_line(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(prediction=0.5 * _mixed(_EARLIER) + 0.5 * pl.col("line"))


def _inclusive(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(prediction=_mixed(_WITH_OWN))


def _told(rows: pl.DataFrame) -> pl.DataFrame:
    """A small share of the result among what it was made from."""
    gap = pl.col("actual") - _mixed(_EARLIER)
    return rows.with_columns(prediction=_mixed(_EARLIER) + _TOLD * gap)


def _copied(rows: pl.DataFrame) -> pl.DataFrame:
    """The result's column joined under the wrong name in every third row."""
    third = pl.int_range(pl.len()) % 3 == 0
    return rows.with_columns(prediction=pl.when(third).then("actual").otherwise(_mixed(_EARLIER)))


def _in_game(rows: pl.DataFrame) -> pl.DataFrame:
    """Lines quoted in the third quarter, when half of the game's surprise is on the board."""
    moved = pl.col("line") + 0.5 * (pl.col("actual") - pl.col("line"))
    return _honest(rows).with_columns(line=moved.floor() + 0.5)


def _two_makings(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the season's second half were computed again afterwards."""
    days = rows["game_date"].unique().sort()
    cut = days[len(days) // 2]
    later = pl.col("game_date") >= cut
    return rows.with_columns(
        prediction=pl.when(later).then(_mixed(_WITH_OWN)).otherwise(_mixed(_EARLIER))
    )


def _final(rows: pl.DataFrame) -> pl.DataFrame:
    """The average of the whole season, as a table of it says afterwards."""
    return rows.with_columns(prediction=pl.col("whole_season"))


def _final_in_part(rows: pl.DataFrame) -> pl.DataFrame:
    """Half of it that, half averages of earlier games."""
    return rows.with_columns(prediction=0.5 * pl.col("whole_season") + 0.5 * _mixed(_EARLIER))


def _overlapping(rows: pl.DataFrame) -> pl.DataFrame:
    """A model that was trained on the very rows that it is judged by."""
    return _fitted(rows, rows, ("line", *_EARLIER))


def _trained_inclusive(rows: pl.DataFrame) -> pl.DataFrame:
    """A model trained on averages that count the game, on the season's first half."""
    days = rows["game_date"].unique().sort()
    early = rows.filter(pl.col("game_date") < days[len(days) // 2])
    late = rows.filter(pl.col("game_date") >= days[len(days) // 2])
    return _fitted(early, late, _WITH_OWN)


def _fitted(training: pl.DataFrame, rows: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    spec = ModelSpec(name="leak", depth=8, learning_rate=0.1, iterations=_TREES)
    whole = Fitted(spec.learner, None, columns, _TREES, 0, 0, "", library(spec.learner))
    keyed = training.with_columns(game_id=pl.lit(""), player_id=pl.col("player"))
    return rows.with_columns(predict(fit(spec, keyed, columns, settled=whole), rows))


# What is made, and the kind that the audit should name; None for what is honest.
MAKINGS: Mapping[str, tuple[Making, str | None]] = {
    "averages of earlier games": (_honest, None),
    "half of them, half the line": (_near_the_line, None),
    "averages that count the game": (_inclusive, INCLUSIVE),
    "a model trained on such averages": (_trained_inclusive, INCLUSIVE),
    "a seventh of the result": (_told, CONSTANT),
    "the result in every third row": (_copied, COPIED),
    "lines quoted in the game": (_in_game, LINE_KNOWS),
    "rows of two makings": (_two_makings, CLIFF),
    "averages of the whole season": (_final, FINAL),
    "these and earlier ones, half and half": (_final_in_part, FINAL),
    "trained on the rows it is judged by": (_overlapping, CONSTANT),
}


def leak_kinds(
    box: Path,
    line_file: Path,
    folder: Path,
    makings: Sequence[str] = tuple(MAKINGS),
    *,
    is_alone: bool = True,
) -> list[dict[str, Any]]:
    """Write a file of every making, audit each, and say what it was called.

    Args:
        box, line_file: of a real season.
        folder: where the files are written.
        makings: names out of ``MAKINGS``.
        is_alone: the audit gets no box scores.

    Returns:
        For each making: ``making, wanted`` (the kind; null where honest), ``verdict, kinds``
        (named by the audit, the surest first), ``share, low`` (of the surprise known), ``n``,
        ``hit_rate, picks`` (3 points or more off the line) and ``path``.
    """
    rows = season_rows(box, line_file)
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name in makings:
        make, wanted = MAKINGS[name]
        path = folder / f"{name.replace(' ', '-').replace(',', '')}.csv"
        columns = ("player", "game_date", "prediction", "line", "over_price", "under_price")
        make(rows).select(*columns, "actual").write_csv(path)
        report = audit_file(Files(path, box=None if is_alone else box))
        heat, usual = report["thermometer"], report["lines"]["hr"]["3"]
        found.append(
            {
                "making": name,
                "wanted": wanted,
                "verdict": report["verdict"],
                "kinds": [sign["kind"] for sign in report["signs"]],
                **{key: heat[key] for key in ("share", "low", "n")},
                "hit_rate": usual["rate"],
                "picks": usual["n"],
                "path": str(path),
            }
        )
    return found
