"""The oracle's values: every feature of one player and game, by loops over what was known."""

import itertools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.oracle.arithmetic import (
    clip,
    made_share,
    mean,
    minus,
    run,
    value_of,
)
from tests.oracle.form import form, shooting
from tests.oracle.lines import Values, game_market, line_values
from tests.oracle.world import RawWorld, Row, days_between, previous, zone
from tipoff.domain.market import Market

ZONES = ("paint", "mid_range", "three")


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
        lines = line_values(self.world, row, market, at)
        found: Values = {
            **form(season, market),
            **self._load(season, game, opponent, row),
            **self._teams(season, team, opponent, row),
            **shooting(season),
            **self._zones(row, game, at),
            **lines,
            **game_market(self.world, row, at),
            **self._availability(row, game, at, season),
            **self._versus(row, game, at, season, market),
        }
        found |= self._lined(row, game, at, season, market, lines)
        found["home_away"] = float(row["is_home"])
        kind = row["season_type"]
        found["playoff_game"] = None if kind is None else float(kind == "playoffs")
        created = self._created(row, game, at)
        found["self_creation_rate"] = None if found["pct_paint"] is None else created
        return found

    def _created(self, row: Row, game: Row, at: datetime) -> float | None:
        """Share of his makes that nobody assisted, of the last ten games with makes that tell."""
        games = []
        for other in self.world.earlier_games(game, game["season"]):
            makes = self.world.makes(other["game_id"], at)
            if own := [m["is_assisted"] for m in makes if m["player_id"] == row["player_id"]]:
                games.append(own)
        last = list(itertools.chain(*games[:10]))
        return last.count(False) / len(last) if len(games) >= 3 else None

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
        league = [made_share(shots, main) for t, shots in by_team.items() if len(games[t]) >= 5]
        own = made_share(mine, main)
        known_league = [share for share in league if share is not None]
        if len(league) < 10 or own is None:
            return None
        return (own - sum(known_league) / len(known_league)) * 100

    def _availability(self, row: Row, game: Row, at: datetime, season: list[Row]) -> Values:
        spike = self._load(season, game, [], row)["_spike"]
        reports, said = (
            [r for r in self.world.events(table, row["game_id"], at) if r["team"] == row["team"]]
            for table in ("availability_reports", "availability")
        )
        began = {
            source: start
            for source in {r["source"] for r in reports}
            if (start := _whole_list([r for r in reports if r["source"] == source])) is not None
        }
        official = began.get("nba_injury_report")

        def told_at(one: Row) -> datetime:
            return one["report_at"] or one["observed_at"]  # type: ignore[no-any-return]

        said = [
            r
            for r in said
            if (r["source"] not in began or told_at(r) >= began[r["source"]])
            and (official is None or (r["source"][:4] == "nba_" and told_at(r) >= official))
        ]
        said.sort(
            key=lambda r: (
                r["source"][:4] == "nba_",
                told_at(r),
                r["observed_at"],
                r["source"],
                r["status"],
            )
        )
        status = {r["player_id"]: r["status"] for r in said if r["player_id"] is not None}
        is_told = bool(said or began)
        listed = {player for player, _ in self.spines[row["game_id"]]}
        stars, usage = 0, 0.0
        for player, said in status.items():
            if said in ("out", "doubtful") and player != row["player_id"] and player in listed:
                is_star, share = self._stature(player, game, at)
                stars += is_star
                usage += share
        more = 1.3 if stars >= 2 else 1.15 if stars == 1 else 1.0
        if spike is not None:
            spike *= 0.3 * (more if spike > 0 and is_told else 1.0)
        risk = {"available": 0, "probable": 1, "questionable": 2, "doubtful": 3, "out": 3}
        own = float(risk[status.get(row["player_id"], "available")])
        return {
            "injury_risk": own if is_told else None,
            "star_teammates_out": float(stars) if is_told else None,
            "teammate_usage_available": usage if is_told else None,
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
            found = line_values(self.world, {**told, "player_id": row["player_id"]}, market, then)
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


def _whole_list(reports: list[Row]) -> datetime | None:
    """When the last list began of which every page is there and was submitted."""
    pages: dict[datetime, Row] = {}
    for report in sorted(reports, key=lambda r: r["observed_at"]):
        pages[report["report_at"]] = report
    began = whole = None
    for start in sorted(pages):
        page = pages[start]
        if page["is_first_page"]:
            began = start
        if not page["is_submitted"]:
            began = None
        if page["is_last_page"] and began is not None:
            whole, began = began, None
    return whole
