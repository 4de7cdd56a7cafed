"""How many games of each input were known at the decision instant of stored feature rows."""

from collections.abc import Mapping, Sequence

import polars as pl

from tipoff.domain.market import Market
from tipoff.features.history import COUNTED
from tipoff.processors import player_daily_cache, player_shot_zone, team_defense_zone
from tipoff.processors.catalogue import feature_store
from tipoff.store.lake import Lake, scan

KEY = ("game_id", "player_id")
_OPPONENT = ("game_id", "opponent")
_PLAYER_ORDER = ("season", "player_id", "as_of", "game_id")
_CACHE = player_daily_cache.PROCESSOR
_ZONES = player_shot_zone.PROCESSOR
_DEFENCE = team_defense_zone.PROCESSOR
# Those whose rows games are counted from, besides the feature store.
PROCESSORS = (_CACHE, _ZONES, _DEFENCE)


def known_games(
    frames: Mapping[str, pl.DataFrame], market: Market, inputs: Sequence[str] = COUNTED
) -> pl.DataFrame:
    """Count the known games of each input, one row per row of the market's feature store.

    Windows of shots count up to 10 and 15 games; from there on games stand in for games with
    shots, and with makes in play-by-play. Lined games are counted from the rows given: those of
    earlier dates that are missing are not seen.

    Args:
        frames: rows of whole seasons by processor, in the columns of ``_columns``; of processors
            that no input needs none are looked at.
        market: whose feature store.
        inputs: those to count, out of ``COUNTED``.

    Returns:
        ``game_id, player_id`` and ``known_<input>`` of each, in the order of the feature store's
        rows; zero where nothing was known, null where the other processors have no such row.
    """
    named = {name: rows.lazy() for name, rows in frames.items()}
    cache = named[_CACHE.name]
    rows = named[feature_store(market).name].join(
        cache.drop("team"), on=KEY, how="left", maintain_order="left"
    )
    if _ZONES.name in named:
        rows = rows.join(named[_ZONES.name], on=KEY, how="left", maintain_order="left")
    if _NEEDS_OPPONENT & set(inputs):
        teams = cache.group_by("game_id", "team").agg(pl.col("team_games_known").max())
        opponents = teams.rename({"team": "opponent", "team_games_known": "known_opponent_games"})
        rows = rows.join(opponents, on=_OPPONENT, how="left", maintain_order="left")
    if _DEFENCE.name in named:
        defence = named[_DEFENCE.name].select("game_id", "games_with_shots", opponent="team")
        rows = rows.join(defence, on=_OPPONENT, how="left", maintain_order="left")
    own = rows.rename(
        {"games_played_season": "known_player_games", "team_games_known": "known_team_games"}
    ).with_columns(
        _SHOT_GAMES[name].alias(f"known_{name}") for name in inputs if name in _SHOT_GAMES
    )
    if "lined_games" in inputs:
        ordered = own.with_row_index("_row").sort(_PLAYER_ORDER)
        own = ordered.with_columns(known_lined_games=_lined_before()).sort("_row")
    is_counted = pl.col("known_player_games").is_not_null()
    return own.select(
        *KEY,
        *[
            pl.when(is_counted).then(pl.col(name).fill_null(0).cast(pl.Int32)).alias(name)
            for name in (f"known_{one}" for one in COUNTED if one in inputs)
        ],
    ).collect()


def _beyond(counted: str, window: int, games: str) -> pl.Expr:
    """A count that ends at its window, continued by another."""
    return (
        pl.when(pl.col(counted) < window)
        .then(pl.col(counted))
        .when(pl.col(counted).is_not_null())
        .then(pl.max_horizontal(pl.lit(window), pl.col(games)))
    )


def _lined_before() -> pl.Expr:
    """Earlier rows with a line that he played: his games known are more in the row after."""
    player = ["season", "player_id"]
    games = pl.col("known_player_games")
    played = (games.shift(-1).over(player) > games).fill_null(value=False)
    lined = (played & pl.col("age_prop_quotes").is_not_null()).cast(pl.Int32)
    return lined.cum_sum().over(player) - lined


_SHOT_GAMES = {
    "player_shots": _beyond("shot_games", player_shot_zone.GAMES, "known_player_games"),
    "play_by_play": _beyond("creation_games", player_shot_zone.GAMES, "known_player_games"),
    "opponent_shots": _beyond("games_with_shots", team_defense_zone.GAMES, "known_opponent_games"),
}
_NEEDS_OPPONENT = {"opponent_games", "opponent_shots"}
_NEEDS_ZONES = {"player_shots", "play_by_play"}


def _columns(market: Market, inputs: Sequence[str] = COUNTED) -> dict[str, tuple[str, ...]]:
    """What is read of each processor's rows to count some inputs."""
    asked = set(inputs)
    store = (*_PLAYER_ORDER, "age_prop_quotes") if "lined_games" in asked else KEY
    columns = {
        _CACHE.name: (*KEY, "team", "games_played_season", "team_games_known"),
        feature_store(market).name: (*store, "opponent"),
    }
    if asked & _NEEDS_ZONES:
        columns[_ZONES.name] = (*KEY, "shot_games", "creation_games")
    if "opponent_shots" in asked:
        columns[_DEFENCE.name] = ("game_id", "team", "games_with_shots")
    return columns


def counted_rows(built: Mapping[str, pl.DataFrame], market: Market) -> pl.DataFrame:
    """Return ``known_games`` of rows that were built in memory."""
    frames = {name: built[name].select(columns) for name, columns in _columns(market).items()}
    return known_games(frames, market)


def stored_games(
    lake: Lake,
    seasons: Sequence[str],
    market: Market,
    inputs: Sequence[str] = COUNTED,
    rows: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return ``known_games`` of the rows of some seasons that a lake or a view of it holds.

    Args:
        lake: the lake.
        seasons: season names.
        market: whose feature store.
        inputs: those to count; of lined games the rows must be those of whole seasons.
        rows: of the feature store, where they were read already.
    """
    tables = {p.name: p.table for p in (*PROCESSORS, feature_store(market))}
    columns = _columns(market, inputs)
    of_seasons = pl.col("season").is_in(list(seasons))
    store = feature_store(market).name
    frames = pl.collect_all([
        rows.lazy().select(wanted)
        if rows is not None and name == store
        else scan(lake, tables[name]).filter(of_seasons).select(wanted)
        for name, wanted in columns.items()
    ])  # fmt: skip
    return known_games(dict(zip(columns, frames, strict=True)), market, inputs)
