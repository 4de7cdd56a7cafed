"""Lines on games: spread, total and moneyline from what both teams are expected to score."""

import numpy as np
import polars as pl

from tipoff.sources.league.news import eastern
from tipoff.sources.league.rosters import Floats
from tipoff.sources.league.settings import LeagueSettings
from tipoff.sources.league.sheet import shaped
from tipoff.tables.raw import GAME_LINES

_MARGIN_DEVIATION = 12.5
_ERROR = 1.2


def game_lines(
    rng: np.random.Generator, settings: LeagueSettings, sheet: pl.DataFrame
) -> pl.DataFrame:
    """Return rows of ``game_lines``: each book in the morning and before tip-off."""
    games = (
        sheet.group_by("game_id", "game_date", "season", "tip_off_at")
        .agg(
            home_early=pl.col("expected_early").filter("is_home").sum(),
            away_early=pl.col("expected_early").filter(~pl.col("is_home")).sum(),
            home=pl.col("expected").filter("is_home").sum(),
            away=pl.col("expected").filter(~pl.col("is_home")).sum(),
        )
        .sort("game_id")
    )
    frames = []
    for number, book in enumerate(settings.books[:3]):
        for moment, suffix in (("morning", "_early"), ("closing", "")):
            at = (
                eastern(pl.col("game_date"), 9 * 60 + 7 * number)
                if moment == "morning"
                else pl.col("tip_off_at") - pl.duration(minutes=6 + number)
            )
            home = games[f"home{suffix}"].to_numpy() + rng.normal(0, _ERROR, games.height)
            away = games[f"away{suffix}"].to_numpy() + rng.normal(0, _ERROR, games.height)
            frames += _quoted(games.with_columns(quoted_at=at), settings, book, home, away)
    return pl.concat(frames).sort(GAME_LINES.key)


def _quoted(
    games: pl.DataFrame, settings: LeagueSettings, book: str, home: Floats, away: Floats
) -> list[pl.DataFrame]:
    margin, total = home - away, home + away
    chance = np.clip(1 / (1 + np.exp(-1.702 * margin / _MARGIN_DEVIATION)), 0.05, 0.95)
    even = np.full(games.height, -110)
    stated = {
        "spread": (-(np.round(margin * 2) / 2), even, even),
        "total": (np.round(total * 2) / 2, even, even),
        "moneyline": (
            np.zeros(games.height),
            _moneyline(chance * (1 + settings.hold)),
            _moneyline((1 - chance) * (1 + settings.hold)),
        ),
    }
    return [
        shaped(
            GAME_LINES,
            games.with_columns(
                book=pl.lit(book),
                market=pl.lit(market),
                line=pl.Series(line) + 0.0,
                quote_number=pl.lit(1),
                home_or_over_price=pl.Series(first),
                away_or_under_price=pl.Series(second),
                is_alternate=pl.lit(value=False),
                is_stale=pl.lit(value=False),
                is_after_tip_off=pl.lit(value=False),
            ),
            pl.col("quoted_at"),
        )
        for market, (line, first, second) in stated.items()
    ]


def _moneyline(share: Floats) -> Floats:
    bounded = np.clip(share, 0.04, 0.96)
    price = np.where(bounded >= 0.5, -100 * bounded / (1 - bounded), 100 * (1 - bounded) / bounded)
    return np.asarray(np.round(price))
