"""Find the player-games of one file in another: by id, by name, turned round, by initials.

No season, team or schedule is known here, only who stands on which date; a name that may be two
players of a date is nobody. Dates of whole files may be a day off, as where one is in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from tipoff.sources.identity import canonical

WHO = ["name_key", "player_id", "team", "game_date"]
_NAME = ["name_key", "player_id"]
_LISTED = 20
_NEAREST = 3
_ALIKE = 0.75
# Ids are of one system where so many of them are known, and stand for the same names.
_SAME_IDS = 0.5
_TURN = r"^(.*) (\S+)$"
_FIRST, _LAST = r"^(\S+) ", r" (\S+)$"
_INITIALS = 2
OFFSETS = (-1, 0, 1)
UNKNOWN_NAME = "name unknown"
NO_DATE = "no rows on that date"
NOT_LISTED = "not listed on that date"


@dataclass(frozen=True)
class Match:
    """Which player-games of one file stand in another.

    Attributes:
        found: the wanted ``WHO`` with ``player`` and ``known_date``, as the other file has them.
        missing: the wanted ``WHO`` without one, with ``reason``.
        slip: days that the other file's dates lie after the wanted ones.
        at: player-games found at each offset of days, whichever was taken.
    """

    found: pl.DataFrame
    missing: pl.DataFrame
    slip: int
    at: Mapping[int, int]


def player() -> pl.Expr:
    """Return what a player is called inside one file: his name's key, else his id."""
    return pl.coalesce("name_key", pl.concat_str(pl.lit("id:"), pl.col("player_id")))


def matched(wanted: pl.DataFrame, known: pl.DataFrame) -> Match:
    """Find player-games of one file in another.

    Args:
        wanted: rows with ``WHO``; repeated ones count once.
        known: rows of the other file with ``WHO``.

    Returns:
        The match. The dates are taken as one day off where half as many player-games again are
        found so than on the dates as written.
    """
    asked = wanted.select(WHO).unique(maintain_order=True)
    there = known.select(*WHO, player=player()).unique(maintain_order=True)
    ways = _ways(asked.select(_NAME).unique(maintain_order=True), there)
    by_offset = {offset: _hits(asked, there, ways, offset) for offset in OFFSETS}
    at = {offset: hits.height for offset, hits in by_offset.items()}
    best = max(OFFSETS, key=lambda offset: (at[offset], offset == 0))
    slip = best if at[best] > 1.5 * at[0] else 0
    found = by_offset[slip]
    missing = asked.join(
        found.select(WHO), on=WHO, how="anti", nulls_equal=True, maintain_order="left"
    )
    return Match(found, missing.with_columns(reason=_reason(ways, there, slip)), slip, at)


def _ways(names: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """Return whom each wanted name may be, by ``way``: the lower, the surer."""
    known = there.select("player", "name_key", known_id="player_id").unique(maintain_order=True)
    found = [_by_id(names, known)]
    named = known.drop_nulls("name_key").select("player", key="name_key").unique()
    asked = names.drop_nulls("name_key")
    direct = asked.with_columns(key="name_key")
    turned = asked.with_columns(key=pl.col("name_key").str.replace(_TURN, "${2} ${1}"))
    turned = turned.with_columns(canonical("key"))
    found += [frame.join(named, on="key").select(*_NAME, "player") for frame in (direct, turned)]
    found.append(_by_initial(asked, named))
    return pl.concat([frame.with_columns(way=pl.lit(way)) for way, frame in enumerate(found)])


def _by_id(names: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return players of the same id, where both files use the same ids."""
    ids = names.drop_nulls("player_id")
    hits = ids.join(known, left_on="player_id", right_on="known_id", suffix="_known")
    both = hits.drop_nulls(["name_key", "name_key_known"])
    agree = both.filter(pl.col("name_key") == pl.col("name_key_known")).height
    is_same = hits["player_id"].n_unique() >= _SAME_IDS * max(ids["player_id"].n_unique(), 1)
    if not is_same or agree < _SAME_IDS * both.height:
        hits = hits.clear()
    return hits.select(*_NAME, "player").unique(maintain_order=True)


def _by_initial(asked: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Match "j green" with greens whose first name begins so, whichever file is short."""

    def parts(frame: pl.DataFrame, key: str) -> pl.DataFrame:
        name = pl.col(key)
        return frame.with_columns(
            _initial=name.str.slice(0, 1),
            _first=name.str.extract(_FIRST, 1),
            _last=name.str.extract(_LAST, 1),
        ).drop_nulls(["_first", "_last"])

    pairs = parts(asked, "name_key").join(
        parts(named, "key"), on=["_initial", "_last"], suffix="_known"
    )
    one, other = pl.col("_first"), pl.col("_first_known")
    shorter = pl.min_horizontal(one.str.len_chars(), other.str.len_chars())
    begins = one.str.starts_with(other) | other.str.starts_with(one)
    short = pairs.filter(begins, one != other, shorter <= _INITIALS)
    return short.select(*_NAME, "player")


def _hits(
    asked: pl.DataFrame, there: pl.DataFrame, ways: pl.DataFrame, offset: int
) -> pl.DataFrame:
    """Return the player-games found with the other file's dates some days later."""
    dated = there.select(
        "player",
        known_team="team",
        known_date="game_date",
        game_date=pl.col("game_date").dt.offset_by(f"{-offset}d"),
    ).unique(maintain_order=True)
    pairs = asked.join(ways, on=_NAME, nulls_equal=True, maintain_order="left").join(
        dated, on=["player", "game_date"], maintain_order="left"
    )
    # Teams tell apart players of one name; a file that knows none is no reason against.
    elsewhere = (pl.col("team") != pl.col("known_team")).fill_null(value=False)
    ranked = pairs.with_columns(_rank=pl.col("way") * 2 + elsewhere)
    best = ranked.filter(pl.col("_rank") == pl.col("_rank").min().over(WHO))
    alone = best.unique([*WHO, "player"], maintain_order=True).filter(pl.len().over(WHO) == 1)
    return alone.select(*WHO, "player", "known_date")


def _reason(ways: pl.DataFrame, there: pl.DataFrame, slip: int) -> pl.Expr:
    named = ways["name_key"].drop_nulls().unique().implode()
    by_id = ways["player_id"].drop_nulls().unique().implode()
    is_known = pl.col("name_key").is_in(named) | pl.col("player_id").is_in(by_id)
    days = there["game_date"].unique().implode()
    has_date = pl.col("game_date").dt.offset_by(f"{slip}d").is_in(days)
    return (
        pl.when(~is_known.fill_null(value=False))
        .then(pl.lit(UNKNOWN_NAME))
        .when(~has_date)
        .then(pl.lit(NO_DATE))
        .otherwise(pl.lit(NOT_LISTED))
    )


def unmatched_names(match: Match, known: pl.DataFrame) -> list[dict[str, object]]:
    """Return the names that the other file does not know, those of the most rows first.

    Args:
        match: the match.
        known: rows of the other file with ``name_key``.

    Returns:
        Up to twenty ``name, player_games, nearest``: the other file's names that look most alike.
    """
    strangers = match.missing.filter(pl.col("reason") == UNKNOWN_NAME).with_columns(name=player())
    counted = strangers.group_by("name").len().sort(["len", "name"], descending=[True, False])
    names = known["name_key"].drop_nulls().unique().sort().to_list()
    return [
        {
            "name": name,
            "player_games": n,
            "nearest": get_close_matches(name, names, _NEAREST, _ALIKE),
        }
        for name, n in counted.head(_LISTED).iter_rows()
    ]
