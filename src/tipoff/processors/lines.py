"""What books say of the player and the game at the decision instant, for the context.

``player_lines`` gives ``line_last, line_open, line_median, line_std, line_last_preferred,
line_first_today, price_skew, late_moves, line_known_at``; ``margins`` gives ``recent_margins``
(results less lines, the most recent first), ``lined_days_ago``, ``line_median_before`` and
``lined_known_at``; ``game_lines`` gives ``game_total, home_spread, game_line_known_at``.
"""

import polars as pl

from tipoff.domain.clock import EASTERN, RECORDED
from tipoff.processors.declare import filled
from tipoff.store.door import SPINE_ID, World, history, known
from tipoff.store.exact import on_grid
from tipoff.store.quotes import PREFERRED_BOOK, QUOTE_COLUMNS, UNUSABLE, line_summary, main_quotes
from tipoff.store.versions import KNOWN_AT

LINED_GAMES = 10
LATE_MINUTES = 240
_ORDER = ("book", KNOWN_AT, "source", "line", "quote_number")


def player_lines(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Summarise the market's known quotes on each spine row's player and game."""
    quotes = main_quotes(
        known(
            world,
            spine,
            "prop_quotes",
            by=["game_id", "player_id"],
            columns=[*QUOTE_COLUMNS, "observed_basis", *UNUSABLE],
        )
    ).sort(SPINE_ID, *_ORDER)
    newest = quotes.group_by(SPINE_ID, maintain_order=True).agg(
        line_known_at=pl.col(KNOWN_AT).max()
    )
    parts = [newest, _today(quotes, spine), _skew(quotes), _late_moves(quotes, spine)]
    return filled(line_summary(quotes, [SPINE_ID]), parts)


def _today(quotes: pl.DataFrame, spine: pl.DataFrame) -> pl.DataFrame:
    """The preferred book's first line known on the game date, US Eastern."""
    own = quotes.filter(pl.col("book") == PREFERRED_BOOK).join(
        spine.select(SPINE_ID, "game_date"), on=SPINE_ID, maintain_order="left"
    )
    day = pl.col(KNOWN_AT).dt.convert_time_zone(EASTERN.key).dt.date()
    return (
        own.filter(day == pl.col("game_date"))
        .group_by(SPINE_ID, maintain_order=True)
        .agg(line_first_today=pl.col("line").first())
    )


def _skew(quotes: pl.DataFrame) -> pl.DataFrame:
    """Over's implied probability less the under's, mean over the books' last quotes."""
    last = quotes.group_by(SPINE_ID, "book", maintain_order=True).agg(
        pl.col("over_price", "under_price").last()
    )
    skew = _implied("over_price") - _implied("under_price")
    return (
        last.with_columns(on_grid(skew).alias("skew"))
        .drop_nulls("skew")
        .group_by(SPINE_ID, maintain_order=True)
        .agg(price_skew=pl.col("skew").mean())
    )


def _implied(price: str) -> pl.Expr:
    """Implied probability of American odds: risk over risk plus win."""
    odds = pl.col(price).cast(pl.Float64)
    return pl.when(odds > 0).then(100 / (odds + 100)).otherwise(-odds / (100 - odds))


def _late_moves(quotes: pl.DataFrame, spine: pl.DataFrame) -> pl.DataFrame:
    """Changes of books' lines in the last 240 minutes before tip-off, up to the decision."""
    timed = quotes.filter(pl.col("observed_basis") == RECORDED).join(
        spine.select(SPINE_ID, "tip_off_at"), on=SPINE_ID, maintain_order="left"
    )
    same_book = (pl.col("book") == pl.col("book").shift(1)) & (
        pl.col(SPINE_ID) == pl.col(SPINE_ID).shift(1)
    )
    is_late = pl.col("tip_off_at") - pl.col(KNOWN_AT) <= pl.duration(minutes=LATE_MINUTES)
    moved = same_book & is_late & (pl.col("line") != pl.col("line").shift(1))
    return (
        timed.with_columns(_moved=moved.fill_null(value=False))
        .group_by(SPINE_ID, maintain_order=True)
        .agg(late_moves=pl.col("_moved").sum().cast(pl.Float64))
    )


def margins(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """The latest games of the season that had a line, and what came of them."""
    lined = history(
        world,
        spine,
        "lined_games",
        by=["player_id"],
        columns=["line", "line_median", "result", KNOWN_AT],
        last=LINED_GAMES,
        season_only=True,
    ).join(spine.select(SPINE_ID, _date="game_date"), on=SPINE_ID, maintain_order="left")
    return lined.group_by(SPINE_ID, maintain_order=True).agg(
        recent_margins=(pl.col("result") - pl.col("line")).implode(),
        line_median_before=pl.col("line_median").first(),
        lined_days_ago=(pl.col("_date") - pl.col("game_date")).dt.total_days().first(),
        lined_known_at=pl.col(KNOWN_AT).max(),
    )


def game_lines(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Median over books of the last main total and spread of each game."""
    marks = UNUSABLE[:3]
    games = spine.unique("game_id", maintain_order=True)
    quotes = known(
        world,
        games,
        "game_lines",
        by=["game_id"],
        columns=["game_id", "market", "book", "source", "line", "quote_number", *marks],
    ).filter(~pl.any_horizontal(marks), pl.col("market") != "moneyline")
    last = (
        quotes.sort("game_id", "market", "book", KNOWN_AT, "source", "line", "quote_number")
        .group_by("game_id", "market", "book", maintain_order=True)
        .agg(pl.col("line").last(), pl.col(KNOWN_AT).last())
    )
    return last.group_by("game_id", maintain_order=True).agg(
        game_total=pl.col("line").filter(pl.col("market") == "total").median(),
        home_spread=pl.col("line").filter(pl.col("market") == "spread").median(),
        game_line_known_at=pl.col(KNOWN_AT).max(),
    )
