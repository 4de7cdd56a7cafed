"""Columns of files that anybody wrote, recognised by their names and by what stands in them.

A name is read as words, whatever its case and separators (``gameDate``, ``GAME DATE``); words that
name a market are set apart, so that ``pred_pts`` is a prediction of points. A role goes to the
surest of its spellings whose column holds what the role needs: ``result`` may be a count or a word.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from tipoff.domain.market import MARKET_SPELLINGS, MARKETS, Market
from tipoff.errors import InputError
from tipoff.sources import loose_values as values

_SAMPLE = 2_000
_FITS = 0.6
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|%")
# Spellings of markets in names of columns, beyond those that providers use as values.
_FURTHER = {
    "rebound": "rebounds",
    "trb": "rebounds",
    "total_rebounds": "rebounds",
    "assist": "assists",
    "fg3m": "threes",
    "3pm": "threes",
    "3p": "threes",
    "tpm": "threes",
    "3pts": "threes",
    "threes_made": "threes",
    "three_pointers_made": "threes",
    "steal": "steals",
    "block": "blocks",
    "tov": "turnovers",
}

Fits = Callable[[pl.Series], float]


@dataclass(frozen=True)
class Role:
    """What a column is for.

    Attributes:
        name: its name in tipoff.
        spellings: names that columns of it have, the surest first, as words joined by ``_``.
        fits: share of its values that can be read as what the role needs.
    """

    name: str
    spellings: tuple[str, ...]
    fits: Fits


def _role(name: str, fits: Fits, spellings: str) -> Role:
    return Role(name, (name, *spellings.split()), fits)


_WHO_AND_WHEN = (
    _role(
        "player_name", values.name_share, "player full_name name player_full_name athlete "
        "athlete_name participant display_name player_display_name description player_lookup",
    ),
    _role("player_id", values.text_share, "nba_player_id nba_id person_id athlete_id pid"),
    _role("team", values.text_share, "player_team team_name team_abbreviation team_abbr tm"),
    _role(
        "tip_off_at", values.moment_share, "tip_off tipoff tipoff_at tipoff_time tip_time "
        "commence_time commence_at start_time start_time_utc game_time game_time_utc game_start "
        "game_datetime event_time datetime_utc",
    ),
    _role(
        "game_date", values.day_share, "date game_day day event_date match_date slate_date "
        "game_dt stated_date game_date_est file_date",
    ),
    _role(
        "market", values.text_share, "market_name market_key prop prop_type prop_market stat "
        "stat_type category bet_type",
    ),
)  # fmt: skip
_LINE = (
    _role(
        "line", values.number_share, "prop_line market_line ou_line book_line sportsbook_line "
        "betting_line line_value over_under point prop threshold current_line "
        "consensus_line vegas_line closing_line close_line opening_line open_line",
    ),
    _role(
        "over_price", values.price_share, "over_odds odds_over price_over over_american over_juice "
        "over",
    ),
    _role(
        "under_price", values.price_share, "under_odds odds_under price_under under_american "
        "under_juice under",
    ),
    _role("price", values.price_share, "odds american_odds odds_american juice decimal_odds"),
    _role(
        "book", values.text_share, "bookmaker sportsbook bookie book_name bookmaker_key "
        "bookmaker_title operator site",
    ),
)  # fmt: skip
_SIDE = _role(
    "side", values.side_share, "pick recommendation rec direction over_under ou play selection "
    "pick_side bet_side bet lean name label",
)  # fmt: skip
_QUOTED = (
    "quote_time line_at line_time odds_time odds_timestamp line_timestamp snapshot_time "
    "snapshot_timestamp market_last_update bookmaker_last_update last_update"
)
_MINUTES = _role("minutes", values.minutes_share, "min mins mp minutes_played")

PREDICTIONS: tuple[Role, ...] = (
    *_WHO_AND_WHEN,
    *_LINE,
    _SIDE,
    _role(
        "prediction", values.number_share, "predicted pred prediction_value predicted_value "
        "pred_value projection projected proj model_prediction model_pred model_projection "
        "forecast estimate yhat y_hat y_pred expected model",
    ),
    _role(
        "stated_outcome", values.outcome_share, "outcome result win_loss wl bet_result grade hit "
        "won correct is_correct prediction_correct",
    ),
    _role(
        "actual", values.number_share, "actual_value actual_result actuals real observed final "
        "y_true y truth result outcome stat_value scored",
    ),
    _role(
        "predicted_at", values.moment_share, "prediction_time prediction_timestamp predicted_time "
        "pred_time prediction_date created_at made_at generated_at generated run_at model_run_at "
        "as_of timestamp inserted_at",
    ),
    _role("quoted_at", values.moment_share, _QUOTED),
    _MINUTES,
)  # fmt: skip
LINES: tuple[Role, ...] = (
    *_WHO_AND_WHEN,
    *_LINE,
    _SIDE,
    _role("quoted_at", values.moment_share, _QUOTED + " timestamp updated_at created_at"),
)
BOXES: tuple[Role, ...] = (*_WHO_AND_WHEN, _MINUTES)
# Roles whose columns may carry the name of the market beside their own.
_OF_MARKET = {"prediction", "line", "over_price", "under_price", "price", "actual", "side"}


def words(name: str) -> tuple[str, ...]:
    """Return a column's name as lower-case words: ``gameDate`` and ``GAME_DATE`` are alike."""
    return tuple(word.lower() for word in _WORD.findall(name))


def _bare(name: str) -> str:
    """Return a name as one word: ``PLAYERNAME`` can not be told apart into two."""
    return "".join(words(name))


def _markets_by_words() -> dict[tuple[str, ...], str]:
    known = {words(spelling): name for spelling, name in (MARKET_SPELLINGS | _FURTHER).items()}
    # Numbers are ids of markets at providers; a column that ends in "prop" is of a line.
    return {
        key: name
        for key, name in known.items()
        if key[-1] != "prop" and not all(word.isdigit() for word in key)
    }


_BY_WORDS = _markets_by_words()
_LONGEST = max(len(key) for key in _BY_WORDS)


def market_apart(name: str) -> tuple[str, str | None]:
    """Return a column's name as one word without the market that it names, and that market.

    The longest market wins: ``pts_reb_ast_line`` is of the sum, not of points. A name that says
    nothing but a market has an empty rest.
    """
    own = words(name)
    for length in range(_LONGEST, 0, -1):
        for start in range(len(own) - length + 1):
            market = _BY_WORDS.get(own[start : start + length])
            if market is not None:
                return "".join(own[:start] + own[start + length :]), market
    return _bare(name), None


def recognised(
    rows: pl.DataFrame, roles: Sequence[Role], market: Market, mapped: Mapping[str, str]
) -> dict[str, str]:
    """Return which column plays which role; a column plays one.

    Args:
        rows: the file, all columns as they stand.
        roles: the roles that it may hold.
        market: columns that name another market play no role.
        mapped: role = column, as somebody stated: it goes before everything else.

    Raises:
        InputError: a stated role or column does not exist.
    """
    _check(mapped, roles, rows.columns)
    found = dict(mapped)
    free = [column for column in rows.columns if column not in mapped.values()]
    plain, of_market = _by_name(free, market)
    # Spellings before roles: a sure name of one role is no vague name of another.
    ranked = [(p, role) for role in roles for p in range(len(role.spellings))]
    for place, role in sorted(ranked, key=lambda pair: pair[0]):
        spelling = _bare(role.spellings[place])
        named = plain.get(spelling, []) + (
            of_market.get(spelling, []) if role.name in _OF_MARKET else []
        )
        fitting = [c for c in named if c not in found.values() and _holds(rows[c], role.fits)]
        if role.name not in found and fitting:
            found[role.name] = fitting[0]
    if "actual" not in found and any(role.name == "actual" for role in roles):
        found |= _bare_result(rows, of_market.get("", []), found)
    return found


def _by_name(
    columns: Iterable[str], market: Market
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the columns by name, and those that name the market by the rest of theirs."""
    plain: dict[str, list[str]] = {}
    of_market: dict[str, list[str]] = {}
    for column in columns:
        plain.setdefault(_bare(column), []).append(column)
        rest, named = market_apart(column)
        if named == market.name:
            of_market.setdefault(rest, []).append(column)
    return plain, of_market


def _bare_result(
    rows: pl.DataFrame, columns: Sequence[str], found: Mapping[str, str]
) -> dict[str, str]:
    """A column that says nothing but the market, such as ``PTS``, is what happened."""
    fitting = [
        c for c in columns if c not in found.values() and _holds(rows[c], values.number_share)
    ]
    return {"actual": fitting[0]} if fitting else {}


def _holds(column: pl.Series, fits: Fits) -> bool:
    sample = column.drop_nulls().head(_SAMPLE)
    return not sample.is_empty() and fits(sample) >= _FITS


def _check(mapped: Mapping[str, str], roles: Sequence[Role], columns: Sequence[str]) -> None:
    names = [role.name for role in roles]
    for name, column in mapped.items():
        if name not in names:
            raise InputError(f"Expected a role out of {', '.join(names)} in --map, got {name!r}.")
        if column not in columns:
            raise InputError(
                f"Expected --map {name} to name a column out of {', '.join(columns)}; got "
                f"{column!r}."
            )


def markets_predicted(columns: Iterable[str]) -> list[str]:
    """Return the markets that names of columns of predictions carry, in their order."""
    spelled = next(role for role in PREDICTIONS if role.name == "prediction").spellings
    known = {_bare(spelling) for spelling in spelled}
    found = (market_apart(column) for column in columns)
    return list(dict.fromkeys(market for rest, market in found if market and rest in known))


def counts(columns: Sequence[str]) -> dict[str, str]:
    """Return which column holds which count of a box score, such as ``threes_made = "FG3M"``."""
    single = {
        market.name: market.columns[0] for market in MARKETS.values() if len(market.columns) == 1
    }
    found: dict[str, str] = {}
    for column in columns:
        rest, named = market_apart(column)
        if not rest and named in single:
            found.setdefault(single[named], column)
    return found
