"""NBA.com as a local server would be it: every address of a made-up league's seasons.

``Site(frames).answer(path, query)`` gives what is at an address, for any server to send.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import polars as pl
from tests.sources.providers import nba_payloads as nba

from tipoff.domain.clock import EASTERN
from tipoff.sources.answer import Endpoint
from tipoff.sources.league.floor import stints
from tipoff.sources.providers.nba import PROVIDER

Params = Mapping[str, str]
_TEAM = ["game_id", "team"]
_KINDS = {"Regular Season": "regular", "PlayIn": "play_in", "Playoffs": "playoffs"}


class Site:
    """The answers of a league whose last game was played long ago."""

    def __init__(
        self, frames: Mapping[str, pl.DataFrame], on_floor: pl.DataFrame | None = None
    ) -> None:
        # Where nobody says who is on the floor, nobody is swapped in the play by play.
        extra = {} if on_floor is None else {"on_floor": on_floor}
        self._frames = nba.with_nba_ids({**frames, **extra})
        self._pages: dict[str, Callable[[Params], bytes | None]] = {
            "schedule": self._newest_schedule,
            "schedule_stats": lambda asked: self._schedule(asked.get("Season", "")),
            "game_log_players": lambda asked: self._log(asked, of_players=True),
            "game_log_teams": lambda asked: self._log(asked, of_players=False),
            "box_score": lambda asked: self._box(asked.get("GameID", ""), nba.box_score),
            "box_score_v2": lambda asked: self._box(asked.get("GameID", ""), nba.box_score_old),
            "box_score_live": lambda asked: self._box(asked.get("game_id", ""), nba.box_score_live),
            "play_by_play": lambda asked: self._actions(asked.get("game_id", "")),
            "injury_report": self._report,
            "player_index": lambda asked: self._index(asked.get("Season", "")),
        }

    def answer(self, path: str, query: Params) -> tuple[int, bytes]:
        """Return the status and body at an address; 404 where the NBA has nothing."""
        for endpoint in PROVIDER.endpoints.values():
            asked = _asked(endpoint, path, query)
            if asked is not None and endpoint.name in self._pages:
                body = self._pages[endpoint.name](asked)
                return (
                    (404, b"<html>Not Found</html>") if body is None else (200, _echo(body, asked))
                )
        return 404, b"<html>Not Found</html>"

    def _newest_schedule(self, _: Params) -> bytes | None:
        return self._schedule(str(self._frames["games"]["season"].max()))

    def _schedule(self, season: str) -> bytes | None:
        games = self._frames["games"].filter(season=season)
        return None if games.is_empty() else nba.schedule(games, games["observed_at"][-1])

    def _log(self, asked: Params, *, of_players: bool) -> bytes:
        rows = self._frames["player_boxes" if of_players else "team_boxes"]
        days = [
            pl.lit(asked[n]).str.to_date() if asked.get(n) else None for n in ("DateFrom", "DateTo")
        ]
        own = rows.filter(pl.col("season") == asked.get("Season", ""))
        if kind := _KINDS.get(asked.get("SeasonType", "")):
            ids = self._frames["games"].filter(season_type=kind)["game_id"]
            own = own.filter(pl.col("game_id").is_in(ids.implode()))
        if days[0] is not None:
            own = own.filter(pl.col("game_date") >= days[0])
        if days[1] is not None:
            own = own.filter(pl.col("game_date") <= days[1])
        return nba.game_log(own, of_players=of_players)

    def _box(
        self, game: str, write: Callable[[pl.DataFrame, pl.DataFrame, pl.DataFrame], bytes]
    ) -> bytes | None:
        ids = self._frames["games"].filter(nba_game_id=game)["game_id"]
        rows = [self._frames[n].filter(pl.col("game_id").is_in(ids.implode())).with_columns(
            nba_game_id=pl.lit(game)) for n in ("player_boxes", "team_boxes")]  # fmt: skip
        none = pl.DataFrame(
            schema=dict.fromkeys(("team", "player_id", "player_name", "reason"), pl.String)
        )
        return None if ids.is_empty() else write(rows[0], rows[1], none)

    def _actions(self, game: str) -> bytes | None:
        ids = self._frames["games"].filter(nba_game_id=game)["game_id"]
        shots = self._frames["shots"].filter(pl.col("game_id").is_in(ids.implode()))
        if ids.is_empty():
            return None
        of_game = pl.col("game_id").is_in(ids.implode())
        on_floor = self._frames.get("on_floor")
        return nba.play_by_play(
            shots.with_columns(nba_game_id=pl.lit(game)),
            self._frames["made_shots"].filter(of_game),
            None if on_floor is None else stints(on_floor.filter(of_game)),
        )

    def _report(self, asked: Params) -> bytes | None:
        """Return what was known of the games of that day and the next that were still to come."""
        made_at = moment_of(asked.get("date", ""), asked.get("time", ""))
        if made_at is None:
            return None
        day = made_at.astimezone(EASTERN).date()
        near = self._frames["games"].filter(
            pl.col("game_date").is_between(day, day + timedelta(days=1))
            & (pl.col("tip_off_at") > made_at)
        )
        filed = self._frames["availability_reports"].filter(
            pl.col("game_id").is_in(near["game_id"].implode()) & (pl.col("observed_at") <= made_at)
        )
        # Who has not filed is named; a game of which neither team lists anybody is not.
        last = filed.filter("is_submitted").group_by(_TEAM).agg(pl.col("observed_at").max())
        rows = self._frames["availability"].join(last, on=[*_TEAM, "observed_at"], how="semi")
        sides = near.with_columns(team=pl.concat_list("home_team", "away_team")).explode("team")
        waiting = sides.join(last, on=_TEAM, how="anti").select(pl.concat_str(_TEAM, separator=" "))
        if last.is_empty():
            return None
        return nba.injury_report(rows, near, made_at, waiting.to_series().sort().to_list())

    def _index(self, season: str) -> bytes:
        """Rosters hold also who never played, such as those who were out all season."""
        columns = ["game_date", "season", "player_id", "player_name", "team"]
        both = [self._frames[name].select(columns) for name in ("availability", "player_boxes")]
        own = pl.concat(both).filter(season=season).drop_nulls("player_id")
        last = own.sort("game_date", maintain_order=True)
        return nba.player_index(last.unique("player_id", keep="last", maintain_order=True))


def _echo(body: bytes, asked: Params) -> bytes:
    """Repeat what was asked for, as the statistics service does."""
    return body.replace(b'"parameters": {}', b'"parameters": ' + json.dumps(asked).encode(), 1)


def _asked(endpoint: Endpoint, path: str, query: Params) -> dict[str, str] | None:
    """Return the params that an address states, where it is one of the endpoint's."""
    form = urlsplit(endpoint.path.replace("{", "<").replace("}", ">"))
    # A param stands twice in some addresses; it is the same both times.
    seen: set[str] = set()

    def group(found: re.Match[str]) -> str:
        name = found[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>[^/]+?)"

    parts = re.split(r"(<\w+>)", form.path)
    whole = "".join(
        re.sub(r"<(\w+)>", group, part) if part[:1] == "<" else re.escape(part) for part in parts
    )
    match = re.fullmatch(whole, path)
    fixed = dict(parse_qsl(form.query))
    if match is None or any(query.get(name) != value for name, value in fixed.items()):
        return None
    return {**query, **match.groupdict()}


def moment_of(day: str, clock: str) -> datetime | None:
    """Return the moment of a report's address: at half past where it states the hour alone."""
    found = re.fullmatch(r"(\d{2})(?:_(\d{2}))?([AP]M)", clock)
    if found is None:
        return None
    text = f"{day} {found[1]}:{found[2] or '30'} {found[3]} +0000"
    local = datetime.strptime(text, "%Y-%m-%d %I:%M %p %z").replace(tzinfo=EASTERN)
    return local.astimezone(UTC)
