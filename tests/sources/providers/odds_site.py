"""The Odds API as a local server would be it: what it knew of a made-up league at any moment.

``OddsSite(frames).answer(path, query)`` gives what is at an address, for any server to send.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import polars as pl
from tests.sources.providers import odds_payloads as odds

_ROOT = "/historical/sports/basketball_nba/events"
_EVENT = re.compile(rf"{_ROOT}/([^/]+)/odds")
_PER_MARKET = 10


class Told(NamedTuple):
    """Status and body of an answer, and the credits that it costs."""

    status: int
    body: bytes
    credits: int


class OddsSite:
    """The history of the lines of a league's games."""

    def __init__(self, frames: Mapping[str, pl.DataFrame]) -> None:
        self.games = frames["games"]
        self._rows = {row["game_id"]: row for row in self.games.iter_rows(named=True)}
        self._lines = {name: _by_game(frames[name]) for name in ("prop_quotes", "game_lines")}
        self._none = {name: frames[name].clear() for name in self._lines}

    def answer(self, path: str, query: Mapping[str, str]) -> Told:
        """Return what is at an address: the newest snapshot of until the date that is asked for."""
        at = odds.snapshot_at(datetime.fromisoformat(query["date"]).astimezone(UTC))
        if path == _ROOT:
            listed = odds.events(odds.listed_at(self.games, at))
            return Told(200, odds.body(odds.historical(listed, at)), int(bool(listed)))
        found = _EVENT.fullmatch(path)
        game = self._rows.get(found[1]) if found else None
        if game is None:
            return Told(404, b'{"message": "Not found"}', 0)
        return self._odds(game, at, query.get("markets", "").split(","))

    def _odds(self, game: Mapping[str, object], at: datetime, asked: list[str]) -> Told:
        quotes, lines = (
            odds.known_at(rows.get(str(game["game_id"]), self._none[name]), at)
            for name, rows in self._lines.items()
        )
        told = odds.event_odds(game, quotes, lines)
        for book in told["bookmakers"]:
            book["markets"] = [m for m in book["markets"] if m["key"] in asked]
        told["bookmakers"] = [book for book in told["bookmakers"] if book["markets"]]
        # One is charged for the markets that there are.
        there = {market["key"] for book in told["bookmakers"] for market in book["markets"]}
        body = odds.body(odds.historical(told, at))
        return Told(200, body, _PER_MARKET * len(there))


def _by_game(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {str(key[0]): part for key, part in rows.partition_by("game_id", as_dict=True).items()}
