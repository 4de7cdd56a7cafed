"""One season of the built-in league under the NBA's ids, and what may be looked up in it."""

from collections.abc import Mapping
from datetime import UTC, datetime

import polars as pl
from tests.sources.providers.nba_payloads import with_nba_ids

from tipoff.sources.answer import Answer
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.providers.nba import PROVIDER
from tipoff.sources.reference import reference
from tipoff.store.lake import validated

LONG_AFTER = datetime(2026, 6, 1, tzinfo=UTC)
SEASON = "2022-23"
NOTHING = Reference(
    pl.DataFrame(schema={"game_id": pl.String, "season": pl.String, "game_date": pl.Date,
                         "home_team": pl.String, "away_team": pl.String,
                         "tip_off_at": pl.Datetime("us", "UTC"), "nba_game_id": pl.String}),
    pl.DataFrame(schema=dict.fromkeys(("season", "team", "player_id", "name_key"), pl.String)),
)  # fmt: skip


def season_of(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the rows of one season, with ids as the NBA gives them."""
    kept = ("games", "player_boxes", "team_boxes", "shots", "made_shots", "player_periods",
            "availability")  # fmt: skip
    return {n: f.filter(season=SEASON) for n, f in with_nba_ids(frames).items() if n in kept}


def known(season: Mapping[str, pl.DataFrame]) -> Reference:
    """Return the season's games and players to look up."""
    return reference(season["games"], season["player_boxes"], None, season["player_boxes"])


def one_game(season: Mapping[str, pl.DataFrame], number: int = 20) -> dict[str, pl.DataFrame]:
    """Return the rows of one game, with who ``did not play`` in it."""
    game = season["games"]["game_id"][number]
    rows = {name: frame.filter(game_id=game) for name, frame in season.items()}
    ids = rows["games"].select("game_id", "nba_game_id")
    rows["shots"] = rows["shots"].join(ids, on="game_id")
    outside = season["player_boxes"].filter(
        pl.col("team").is_in(rows["team_boxes"]["team"].to_list())
        & ~pl.col("player_id").is_in(rows["player_boxes"]["player_id"].to_list())
    )
    rows["others"] = (
        outside.unique("player_id")
        .sort("team", "player_id")
        .select("team", "player_id", "player_name")
    )
    return rows


def parse(
    endpoint: str,
    body: bytes,
    looked_up: Reference,
    fetched_at: datetime | None = LONG_AFTER,
    params: Mapping[str, str] | None = None,
) -> list[Parsed]:
    """Parse an answer and hold its rows against their tables."""
    answer = Answer("nba", endpoint, params or {}, body, fetched_at)
    found = PROVIDER.endpoints[endpoint].parse(answer, looked_up)
    for each in found:
        validated(each.table, each.frame)
        assert set(each.frame["source"].to_list()) <= {f"nba_{endpoint}"}
    return found
