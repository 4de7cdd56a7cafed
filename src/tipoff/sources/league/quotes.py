"""The market: what books believe, how that turns into lines and prices, and when they move."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from tipoff.sources.league.news import eastern
from tipoff.sources.league.rosters import Floats
from tipoff.sources.league.settings import LINED, LeagueSettings
from tipoff.sources.league.sheet import shaped
from tipoff.tables.raw import PROP_QUOTES

# Moments of a quote and how much of the common error is left then.
_MOMENTS = ("opening", "morning", "late", "closing")
_ERROR_LEFT = (1.0, 0.9, 0.75, 0.65)
_LEAST_EXPECTED = 5.0
# A count is skewed: its median lies under its mean.
_MEDIAN_SHIFT = {"points": 0.5, "points_rebounds_assists": 0.5}
_OTHER_SHIFT = 0.2
# Other markets: the sheet's columns whose sum is expected.
_EXTRA = {
    "rebounds": ("rebounds_early",),
    "assists": ("assists_early",),
    "threes": ("threes_early",),
    "points_rebounds_assists": ("believed_early", "rebounds_early", "assists_early"),
}


def lined(sheet: pl.DataFrame) -> pl.DataFrame:
    """Return the player-games that books open lines on: the eight who score most, if they do."""
    ranked = sheet.filter(
        pl.col("expected_early") > _LEAST_EXPECTED, pl.col("is_sudden") | ~pl.col("is_out")
    ).sort("game_id", "team", "place")
    place = pl.col("expected_early").rank("ordinal", descending=True).over("game_id", "team")
    return ranked.filter(place <= LINED)


def prop_quotes(
    rng: np.random.Generator, settings: LeagueSettings, rows: pl.DataFrame
) -> pl.DataFrame:
    """Return rows of ``prop_quotes`` for lined player-games.

    Args:
        rng: source of chance.
        settings: the market's errors, margin and lag.
        rows: lined rows of the sheet with ``out_at``.
    """
    common = rng.normal(0, settings.market_error, rows.height)
    frames = [
        _points_of_book(rng, settings, rows, common, number, book)
        for number, book in enumerate(settings.books)
    ]
    last = settings.books[-1]
    frames += [
        _alternates(rng, settings, rows, common, last),
        _in_game(rng, settings, rows, last),
    ]
    if settings.extra_markets:
        frames += [
            _other_market(rng, settings, rows, common, market, book)
            for market in _EXTRA
            for book in settings.books[:2]
        ]
    key = [c for c in PROP_QUOTES.key if c != "quote_number"]
    quotes = pl.concat(frames).with_columns(pl.lit(1, pl.Int32).alias("quote_number"))
    # Two players of one name may meet in one game.
    numbered = quotes.sort(*key, "player_id").with_columns(
        quote_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(key)
    )
    return numbered.select(list(PROP_QUOTES.columns)).sort(PROP_QUOTES.key)


def _points_of_book(
    rng: np.random.Generator,
    settings: LeagueSettings,
    rows: pl.DataFrame,
    common: Floats,
    number: int,
    book: str,
) -> pl.DataFrame:
    early, final = rows["believed_early"].to_numpy(), rows["believed"].to_numpy()
    own = rng.normal(0, settings.book_error, rows.height)
    quotes = []
    for moment, left in zip(_MOMENTS, _ERROR_LEFT, strict=True):
        heard = {"late": 1 - settings.book_lag, "closing": 1.0}.get(moment, 0.0)
        # Who is out himself is expected to score nothing: his line stays until it is taken down.
        target = np.where(final > 0, final, early)
        mean = (early + heard * (target - early)) * (1 + left * common + own)
        if book == settings.mispriced_book:
            mean = mean + settings.mispricing
        posted = _posted(rng, settings, rows, mean, "points", book)
        quotes.append(_while_up(_timed(rng, posted, moment, number)))
    return pl.concat(quotes)


def _posted(
    rng: np.random.Generator,
    settings: LeagueSettings,
    rows: pl.DataFrame,
    mean: Floats,
    market: str,
    book: str,
    shift: Floats | float = 0.0,
) -> pl.DataFrame:
    """Turn beliefs into a line near their median and prices of both sides with the margin."""
    deviation = np.maximum(0.95 * np.sqrt(np.maximum(mean, 0.1)) + 0.09 * mean, 0.6)
    median = mean - _MEDIAN_SHIFT.get(market, _OTHER_SHIFT) * np.minimum(1, mean / 8)
    line = np.maximum(np.floor(median) + 0.5 + shift, 0.5)
    whole = rng.random(rows.height) < 0.04
    line = np.where(whole & (line > 2), np.round(median) + shift, line)
    over = 1 / (1 + np.exp(-1.702 * (median - line) / deviation))
    over = np.clip(over + rng.normal(0, 0.008, rows.height), 0.04, 0.96)
    sides = {"over_price": over, "under_price": 1 - over}
    prices = {name: _american(share * (1 + settings.hold)) for name, share in sides.items()}
    return rows.with_columns(
        market=pl.lit(market),
        book=pl.lit(book),
        line=pl.Series(line),
        **{name: pl.Series(price) for name, price in prices.items()},
    )


def _american(share: Floats) -> Floats:
    """Return American odds of an implied probability, in steps of one."""
    bounded = np.clip(share, 0.03, 0.97)
    price = np.where(bounded >= 0.5, -100 * bounded / (1 - bounded), 100 * (1 - bounded) / bounded)
    whole = np.round(price)
    return np.where(np.abs(whole) < 100, 100, whole)


def _timed(rng: np.random.Generator, rows: pl.DataFrame, moment: str, book: int) -> pl.DataFrame:
    jitter = pl.lit(pl.Series(rng.integers(0, 25, rows.height)))
    day = pl.col("game_date")
    at = {
        "opening": eastern(day.dt.offset_by("-1d"), 18 * 60 + 10 * book + jitter),
        "morning": eastern(day, 10 * 60 + 5 * book + jitter),
        "late": pl.col("tip_off_at") - pl.duration(minutes=45 + 4 * book + jitter),
        "closing": pl.col("tip_off_at") - pl.duration(minutes=3 + book + jitter // 2),
    }
    return rows.with_columns(quoted_at=at[moment])


def _while_up(rows: pl.DataFrame) -> pl.DataFrame:
    """Drop quotes on players already known to be out: books take these lines down."""
    up = pl.col("out_at").is_null() | (pl.col("quoted_at") < pl.col("out_at"))
    return _marked(rows.filter(up, pl.col("quoted_at") < pl.col("tip_off_at")))


def _marked(
    rows: pl.DataFrame, *, is_alternate: bool = False, is_after_tip_off: bool = False
) -> pl.DataFrame:
    stated = rows.with_columns(
        event_id="game_id",
        quote_number=pl.lit(1),
        is_alternate=pl.lit(is_alternate),
        is_stale=pl.lit(value=False),
        is_after_tip_off=pl.lit(is_after_tip_off),
        is_placeholder_price=pl.lit(value=False),
        is_odd_date=pl.lit(value=False),
    )
    return shaped(PROP_QUOTES, stated, pl.col("quoted_at"))


def _alternates(
    rng: np.random.Generator,
    settings: LeagueSettings,
    rows: pl.DataFrame,
    common: Floats,
    book: str,
) -> pl.DataFrame:
    """Ladders around the late line, for part of the player-games."""
    chosen = rng.random(rows.height) < 0.25
    part = rows.filter(pl.Series(chosen))
    mean = part["believed_early"].to_numpy() * (1 + common[chosen])
    steps: Sequence[float] = (-4.0, 4.0)
    ladders = [
        _timed(rng, _posted(rng, settings, part, mean, "points", book, shift=step), "late", 9)
        for step in steps
    ]
    both = pl.concat(ladders)
    up = pl.col("out_at").is_null() | (pl.col("quoted_at") < pl.col("out_at"))
    return _marked(both.filter(up), is_alternate=True)


def _in_game(
    rng: np.random.Generator, settings: LeagueSettings, rows: pl.DataFrame, book: str
) -> pl.DataFrame:
    """Quotes in the second half of part of the games: they know half of the result."""
    part = rows.filter(pl.Series(rng.random(rows.height) < 0.06), ~pl.col("is_out"))
    mean = 0.5 * part["points"].to_numpy() + 0.5 * part["expected"].to_numpy()
    posted = _posted(rng, settings, part, mean, "points", book)
    during = posted.with_columns(quoted_at=pl.col("tip_off_at") + pl.duration(minutes=80))
    return _marked(during, is_after_tip_off=True)


def _other_market(
    rng: np.random.Generator,
    settings: LeagueSettings,
    rows: pl.DataFrame,
    common: Floats,
    market: str,
    book: str,
) -> pl.DataFrame:
    mean = rows.select(pl.sum_horizontal(_EXTRA[market])).to_series().to_numpy() * (1 + common)
    number = settings.books.index(book)
    posted = _posted(rng, settings, rows, mean, market, book)
    return _while_up(_timed(rng, posted, "late", number))
