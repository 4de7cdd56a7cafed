"""From the bookmakers of one event of The Odds API to quotes on players and on the game.

The API gives one object per side; both sides of a quote become one row. Sides that belong together
stand in one market of one book, with the same player and point; of several such pairs, as two
players of one name make, the first goes with the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from tipoff.domain.market import MARKET_SPELLINGS
from tipoff.domain.teams import SPELLINGS
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.game_lines import MARKET_NAMES, game_lines
from tipoff.sources.json_fields import Refusals, inside, moment, number, objects, text
from tipoff.sources.line_marks import GAME_SIDES, PROP_SIDES
from tipoff.sources.line_rows import daily_known, eastern_day
from tipoff.sources.prop_quotes import prop_quotes
from tipoff.sources.quote_sides import NO_SIDE, UNKNOWN_MARKET, counted, joined
from tipoff.tables.table import UTC_MOMENT

AMERICAN, DECIMAL = "american", "decimal"

_OF_PLAYERS = "player_"
_ALTERNATE_ENDING, _ALTERNATE_BEGINNING = "_alternate", "alternate_"
_SIDE: dict[str, pl.DataType] = {
    "market": pl.String(),
    "book": pl.String(),
    "is_alternate": pl.Boolean(),
    "quoted_at": UTC_MOMENT,
    "player_name": pl.String(),
    "line": pl.Float64(),
    "is_first": pl.Boolean(),
    "price": pl.Float64(),
}
_KEY = ["market", "book", "is_alternate", "quoted_at", "player_name", "line"]


@dataclass(frozen=True)
class Event:
    """What an event says of its game, and when what is read was so.

    Attributes:
        event_id: the provider's.
        home, away: the provider's spellings.
        commence_at: when it starts, as far as was known then.
        snapshot_at: when the quotes stood as they are read; null where that is not known.
        refusal: why all of its quotes are refused; null where they are not.
    """

    event_id: str | None
    home: str | None
    away: str | None
    commence_at: datetime | None
    snapshot_at: datetime | None
    refusal: str | None = None


def market_of(key: str | None) -> tuple[str, bool] | None:
    """Return tipoff's market of a provider's key and whether it holds alternates; else None."""
    if key is None:
        return None
    bare = key.removesuffix(_ALTERNATE_ENDING).removeprefix(_ALTERNATE_BEGINNING)
    of_players = MARKET_SPELLINGS.get(bare) if bare.startswith(_OF_PLAYERS) else None
    known = MARKET_NAMES.get(bare) or of_players
    return (known, bare != key) if known else None


def quotes(
    event: Event,
    bookmakers: object,
    reference: Reference,
    source: str,
    odds_format: str | None,
) -> list[Parsed]:
    """Return the quotes of an event, player props and game lines, with counted refusals.

    Every side of the answer is in a row, refused, or joined to its other side: sides = rows +
    refused + joined (a note).

    Args:
        event: the game, and when the quotes stood so.
        bookmakers: as the answer has them.
        reference: the known games.
        source: name of the rows' source.
        odds_format: ``american`` or ``decimal``; where it is not known, the prices tell.
    """
    refused = Refusals()
    sides = pl.DataFrame(_sides(event, bookmakers, refused), schema=_SIDE, orient="row")
    american = _american(sides, odds_format)
    is_prop = ~pl.col("market").is_in(sorted(set(MARKET_NAMES.values())))
    props, lines = american.filter(is_prop), american.filter(~is_prop)
    found = []
    if lines.is_empty() or not props.is_empty() or refused:
        rows, both = joined(props, _KEY, PROP_SIDES)
        players = prop_quotes(_stated(rows, event), reference, source, daily_known())
        found.append(counted(players, refused, both))
    if not lines.is_empty():
        rows, both = joined(lines, _KEY, GAME_SIDES)
        games = game_lines(_stated(rows, event), reference, source, daily_known())
        found.append(counted(games, {}, both))
    return found


def _sides(event: Event, bookmakers: object, refused: Refusals) -> list[tuple[Any, ...]]:
    """Walk through books and markets to one tuple per side, in the columns of ``_SIDE``."""
    rows: list[tuple[Any, ...]] = []
    for book in objects(bookmakers, "a book", refused):
        name = text(book.get("key")) or text(book.get("title"))
        for market in objects(book.get("markets"), "a market", refused):
            at = moment(market.get("last_update")) or moment(book.get("last_update"))
            known = market_of(text(market.get("key")))
            outcomes = list(objects(market.get("outcomes"), "a side", refused))
            if event.refusal or known is None:
                refused.add(event.refusal or UNKNOWN_MARKET, len(outcomes))
                continue
            for outcome in outcomes:
                side = _side(known[0], outcome, event)
                if side is None:
                    refused.add(NO_SIDE)
                else:
                    rows.append((known[0], name, known[1], at, *side))
    return rows


def _side(market: str, outcome: Mapping[str, Any], event: Event) -> tuple[Any, ...] | None:
    """Return player, line, whether it is the first side, and price; None where it is no side."""
    name, price = (text(outcome.get("name")) or "").casefold(), number(outcome.get("price"))
    point = number(outcome.get("point"))
    if market in ("spread", "moneyline"):
        code, home, away = (
            SPELLINGS.get((spelling or "").casefold())
            for spelling in (name, event.home, event.away)
        )
        if code is None or code not in (home, away) or home == away:
            return None
        if market == "moneyline":
            return None, 0.0, code == home, price
        # Nought minus, and not the minus sign, so that an even spread has one form for both sides.
        line = point if code == home or point is None else 0.0 - point
        return None, line, code == home, price
    if name not in ("over", "under"):
        return None
    player = None if market == "total" else text(outcome.get("description"))
    return player, point, name == "over", price


def _american(sides: pl.DataFrame, odds_format: str | None) -> pl.DataFrame:
    """Bring prices to American odds; what is no price of its format stays a number that is none."""
    is_decimal = (
        odds_format == DECIMAL
        if odds_format in (AMERICAN, DECIMAL)
        # American prices are never between -100 and 100; decimal ones hardly ever above that.
        else bool(sides["price"].is_between(1, 100, closed="none").any())
    )
    if not is_decimal:
        return sides
    won = pl.col("price") - 1
    # What would win nothing becomes nought, which is no American price and is noted as such.
    no_win = pl.when(won.is_not_null()).then(0.0)
    american = pl.when(won >= 1).then(100 * won).when(won > 0).then(-100 / won).otherwise(no_win)
    return sides.with_columns(price=american)


def _stated(rows: pl.DataFrame, event: Event) -> pl.DataFrame:
    return rows.with_columns(
        event_id=pl.lit(event.event_id, pl.String),
        home=pl.lit(event.home, pl.String),
        away=pl.lit(event.away, pl.String),
        commence_at=pl.lit(event.commence_at, UTC_MOMENT),
        snapshot_at=pl.lit(event.snapshot_at, UTC_MOMENT),
    ).with_columns(stated_date=eastern_day("commence_at"))


def event_of(
    found: Mapping[str, Any], snapshot_at: datetime | None, refusal: str | None = None
) -> Event:
    """Return what an event of an answer says of its game."""
    return Event(
        text(found.get("id")),
        text(found.get("home_team")),
        text(found.get("away_team")),
        moment(inside(found, "commence_time")),
        snapshot_at,
        refusal,
    )
