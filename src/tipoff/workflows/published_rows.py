"""The rows that documents are made of: predictions with what counts, and their grades.

Of each market, model and game the rows of the highest slate count; of champions that followed each
other on one market and game, those of the last one. A pick of an earlier slate is superseded. What
was made after tip-off is late: it supersedes nothing, and is nobody's pick.
"""

from datetime import datetime

import polars as pl

from tipoff.backtest.current import current_grades
from tipoff.errors import TipoffError
from tipoff.store.content import row_hash
from tipoff.store.exact import on_grid
from tipoff.tables.models import CHAMPION
from tipoff.tables.predictions import VOID
from tipoff.workflows.published_halts import ALL_MARKETS, active, marked

KEY = ("slate", "game_id", "player_id")
PUBLISHED, WITHHELD, SUPERSEDED = "published", "withheld", "superseded"
UNGRADED = "ungraded"
GRADE = (
    "version",
    "graded_at",
    "state",
    "void_reason",
    "actual",
    "outcome",
    "profit",
    "close_line",
    "close_over_price",
    "close_under_price",
    "close_at",
    "close_absent",
    "clv_line",
    "clv_probability",
    "clv_value",
    "change",
)
_MARKED = (
    *("market", "model_id", "stage", "made_at", "tip_off_at", "is_pick", "side"),
    *("over_probability", "under_probability"),
)
# What a row says: the slate's hash is of all that was said then, the rest came later.
_TELLING = (
    *(*KEY, "slate_hash", "superseded_by", "status", "halt"),
    *(f"grade_{name}" for name in GRADE),
)
# Units are kept to a billionth, so that their sums do not depend on the order of rows.
_BITS = 30


def prepared(
    predictions: pl.DataFrame,
    grades: pl.DataFrame,
    halts: pl.DataFrame,
    now: datetime,
    shown: pl.DataFrame,
    *,
    shadow: bool = True,
) -> pl.DataFrame:
    """Say of every prediction whether it counts, whether it is published, and its newest grade.

    Args:
        predictions, grades, halts: rows of these tables.
        now: the present moment.
        shown: ``slate, game_id, player_id`` of picks that documents show already; a halt that
            comes later leaves them there.
        shadow: keep the rows of models that were not champion, too.

    Returns:
        The predictions in order with ``is_current``, ``superseded_by`` (the slate that counts;
        null for current and for late rows), ``is_late``, ``status`` (published, withheld or
        superseded for a champion's picks; null else), ``halt``, ``probability`` (of the side),
        ``grade_…`` (the newest version's; null until graded), ``result`` (win, loss, push, void,
        ungraded), ``units`` (the profit, for exact sums) and ``hash`` (of its slate, of what became
        of it and of its grade).
    """
    marks = _marks(predictions, halts, now, shown)
    wide = pl.concat([predictions, marks], how="horizontal")
    kept = wide if shadow else wide.filter(pl.col("stage") == CHAMPION)
    full = kept.join(_newest_grades(grades), on=KEY, how="left").with_columns(
        units=on_grid(pl.col("grade_profit"), _BITS), result=_result()
    )
    ordered = full.sort("game_date", "market", "game_id", "player_id", "slate")
    return ordered.with_columns(hash=row_hash(_TELLING))


def _marks(
    predictions: pl.DataFrame, halts: pl.DataFrame, now: datetime, shown: pl.DataFrame
) -> pl.DataFrame:
    """What is found out of each prediction, in their order; on few columns, for they are many."""
    narrow = predictions.select(*KEY, *_MARKED)
    is_shown = shown.select(KEY).unique().with_columns(_is_shown=pl.lit(value=True))
    rows = marked(_with_slates(narrow), halts, now).join(
        is_shown, on=KEY, how="left", maintain_order="left"
    )
    over = pl.col("side") == "over"
    probability = pl.when(over).then("over_probability").when(~over).then("under_probability")
    return rows.select(
        "is_late",
        "is_current",
        "superseded_by",
        "halt",
        status=_status(halts, now),
        probability=probability,
    )


def _with_slates(predictions: pl.DataFrame) -> pl.DataFrame:
    is_champion = pl.col("stage") == CHAMPION
    is_late = pl.col("made_at") >= pl.col("tip_off_at")
    slate = pl.when(~is_late).then("slate")
    of_model = slate.max().over("market", "model_id", "game_id")
    of_champions = slate.filter(is_champion).max().over("market", "game_id")
    newest = (
        pl.when(is_champion).then(pl.max_horizontal(of_model, of_champions)).otherwise(of_model)
    )
    current = (slate == newest).fill_null(value=False)
    return predictions.with_columns(
        is_late=is_late,
        is_current=current,
        superseded_by=pl.when(~current & ~is_late).then(newest),
    )


def _newest_grades(grades: pl.DataFrame) -> pl.DataFrame:
    return current_grades(grades).select(
        *KEY, *[pl.col(name).alias(f"grade_{name}") for name in GRADE]
    )


def _status(halts: pl.DataFrame, now: datetime) -> pl.Expr:
    """A pick is withheld under a halt of its whole time, or of now unless it is shown already."""
    halted = active(halts)["market"].to_list()
    is_halted = pl.lit(ALL_MARKETS in halted) | pl.col("market").is_in(halted)
    is_ahead = pl.col("tip_off_at") > now
    is_shown = pl.col("_is_shown").fill_null(value=False)
    is_withheld = ~is_shown & (pl.col("is_kept_back") | (is_halted & is_ahead))
    is_ours = pl.col("is_pick") & (pl.col("stage") == CHAMPION) & ~pl.col("is_late")
    return (
        pl.when(is_ours & is_withheld)
        .then(pl.lit(WITHHELD))
        .when(is_ours & pl.col("is_current"))
        .then(pl.lit(PUBLISHED))
        .when(is_ours)
        .then(pl.lit(SUPERSEDED))
    )


def _result() -> pl.Expr:
    return (
        pl.when(pl.col("grade_state") == VOID)
        .then(pl.lit("void"))
        .otherwise(pl.col("grade_outcome").fill_null(UNGRADED))
    )


def earlier_grades(grades: pl.DataFrame) -> pl.DataFrame:
    """Return the versions of grades that a later one replaced, oldest first."""
    newest = pl.col("version").max().over(KEY)
    before = grades.filter(pl.col("version") < newest).sort(*KEY, "version", "graded_at")
    return before.unique([*KEY, "version"], keep="first", maintain_order=True)


def refuse_doubles(table: str, frame: pl.DataFrame, key: tuple[str, ...]) -> None:
    """Raise a TipoffError where a key is stored twice: nobody could say which row counts."""
    doubles = frame.filter(pl.struct(key).is_duplicated())
    if not doubles.is_empty():
        first = ", ".join(str(doubles[name][0]) for name in key)
        raise TipoffError(
            f"Expected one row of {table} per {', '.join(key)}, but {doubles.height} rows share "
            f"theirs with another, the first {first}. Nothing is published; find who wrote twice."
        )


def suppressed(rows: pl.DataFrame, halts: pl.DataFrame) -> pl.DataFrame:
    """Withhold every pick of the markets that some halts halt, whatever was published before."""
    halted = halts["market"].to_list()
    is_halted = pl.lit(ALL_MARKETS in halted) | pl.col("market").is_in(halted)
    return rows.with_columns(
        status=pl.when(is_halted & pl.col("status").is_not_null())
        .then(pl.lit(WITHHELD))
        .otherwise("status")
    )
