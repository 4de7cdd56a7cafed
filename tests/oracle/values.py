"""The oracle's values: every feature of one player and game, by loops over what was known."""

import itertools
import math
import statistics
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.world import RawWorld, Row, days_between, previous, zone
from tipoff.domain.market import Market

ZONES = ("paint", "mid_range", "three")
EASTERN = ZoneInfo("America/New_York")
Values = dict[str, float | None]


def mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def deviation(values: list[float]) -> float | None:
    return statistics.stdev(values) if len(values) >= 2 else None


def clip(value: float | None, low: float, high: float) -> float | None:
    return None if value is None else max(low, min(high, value))


def slope(values: list[float]) -> float | None:
    """Least squares over values given from new to old."""
    if len(values) < 2:
        return None
    return statistics.linear_regression(range(len(values)), values[::-1]).slope


def steps(change: float | None, small: float, large: float) -> float | None:
    if change is None:
        return None
    size = 2.0 if abs(change) >= large else 1.0 if abs(change) >= small else 0.0
    return math.copysign(size, change) if size else 0.0


def run(flags: list[bool]) -> float | None:
    """How many at the beginning hold, of at most ten."""
    if not flags:
        return None
    return float(next((i for i, holds in enumerate(flags[:10]) if not holds), len(flags[:10])))


def minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def value_of(line: Row, market: Market) -> float | None:
    parts = [line[c] for c in market.columns]
    return None if any(p is None for p in parts) else float(sum(parts))


@dataclass
class Oracle:
    """Computes values for rows of a spine.

    Attributes:
        world: the raw rows.
        spines: (player, team) listed, by game.
        records: what was found of a player as of a game, kept for teammates' sakes.
    """

    world: RawWorld
    spines: Mapping[str, list[tuple[str, str]]]
    records: dict[tuple[str, str], list[Row]] = field(default_factory=dict)

    def games_of(self, player: str, game: Row, at: datetime, season: str) -> list[Row]:
        """His games of a season that were known, the latest first, with usage."""
        found = []
        for other in self.world.earlier_games(game, season):
            if other["game_date"] > game["game_date"] + timedelta(days=1):
                continue
            lines, _ = self.world.boxes(other["game_id"], at)
            line = lines.get(player)
            if line is None or not line["seconds_played"]:
                continue
            team = self.world.team_lines(other["game_id"], at).get(line["team"])
            usage = None if team is None else self.world.usage(line, team)
            tried = line["field_goals_attempted"]
            thrown = line["free_throws_attempted"]
            attempts = None if tried is None or thrown is None else tried + 0.44 * thrown
            found.append(
                {
                    **line,
                    "usage": usage,
                    "true_shooting": line["points"] / (2 * attempts) if attempts else None,
                    "date": other["game_date"],
                }
            )
        return found

    def team_games(self, team: str, game: Row, at: datetime) -> list[Row]:
        """A team's games of the season that were known, the latest first."""
        found = []
        for other in self.world.earlier_games(game, game["season"]):
            if team not in (other["home_team"], other["away_team"]):
                continue
            line = self.world.team_lines(other["game_id"], at).get(team)
            if line is not None:
                found.append({**line, "date": other["game_date"], "game_id": other["game_id"]})
        return found

    def values(self, row: Row, market: Market) -> Values:
        """Every feature of one spine row, under the names of points."""
        game, at = self.world.games[row["game_id"]], row["as_of"]
        season = self.games_of(row["player_id"], game, at, game["season"])
        team = self.team_games(row["team"], game, at)
        opponent = self.team_games(row["opponent"], game, at)
        lines = self._lines(row, market, at)
        found: Values = {
            **self._form(season, market),
            **self._load(season, game, opponent, row),
            **self._teams(season, team, opponent, row),
            **self._shooting(season),
            **self._zones(row, game, at),
            **lines,
            **self._game_market(row, at),
            **self._availability(row, game, at, season),
            **self._versus(row, game, at, season, market),
        }
        found |= self._lined(row, game, at, season, market, lines)
        found["home_away"] = float(row["is_home"])
        kind = row["season_type"]
        found["playoff_game"] = None if kind is None else float(kind == "playoffs")
        found["self_creation_rate"] = None
        return found

    def _form(self, season: list[Row], market: Market) -> Values:
        all_values = [value_of(g, market) for g in season]
        values = [v for v in all_values if v is not None]
        enough = len(season) >= 3
        last_5 = mean([v for v in all_values[:5] if v is not None]) if enough else None
        ten = [v for v in all_values[:10] if v is not None]
        last_10, average = (mean(ten), mean(values)) if enough else (None, None)
        spread = deviation(ten) if enough else None
        recent = ten
        minutes = [g["seconds_played"] / 60 for g in season]
        usage = [g["usage"] for g in season[:10] if g["usage"] is not None]
        change = None
        if enough:
            base = sum(minutes) / len(minutes)
            change = (sum(minutes[:10]) / len(minutes[:10]) - base) / base
        trend = None
        if len(recent) >= 5:
            trend = sum(recent[:2]) / 2 - sum(recent[2:5]) / 3

        def scored(value: float | None, limit: float) -> float | None:
            return clip(value / spread, -limit, limit) if value is not None and spread else None

        last_3 = mean(recent[:3])
        median = statistics.median(recent) if recent else None
        skew = minus(last_10, median)
        return {
            "points_avg_last_5": last_5,
            "points_avg_last_10": last_10,
            "points_avg_season": average,
            "points_std_last_10": spread,
            "recent_trend": steps(trend, *market.trend),
            "minutes_change": steps(change, 0.1, 0.2),
            "minutes_avg_last_10": mean(minutes[:10]) if enough else None,
            "ppm_avg_last_10": sum(recent) / sum(minutes[:10]) if season else None,
            "pts_slope_10g": slope(recent) if len(recent) >= 5 else None,
            "pts_vs_season_zscore": scored(minus(last_5, average), 3),
            "breakout_flag": None
            if last_5 is None or average is None or spread is None
            else float(last_5 > average + 1.5 * spread),
            "points_avg_last_3": last_3 if len(recent) >= 2 else None,
            "scoring_trend_slope": slope(recent[:7]) if len(recent) >= 4 else None,
            "deviation_from_avg_last3": scored(minus(last_3, average), 10),
            "consecutive_games_below_avg": run(
                [average is not None and v < average for v in recent]
            ),
            "usage_rate_last_5": mean(usage[:5]) if len(usage) >= 3 else None,
            "minutes_volatility_last_10": deviation(minutes[:10]) if enough else None,
            "rolling_zscore_5v10": scored(minus(last_5, last_10), 10),
            "scoring_skewness_last_10": clip(3 * skew / spread, -3, 3)
            if skew is not None and spread
            else None,
        }

    def _load(self, season: list[Row], game: Row, opponent: list[Row], row: Row) -> Values:
        day = game["game_date"]
        ages = [days_between(day, g["date"]) for g in season]
        week = [g for g, age in zip(season, ages, strict=True) if age <= 7]
        minutes = sum(g["seconds_played"] for g in week) / 60
        rest = min(ages) if ages else None
        pairs = sum(
            1
            for new, old in itertools.pairwise(season)
            if days_between(new["date"], old["date"]) == 1 and days_between(day, old["date"]) <= 14
        )
        fatigue = None
        if len(season) >= 3 and rest is not None:
            score = 100 - 15 * (rest == 1) + 5 * (rest >= 3) - 10 * (len(week) >= 4)
            score -= 10 * (minutes > 240)
            score -= 8 * (bool(week) and minutes / len(week) > 35)
            score -= 12 if pairs >= 2 else 5 if pairs == 1 else 0
            fatigue = float(max(0, min(100, score)))
        theirs = days_between(day, opponent[0]["date"]) if opponent else None
        usage = [g["usage"] for g in season]
        recent = mean([u for u in usage[:3] if u is not None])
        base = mean([u for u in usage[:10] if u is not None])
        starts = [float(g["is_starter"]) for g in season if g["is_starter"] is not None]
        return {
            "games_in_last_7_days": float(len(week)),
            "fatigue_score": fatigue,
            "back_to_back": None if rest is None else float(rest == 1),
            "rest_advantage": clip(minus(rest, theirs), -2, 2),
            "days_rest": None if rest is None else float(min(rest, 30)),
            "minutes_load_last_7d": minutes if len(season) >= 3 else None,
            "games_since_structural_change": self._since_change(season, day, row["team"]),
            "starter_rate_season": mean(starts) if len(season) >= 3 else None,
            "_spike": minus(recent, base) if len(season) >= 3 else None,
        }

    def _since_change(self, season: list[Row], day: date, team: str) -> float | None:
        if not season:
            return None
        if season[0]["team"] != team or days_between(day, season[0]["date"]) > 14:
            return 0.0
        for i, (new, old) in enumerate(itertools.pairwise(season)):
            if new["team"] != old["team"] or days_between(new["date"], old["date"]) > 14:
                return float(min(i + 1, 30))
        return float(min(len(season), 30))

    def _teams(self, season: list[Row], team: list[Row], opponent: list[Row], row: Row) -> Values:
        def average(games: list[Row], column: str, n: int) -> float | None:
            return mean([g[column] for g in games[:n] if g[column] is not None])

        pace = average(team, "pace", 10)
        enough = len(opponent) >= 5
        allowed = average(opponent, "opponent_pace", 15) if enough else None
        margins = [g["margin"] for g in team if g["margin"] is not None]
        played = {g["game_id"] for g in season}
        first = season[-1]["date"] if season else None
        since = [g for g in team[:10] if first is not None and g["date"] >= first]
        missed = [g for g in since if g["game_id"] not in played]
        usage = mean([g["usage"] for g in season[:10] if g["usage"] is not None])
        minutes = mean([g["seconds_played"] / 60 for g in season[:10]])
        expected = None
        if len(season) >= 3 and None not in (pace, allowed, usage, minutes):
            expected = (pace + allowed) / 2 / 48 * minutes * usage / 100  # type: ignore[operator]
        return {
            "opponent_def_rating": average(opponent, "defensive_rating", 15) if enough else None,
            "opponent_pace": allowed,
            "team_pace": pace,
            "team_off_rating": average(team, "offensive_rating", 10),
            "team_win_pct": mean([float(m > 0) for m in margins]) if len(margins) >= 5 else None,
            "blowout_minutes_risk": mean([float(abs(m) >= 15) for m in margins[:10]])
            if len(margins) >= 3
            else None,
            "dnp_rate": len(missed) / len(since) if len(since) >= 3 else None,
            "pace_score": clip(
                None if (gap := minus(pace, average(opponent, "pace", 10))) is None else gap / 2,
                -3,
                3,
            ),
            "opponent_pace_mismatch": minus(pace, allowed),
            "expected_scoring_possessions": expected,
        }

    def _shooting(self, season: list[Row]) -> Values:
        def share(made: str, tried: str, games: list[Row]) -> float | None:
            both = [(g[made], g[tried]) for g in games if None not in (g[made], g[tried])]
            total = sum(t for _, t in both)
            return sum(m for m, _ in both) / total if total else None

        ten = season[:10]
        stated = [g for g in season[:10] if g["field_goals_attempted"] is not None]
        field = ("field_goals_made", "field_goals_attempted")
        three = ("threes_made", "threes_attempted")
        of_season = share(*field, season) if len(season) >= 3 else None
        points = sum(g["points"] for g in ten)
        thrown = [g["free_throws_made"] for g in ten if g["free_throws_made"] is not None]
        free = sum(thrown) / points if points and len(thrown) == len(ten) >= 5 else None
        made = [
            g[field[0]] / g[field[1]] if g[field[0]] is not None and g[field[1]] else None
            for g in ten
        ]
        minutes = sum(g["seconds_played"] for g in ten) / 60
        shots = [g[field[1]] for g in stated]
        shooting = [g["true_shooting"] for g in ten if g["true_shooting"] is not None]
        return {
            "pct_free_throw": free,
            "fg_pct_last_3": share(*field, season[:3]),
            "fg_pct_last_5": share(*field, season[:5]),
            "fg_pct_vs_season_avg": minus(share(*field, season[:5]), of_season),
            "three_pct_last_3": share(*three, season[:3]),
            "three_pct_last_5": share(*three, season[:5]),
            "fg_cold_streak": run(
                [m is not None and of_season is not None and m < of_season for m in made]
            ),
            "true_shooting_last_10": mean(shooting) if len(season) >= 3 else None,
            "shots_per_minute_last_10": sum(shots) / minutes
            if minutes and len(shots) == len(ten)
            else None,
            "three_attempt_share_last_10": share(three[1], field[1], ten),
            "ft_rate_season": share("free_throws_attempted", field[1], season)
            if len(season) >= 3
            else None,
        }

    def _zones(self, row: Row, game: Row, at: datetime) -> Values:
        shares = self._own_zones(row["player_id"], game, at)
        result: Values = {f"pct_{z}": None if shares is None else shares[z] for z in ZONES}
        result["shot_zone_mismatch_score"] = None
        if shares is None:
            return result
        main = next(
            (
                z
                for z, least in (("paint", 0.4), ("three", 0.4), ("mid_range", 0.35))
                if shares[z] >= least
            ),
            None,
        )
        if main is None:
            result["shot_zone_mismatch_score"] = 0.0
            return result
        weak = self._weakness(row["opponent"], game, at, main)
        if weak is not None:
            raw = weak * min(shares[main] / 0.5, 1)
            raw = raw * 1.2 if abs(raw) > 5 else raw
            result["shot_zone_mismatch_score"] = max(-10.0, min(10.0, raw))
        return result

    def _own_zones(self, player: str, game: Row, at: datetime) -> dict[str, float] | None:
        """Shares by zone over his last 10 games with shots; 3 games, the last within 30 days."""
        games, latest = [], None
        for other in self.world.earlier_games(game, game["season"]):
            shots = [
                s for s in self.world.shots(other["game_id"], at)[0] if s["player_id"] == player
            ]
            if shots:
                latest = latest or other["game_date"]
                games.append(shots)
            if len(games) == 10:
                break
        if len(games) < 3 or latest is None or days_between(game["game_date"], latest) > 30:
            return None
        flat = [zone(s) for shots in games for s in shots]
        return {z: flat.count(z) / len(flat) for z in ZONES}

    def _weakness(self, team: str, game: Row, at: datetime, main: str) -> float | None:
        """How much more the opponent allows in a zone than the league, in percentage points."""
        if len(known := self.team_games(team, game, at)) < 5:
            return None
        mine = [
            s
            for g in known[:15]
            for s in self.world.shots(g["game_id"], at)[0]
            if (s["opponent"] == team and s["player_id"] is not None) or s["opponent"] == team
        ]
        by_team: dict[str, list[Row]] = defaultdict(list)
        games: dict[str, set[str]] = defaultdict(set)
        for season in (game["season"], previous(game["season"])):
            for other in self.world.earlier_games(game, season):
                if not 0 <= days_between(game["game_date"], other["game_date"]) <= 30:
                    continue
                for shot in self.world.shots(other["game_id"], at)[0]:
                    by_team[shot["opponent"]].append(shot)
                    games[shot["opponent"]].add(other["game_id"])
        league = [_made(shots, main) for t, shots in by_team.items() if len(games[t]) >= 5]
        own = _made(mine, main)
        known_league = [share for share in league if share is not None]
        if len(league) < 10 or own is None:
            return None
        return (own - sum(known_league) / len(known_league)) * 100

    def _lines(self, row: Row, market: Market, at: datetime) -> Values:
        quotes = self.main_quotes(row, market, at)
        last: dict[str, Row] = {q["book"]: q for q in quotes}
        own = [q for q in quotes if q["book"] == "draftkings"]
        median = statistics.median([q["line"] for q in last.values()]) if last else None
        line = own[-1]["line"] if own else median
        opening = own[0]["line"] if own else quotes[0]["line"] if quotes else None
        today = [q for q in own if q["observed_at"].astimezone(EASTERN).date() == row["game_date"]]
        skews = [
            _implied(q["over_price"]) - _implied(q["under_price"])
            for q in last.values()
            if q["over_price"] is not None and q["under_price"] is not None
        ]
        return {
            "vegas_points_line": line,
            "vegas_opening_line": opening,
            "vegas_line_move": minus(line, opening),
            "has_vegas_line": float(line is not None),
            "multi_book_line_std": deviation([q["line"] for q in last.values()]),
            "line_movement_direction": minus(own[-1]["line"], today[0]["line"]) if today else None,
            "vig_skew": mean(skews),
            "late_line_movement_count": _late_moves(quotes, row["tip_off_at"]),
            "_median": median,
        }

    def main_quotes(self, row: Row, market: Market, at: datetime) -> list[Row]:
        """Main quotes on a player's game that were known, the first known first."""
        marks = ("is_alternate", "is_stale", "is_after_tip_off", "is_odd_date")
        quotes = [
            q
            for q in self.world.events("prop_quotes", row["game_id"], at)
            if q["market"] == market.name
            and q["player_id"] == row["player_id"]
            and not any(q[m] for m in marks)
        ]
        order = ("observed_at", "book", "source", "line", "quote_number")
        return sorted(quotes, key=lambda q: tuple(q[c] for c in order))

    def _game_market(self, row: Row, at: datetime) -> Values:
        marks = ("is_alternate", "is_stale", "is_after_tip_off")
        quotes = [
            q
            for q in self.world.events("game_lines", row["game_id"], at)
            if not any(q[m] for m in marks)
        ]
        order = ("observed_at", "source", "line", "quote_number")
        quotes.sort(key=lambda q: tuple(q[c] for c in order))
        last = {(q["market"], q["book"]): q["line"] for q in quotes}
        found = {}
        for market in ("total", "spread"):
            lines = [line for (m, _), line in last.items() if m == market]
            found[market] = statistics.median(lines) if lines else None
        total, spread = found["total"], found["spread"]
        implied = None
        if total is not None and spread is not None:
            implied = (total - (spread if row["is_home"] else -spread)) / 2
        return {
            "game_total_line": total,
            "spread_magnitude": None if spread is None else abs(spread),
            "implied_team_total": implied,
        }

    def _availability(self, row: Row, game: Row, at: datetime, season: list[Row]) -> Values:
        spike = self._load(season, game, [], row)["_spike"]
        reports = [
            r
            for r in self.world.events("availability", row["game_id"], at)
            if r["team"] == row["team"]
        ]
        reports.sort(key=lambda r: (r["observed_at"], r["source"], r["status"]))
        status = {r["player_id"]: r["status"] for r in reports if r["player_id"] is not None}
        listed = {player for player, _ in self.spines[row["game_id"]]}
        stars, usage = 0, 0.0
        for player, said in status.items():
            if said in ("out", "doubtful") and player != row["player_id"] and player in listed:
                is_star, share = self._stature(player, game, at)
                stars += is_star
                usage += share
        more = 1.3 if stars >= 2 else 1.15 if stars == 1 else 1.0
        if spike is not None:
            spike *= 0.3 * (more if spike > 0 and reports else 1.0)
        risk = {"available": 0, "probable": 1, "questionable": 2, "doubtful": 3, "out": 3}
        own = float(risk[status.get(row["player_id"], "available")])
        return {
            "injury_risk": own if reports else None,
            "star_teammates_out": float(stars) if reports else None,
            "teammate_usage_available": usage if reports else None,
            "usage_spike_score": clip(spike, -3, 3),
        }

    def _stature(self, player: str, game: Row, at: datetime) -> tuple[bool, float]:
        key = (player, game["game_id"])
        if key not in self.records:
            self.records[key] = self.games_of(player, game, at, game["season"])
        games = self.records[key]
        if len(games) < 3:
            return False, 0.0
        points = sum(g["points"] for g in games) / len(games)
        minutes = sum(g["seconds_played"] for g in games) / len(games) / 60
        usage = mean([g["usage"] for g in games if g["usage"] is not None])
        return points >= 18 or (minutes >= 28 and points >= 12), usage or 0.0

    def _versus(
        self, row: Row, game: Row, at: datetime, season: list[Row], market: Market
    ) -> Values:
        before = self.games_of(row["player_id"], game, at, previous(game["season"]))
        met = [
            g
            for g in (*season, *before)
            if g["opponent"] == row["opponent"]
            and days_between(game["game_date"], g["date"]) <= 365
        ]
        values = [v for g in met if (v := value_of(g, market)) is not None]
        return {"avg_points_vs_opponent": mean(values), "games_vs_opponent": float(len(met))}

    def _lined(
        self,
        row: Row,
        game: Row,
        at: datetime,
        season: list[Row],
        market: Market,
        lines: Values,
    ) -> Values:
        """What came of his earlier games that had a line at their own decision instant."""
        margins, medians = [], []
        for other in season:
            told = self.world.games[other["game_id"]]
            result = value_of(other, market)
            if told["tip_off_at"] is None or result is None:
                continue
            then = told["tip_off_at"] - timedelta(minutes=30)
            found = self._lines({**told, "player_id": row["player_id"]}, market, then)
            if found["vegas_points_line"] is not None:
                margins.append(result - found["vegas_points_line"])
                medians.append((other["date"], found["_median"]))
            if len(margins) == 10:
                break
        recent = None
        if medians and days_between(game["game_date"], medians[0][0]) <= 14:
            recent = medians[0][1]
        average = mean([v for g in season if (v := value_of(g, market)) is not None])
        return {
            "prop_over_streak": run([m > 0 for m in margins]),
            "prop_under_streak": run([m < 0 for m in margins]),
            "line_vs_season_avg": minus(
                lines["vegas_points_line"], average if len(season) >= 3 else None
            ),
            "prop_line_delta": minus(lines["_median"], recent),
            "over_rate_last_10": mean([float(m > 0) for m in margins])
            if len(margins) >= 5
            else None,
            "margin_vs_line_avg_last_5": mean(margins[:5]) if len(margins) >= 3 else None,
        }


def _made(shots: list[Row], main: str) -> float | None:
    inside = [s for s in shots if zone(s) == main]
    return sum(s["is_made"] for s in inside) / len(inside) if inside else None


def _implied(price: int) -> float:
    return 100 / (price + 100) if price > 0 else -price / (100 - price)


def _late_moves(quotes: list[Row], tip_off: Any) -> float | None:
    timed = [q for q in quotes if q["observed_basis"] == "recorded"]
    if not timed:
        return None
    moves = 0
    last: dict[str, float] = {}
    for quote in timed:
        book = quote["book"]
        late = tip_off - quote["observed_at"] <= timedelta(minutes=240)
        moves += late and book in last and last[book] != quote["line"]
        last[book] = quote["line"]
    return float(moves)
