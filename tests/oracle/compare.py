"""Compare what the processors give with the oracle, value by value."""

import math
import random
from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from tests.laws.building import build_all
from tests.oracle.values import Oracle
from tests.oracle.world import RawWorld
from tipoff.domain.market import Market
from tipoff.features.catalogue import FEATURES
from tipoff.processors.catalogue import feature_store
from tipoff.store.games import merged_games, with_canonical_ids

# Rounded to a tenth: an exact half may go either way.
ROUNDED = {"shot_zone_mismatch_score": 0.0501}
CLOSE = 1e-5


def differences(
    frames: Mapping[str, pl.DataFrame],
    dates: Sequence[date],
    markets: Sequence[Market],
    *,
    sample: int,
    seed: int = 5,
    plant: str | None = None,
) -> tuple[int, list[str]]:
    """Compare a sample of rows of some dates.

    Returns:
        How many values that one of them knows were compared, and a line for each that differs.
    """
    built = build_all(frames, dates, markets=markets, plant=plant)
    games = merged_games(frames["games"])
    placed = {name: with_canonical_ids(rows, frames["games"]) for name, rows in frames.items()}
    store = built[feature_store(markets[0]).name]
    spines: dict[str, list[tuple[str, str]]] = {}
    for game, player, team in store.select("game_id", "player_id", "team").iter_rows():
        spines.setdefault(game, []).append((player, team))
    oracle = Oracle(RawWorld(placed, games), spines)
    chosen = random.Random(seed).sample(range(store.height), min(sample, store.height))
    compared, found = 0, []
    moment = None
    for index in sorted(chosen, key=lambda i: (store["as_of"][i], i)):
        if store["as_of"][index] != moment:
            moment = store["as_of"][index]
            oracle.world.forget()
            oracle.records.clear()
        for market in markets:
            row = built[feature_store(market).name].row(index, named=True)
            expected = oracle.values(row, market)
            for feature in FEATURES:
                got, wanted = row[feature.column(market)], expected[feature.name]
                compared += got is not None or wanted is not None
                if not _same(got, wanted, ROUNDED.get(feature.name, CLOSE)):
                    about = f"{market.name} {feature.name} {row['game_id']} {row['player_name']}"
                    found.append(f"{about}: {got} instead of {wanted}")
    return compared, found


def _same(got: float | None, wanted: float | None, close: float) -> bool:
    if got is None or wanted is None:
        return got is None and wanted is None
    return math.isclose(got, wanted, rel_tol=close, abs_tol=close)
