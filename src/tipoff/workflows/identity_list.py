"""What a stopped load names that nobody knows, for people: the worst first, and what is near."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import polars as pl

from tipoff.domain.teams import SPELLINGS
from tipoff.sources.reconcile import Known

SHOWN = 20
_SENTENCE = 3
_NEAR = 3
_WHAT = {
    "players": "names are nobody's",
    "listed": "names on lists of who is out are nobody's",
    "places": "player-games stand at teams for which nobody saw the player",
    "ids": "ids belong to players of other names",
    "teams": "rows name teams that are no NBA teams",
    "games": "games are not known or contradict known ones",
}
_NOTHING = "Nothing of it was stored, and nothing stored was changed."
_REMEDIES = {
    "players": "bring in the box scores or rosters that know them, name them in an alias file "
    "(tipoff identity suggest)",
    "places": "look whether rows stand with the games of others, bring in newer rosters",
    "ids": "look whether the names stand beside the ids of others, or the ids are not the NBA's",
    "teams": "look whether it is about the NBA, and how it spells its teams",
    "games": "look whether dates and teams are right, bring in the schedule",
}


def listed(items: pl.DataFrame, verdict: Mapping[str, Any], known: Known) -> list[dict[str, Any]]:
    """Return the bad items behind a verdict, most rows first, with what is known near them."""
    mine = pl.all_horizontal(
        pl.col(c).eq_missing(pl.lit(verdict[c])) for c in ("source", "table", "season", "kind")
    )
    worst = items.filter(mine & pl.col("is_bad")).sort(["rows", "item"], descending=[True, False])
    columns = ["item", "what", "teams", "first_date", "last_date", "rows"]
    return [
        {**row, "nearest": nearest(row, verdict, known)}
        for row in worst.head(SHOWN).select(columns).to_dicts()
    ]


def nearest(row: Mapping[str, Any], verdict: Mapping[str, Any], known: Known) -> list[str]:
    """Return what is known and resembles an unknown name, team or game most."""
    kind = verdict["kind"]
    if kind == "teams":
        names = [part for part in str(row["what"]).lower().split(" at ") if part not in SPELLINGS]
        return sorted(
            {near for name in names for near in get_close_matches(name, SPELLINGS, _NEAR)}
        )
    if kind == "games":
        return _games_that_day(row, known)
    if kind not in ("players", "listed"):
        return []
    season = known.players.filter(pl.col("season") == verdict["season"])
    there = season.filter(pl.col("team").is_in((row["teams"] or "").split()))
    for players in (there, season, known.players):
        keys = players["name_key"].unique().sort().to_list()
        if near := get_close_matches(row["item"], keys, _NEAR):
            return near
    return []


def _games_that_day(row: Mapping[str, Any], known: Known) -> list[str]:
    teams = (row["teams"] or "").split()
    day = known.games.filter(
        pl.col("game_date").eq_missing(pl.lit(row["first_date"], pl.Date))
        & (pl.col("home_team").is_in(teams) | pl.col("away_team").is_in(teams))
    )
    ids = pl.concat_str(
        pl.col("game_date").dt.strftime("%Y%m%d"), "away_team", "home_team", separator="_"
    )
    return sorted(day.select(ids.alias("game")).to_series().unique().to_list())


def sentence(
    verdict: Mapping[str, Any],
    named: list[dict[str, Any]],
    *,
    remedy: bool = True,
    together: bool = False,
) -> str:
    """Say in words what is above its limit, with the first few of the list.

    Args:
        remedy: whether to say what to do with a load that was stopped.
        together: whether it is above with what came before only.
    """
    kind = verdict["kind"]
    place = f"{verdict['table']} of {verdict['source']}" if verdict["table"] else verdict["source"]
    season = f", {verdict['season']}" if verdict["season"] else ""
    before = ", with all that came before," if together else ","
    said = (
        f"In {place}{season}{before} {verdict['bad']:,} of {verdict['n']:,} {_WHAT[kind]} "
        f"({verdict['rate']:.1%}, limit {verdict['limit']:.1%})"
    )
    examples = "; ".join(_example(row) for row in named[:_SENTENCE])
    left = verdict["items"] - _SENTENCE
    more = f" and {left:,} more" if left > 0 else ""
    if not remedy:
        return f"{said}: {examples}{more}."
    what = _REMEDIES["players" if kind == "listed" else kind]
    return f"{said}: {examples}{more}. {_NOTHING} To go on, {what}, or raise --max-unmatched."


def _example(row: Mapping[str, Any]) -> str:
    near = f", nearest {row['nearest'][0]}" if row["nearest"] else ""
    return f"{row['what']} ({row['rows']:,} rows{near})"
