"""The oracle's world: raw rows as plain dictionaries, and what of them was known at an instant.

Everything here and in ``tests.oracle.values`` is loops over rows, written from the documentation
(the catalogue, the decisions) and sharing no code with what it checks but the schedule merged over
its sources, which is where it starts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl

Row = dict[str, Any]
BOX_SOURCES = ("nba_log_attempts", "nba_log", "league", "realgm_log")
MADE_SHOT_SOURCES = ("nba_play_by_play", "bigdataball_play_by_play")
SHOT_SOURCES = ("shot_detail", "shot_chart")
# What names one statement of a provider, whatever its version.
_NAMED_BY = {
    "prop_quotes": ("game_id", "source", "name_key", "market", "book", "line", "quote_number"),
    "game_lines": ("game_id", "source", "book", "market", "line", "quote_number"),
    "availability": ("game_id", "team", "name_key", "source"),
    "availability_reports": ("game_id", "team", "source"),
}
COUNTED = ("regular", "cup_final", "play_in", "playoffs", None)
COUNTS = (
    "points",
    "field_goals_made",
    "field_goals_attempted",
    "threes_made",
    "threes_attempted",
    "free_throws_made",
    "free_throws_attempted",
    "offensive_rebounds",
    "rebounds",
    "assists",
    "turnovers",
)


def ranked(sources: Iterable[str], order: tuple[str, ...]) -> list[str]:
    """Known sources in their order, the others after them by name."""
    present = set(sources)
    return [s for s in order if s in present] + sorted(present - set(order))


class RawWorld:
    """Raw rows by game; ``as_of`` gives what was known of one game at an instant."""

    def __init__(self, frames: Mapping[str, pl.DataFrame], games: pl.DataFrame) -> None:
        self._seen: dict[tuple[str, str, datetime], Any] = {}
        self.games: dict[str, Row] = {g["game_id"]: g for g in games.to_dicts()}
        self.rows: dict[str, dict[str, list[Row]]] = {}
        for name in (
            "player_boxes",
            "team_boxes",
            "shots",
            "made_shots",
            "prop_quotes",
            "game_lines",
            "availability",
            "availability_reports",
        ):
            by_game: dict[str, list[Row]] = defaultdict(list)
            for row in frames[name].to_dicts():
                # Lines of players whom nobody could name are nobody's.
                if name != "player_boxes" or row["player_id"] is not None:
                    by_game[row["game_id"]].append(row)
            self.rows[name] = by_game
        self.by_season: dict[str, list[Row]] = defaultdict(list)
        for game in self.games.values():
            if game["season_type"] in COUNTED:
                self.by_season[game["season"]].append(game)

    def forget(self) -> None:
        """Drop what was found for one instant; the next row has another."""
        self._seen.clear()

    def tip_off(self, game: Row) -> datetime:
        """The stated tip-off, else the start of the date for putting games in order."""
        stated: datetime | None = game["tip_off_at"]
        return stated or datetime.combine(game["game_date"], time(0), tzinfo=UTC)

    def earlier_games(self, own: Row, season: str) -> list[Row]:
        """The other games of a season, the latest first."""
        others = [g for g in self.by_season[season] if g["game_id"] != own["game_id"]]
        return sorted(others, key=lambda g: (self.tip_off(g), g["game_id"]), reverse=True)

    def _newest(
        self, table: str, game_id: str, entity: tuple[str, ...], at: datetime
    ) -> tuple[list[Row], datetime | None]:
        """The newest known row of each entity, and when the last of the game's became known."""
        best: dict[tuple[Any, ...], Row] = {}
        last = None
        for row in self.rows[table].get(game_id, []):
            if row["observed_at"] > at:
                continue
            last = row["observed_at"] if last is None else max(last, row["observed_at"])
            key = tuple(row[c] for c in entity)
            if key not in best or row["observed_at"] > best[key]["observed_at"]:
                best[key] = row
        return [r for r in best.values() if not r["is_deleted"]], last

    def boxes(self, game_id: str, at: datetime) -> tuple[dict[str, Row], datetime | None]:
        """Player lines of a game by player, merged over sources, and when they became known."""
        key = ("boxes", game_id, at)
        if key not in self._seen:
            self._seen[key] = self._boxes(game_id, at)
        return self._seen[key]  # type: ignore[no-any-return]

    def _boxes(self, game_id: str, at: datetime) -> tuple[dict[str, Row], datetime | None]:
        rows, last = self._newest("player_boxes", game_id, ("player_id", "source"), at)
        by_player: dict[str, dict[str, Row]] = defaultdict(dict)
        for row in rows:
            by_player[row["player_id"]][row["source"]] = row
        merged = {}
        for player, told in by_player.items():
            line: Row = {"game_id": game_id, "player_id": player}
            for column in (*COUNTS, "seconds_played", "team", "opponent", "is_starter"):
                values = [told[s][column] for s in ranked(told, BOX_SOURCES)]
                line[column] = next((v for v in values if v is not None), None)
            merged[player] = line
        return merged, last

    def team_lines(self, game_id: str, at: datetime) -> dict[str, Row]:
        """Totals, pace and ratings of both teams of a game; empty where nothing is known."""
        key = ("teams", game_id, at)
        if key not in self._seen:
            self._seen[key] = self._team_lines(game_id, at)
        return self._seen[key]  # type: ignore[no-any-return]

    def _team_lines(self, game_id: str, at: datetime) -> dict[str, Row]:
        players, known_at = self.boxes(game_id, at)
        if not self.rows["player_boxes"].get(game_id):
            return self._from_logs(game_id, at)
        if known_at is None or not players:
            return {}
        logs, _ = self._newest("team_boxes", game_id, ("team", "source"), known_at)
        lines = {}
        for team in {p["team"] for p in players.values()}:
            own = [p for p in players.values() if p["team"] == team]
            line: Row = {"team": team, "opponent": own[0]["opponent"], "known_at": known_at}
            told = {r["source"]: r for r in logs if r["team"] == team}
            for column in (*COUNTS, "seconds_played"):
                values = [p[column] for p in own]
                total = None if any(v is None for v in values) else sum(values)
                stated = None
                if column != "seconds_played":
                    stated = next(
                        (r[column] for _, r in sorted(told.items()) if r[column] is not None), None
                    )
                line[column] = total if stated is None else stated
            lines[team] = line
        for line in lines.values():
            self._rated(line, lines.get(line["opponent"]))
        return lines

    def _from_logs(self, game_id: str, at: datetime) -> dict[str, Row]:
        """The lines of a game that only team logs tell of; its length is not known."""
        logs, known_at = self._newest("team_boxes", game_id, ("team", "source"), at)
        lines: dict[str, Row] = {}
        for log in sorted(logs, key=lambda r: r["source"]):
            line = lines.setdefault(
                log["team"],
                {
                    "team": log["team"],
                    "opponent": log["opponent"],
                    "known_at": known_at,
                    "seconds_played": None,
                    **dict.fromkeys(COUNTS),
                },
            )
            for column in COUNTS:
                line[column] = log[column] if line[column] is None else line[column]
        for line in lines.values():
            self._rated(line, lines.get(line["opponent"]))
        return lines

    def _rated(self, line: Row, other: Row | None) -> None:
        seconds = line["seconds_played"]
        overtimes = 0 if seconds is None else max(0, min(8, round((seconds / 60 - 240) / 25)))
        line["game_minutes"] = 48 + 5 * overtimes
        own, theirs = possessions(line), possessions(other)
        scored = None if other is None else other["points"]
        line["pace"] = None if own is None else own * 48 / line["game_minutes"]
        line["opponent_pace"] = None if theirs is None else theirs * 48 / line["game_minutes"]
        line["offensive_rating"] = _over(line["points"], own)
        line["defensive_rating"] = _over(scored, theirs)
        known = line["points"] is not None and scored is not None
        line["margin"] = line["points"] - scored if known else None

    def usage(self, line: Row, team: Row) -> float | None:
        """Share of the team's plays that a player ended while he was on the floor, in per cent."""
        own = _plays(line)
        minutes = (line["seconds_played"] or 0) / 60
        of_team = _plays(team)
        if own is None or of_team is None or not minutes or not of_team:
            return None
        usage = 100 * own * team["game_minutes"] / (minutes * of_team)
        return usage if usage <= 100 else None

    def shots(self, game_id: str, at: datetime) -> tuple[list[Row], datetime | None]:
        """The shots of a game of its first source among those known, and when they became known."""
        key = ("shots", game_id, at)
        if key not in self._seen:
            self._seen[key] = self._shots(game_id, at)
        return self._seen[key]  # type: ignore[no-any-return]

    def _shots(self, game_id: str, at: datetime) -> tuple[list[Row], datetime | None]:
        rows, last = self._newest("shots", game_id, ("shot_number", "source"), at)
        if not rows:
            return [], last
        first = ranked({r["source"] for r in rows}, SHOT_SOURCES)[0]
        return [r for r in rows if r["source"] == first], last

    def makes(self, game_id: str, at: datetime) -> list[Row]:
        """The makes of a game of the first source, among those known, that tells of assists."""
        key = ("makes", game_id, at)
        if key not in self._seen:
            rows, _ = self._newest("made_shots", game_id, ("shot_number", "source"), at)
            told = [r for r in rows if r["is_assisted"] is not None and r["player_id"] is not None]
            first = ranked({r["source"] for r in told}, MADE_SHOT_SOURCES)[:1]
            self._seen[key] = [r for r in told if r["source"] in first]
        return self._seen[key]  # type: ignore[no-any-return]

    def events(self, table: str, game_id: str, at: datetime) -> list[Row]:
        """Quotes or reports on a game that were known and not withdrawn."""
        rows = [r for r in self.rows[table].get(game_id, []) if r["observed_at"] <= at]
        gone = [r for r in rows if r["is_deleted"]]
        names = _NAMED_BY[table]

        def is_withdrawn(row: Row) -> bool:
            return any(
                all(row[c] == other[c] for c in names)
                and row["observed_at"] <= other["observed_at"]
                for other in gone
            )

        return [r for r in rows if not r["is_deleted"] and not is_withdrawn(r)]


def possessions(line: Row | None) -> float | None:
    """FGA + 0.44 FTA + TOV - OREB."""
    if line is None:
        return None
    parts = [
        line[c]
        for c in (
            "field_goals_attempted",
            "free_throws_attempted",
            "turnovers",
            "offensive_rebounds",
        )
    ]
    if any(p is None for p in parts):
        return None
    return float(parts[0] + 0.44 * parts[1] + parts[2] - parts[3])


def _plays(line: Row) -> float | None:
    parts = [line[c] for c in ("field_goals_attempted", "free_throws_attempted", "turnovers")]
    return None if any(p is None for p in parts) else parts[0] + 0.44 * parts[1] + parts[2]


def _over(points: float | None, plays: float | None) -> float | None:
    return None if points is None or not plays else points / plays * 100


def zone(shot: Row) -> str | None:
    """Three, paint (a two from at most 8 feet) or mid-range."""
    if shot["is_three"]:
        return "three"
    near = shot["distance_feet"] is not None and shot["distance_feet"] <= 8
    return "paint" if near else "mid_range"


def days_between(later: date, earlier: date) -> int:
    """Whole days from one date to another."""
    return (later - earlier).days


def previous(season: str) -> str:
    """The season before."""
    start = int(season[:4]) - 1
    return f"{start}-{(start + 1) % 100:02d}"


LEAD = timedelta(minutes=30)
