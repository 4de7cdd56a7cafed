"""What to ask NBA.com for a season: games first, then what happened in them and was said before."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta

import polars as pl

from tipoff.domain.clock import BOX_SCORE_DELAY, EASTERN
from tipoff.domain.dates import iso_date
from tipoff.domain.seasons import season_of, start_year
from tipoff.errors import not_among
from tipoff.sources.answer import Endpoint, Request
from tipoff.sources.plans import KnownSoFar, Planner, before_tip_off
from tipoff.sources.providers.nba.game_log import GAME_LOG_PLAYERS, GAME_LOG_TEAMS
from tipoff.sources.providers.nba.rosters import PLAYER_INDEX
from tipoff.sources.providers.nba.schedule import SCHEDULE_STATS

_NAME = "nba"
_PARTS = ("logs", "boxes", "shots", "reports")
_KINDS = ("Regular Season", "PlayIn", "Playoffs")
_LEADS = tuple(timedelta(hours=h) for h in (24, 6, 2)) + tuple(
    timedelta(minutes=m) for m in (60, 30, 5)
)
# A report is there some minutes after it was made; what is asked for sooner would count as absent.
_APPEARS = timedelta(minutes=5)
# Figures of games are corrected for some days.
_SETTLED = timedelta(days=10)
# Since this date reports come every quarter of an hour, and their names state the minute.
_QUARTERS = date(2025, 12, 23)


def report_params(moment: datetime) -> dict[str, str]:
    """Return the params of the last injury report that was made at or before a moment."""
    local = moment.astimezone(EASTERN)
    if local.date() >= _QUARTERS:
        made = local - timedelta(minutes=local.minute % 15)
        return {"date": f"{made:%Y-%m-%d}", "time": f"{made:%I_%M%p}"}
    # A report that is named for its hour is made at half past.
    made = local - timedelta(minutes=30)
    return {"date": f"{made:%Y-%m-%d}", "time": f"{made:%I%p}"}


def _season(known: KnownSoFar, options: Mapping[str, str]) -> Iterator[Request]:
    """Give schedule, players and logs, then each game's box score, actions and reports."""
    season = options.get("season", "")
    start_year(season)
    parts = _parts(options)
    ask = _unchanging if _is_over(known, season) else _changing
    for endpoint in (SCHEDULE_STATS, PLAYER_INDEX):
        yield ask(endpoint, {"Season": season})
    if "logs" in parts:
        for endpoint in (GAME_LOG_PLAYERS, GAME_LOG_TEAMS):
            for kind in _KINDS:
                yield ask(endpoint, {"Season": season, "SeasonType": kind})
    games = _games(known, season, options)
    over = games.filter(pl.col("tip_off_at") + BOX_SCORE_DELAY <= known.now)
    for name, param, part in (
        ("box_score", "GameID", "boxes"),
        ("play_by_play", "game_id", "shots"),
    ):
        if part in parts:
            yield from (_request(name, {param: game}) for game in over["nba_game_id"])
    if "reports" in parts:
        yield from _reports(games["tip_off_at"].unique().sort().to_list(), known.now)


def _is_over(known: KnownSoFar, season: str) -> bool:
    """Whether the kept schedule's last game, of the finals where it is whole, is long over."""
    starts = _games(known, season, {})["tip_off_at"].dt.date().to_list()
    ends_in = date(start_year(season) + 1, 7, 1)
    return bool(starts) and known.now.date() > max(ends_in, max(starts) + _SETTLED)


def _today(known: KnownSoFar, _: Mapping[str, str]) -> Iterator[Request]:
    """Give the schedule, the players, and the last injury report before games that are to come."""
    day = known.now.astimezone(EASTERN).date()
    season = season_of(day)
    for endpoint in (SCHEDULE_STATS, PLAYER_INDEX):
        yield _changing(endpoint, {"Season": season})
    soon = {"from": f"{day}", "to": f"{day + timedelta(days=1)}"}
    to_come = _games(known, season, soon).filter(pl.col("tip_off_at") > known.now)
    if to_come.height:
        # What a plan of the season would ask for of these games, and the last of all.
        yield from _reports(to_come["tip_off_at"].unique().sort().to_list(), known.now)
        yield _request("injury_report", report_params(known.now - _APPEARS))


def _parts(options: Mapping[str, str]) -> list[str]:
    stated = options.get("parts", ",".join(_PARTS))
    parts = [part.strip() for part in stated.split(",") if part.strip()]
    if unknown := [part for part in parts if part not in _PARTS]:
        raise not_among("parts", _PARTS, unknown[0])
    return parts


def _request(endpoint: str, params: Mapping[str, str]) -> Request:
    """Ask for what does not change any more."""
    return Request(_NAME, endpoint, params)


def _unchanging(endpoint: Endpoint, params: Mapping[str, str]) -> Request:
    return _request(endpoint.name, params)


def _changing(endpoint: Endpoint, params: Mapping[str, str]) -> Request:
    """Ask for what is told anew as the season goes on."""
    return Request(_NAME, endpoint.name, params, endpoint.good_for)


def _games(known: KnownSoFar, season: str, options: Mapping[str, str]) -> pl.DataFrame:
    """Return the season's games with a tip-off, as the newest kept schedule states them."""
    lists = [
        answer
        for answer in known.answers(SCHEDULE_STATS.name)
        if answer.params.get("Season") == season
    ]
    if not lists:
        return pl.DataFrame(
            schema={"nba_game_id": pl.String, "tip_off_at": pl.Datetime("us", "UTC")}
        )
    games = SCHEDULE_STATS.parse(lists[-1], known.reference)[0].frame
    first, last = (_day(options, name) for name in ("from", "to"))
    return (
        games.filter(~pl.col("is_deleted"))
        .drop_nulls(["nba_game_id", "tip_off_at"])
        .filter(pl.col("game_date") >= first if first else True)
        .filter(pl.col("game_date") <= last if last else True)
        .sort("tip_off_at", "nba_game_id")
        .select("nba_game_id", "tip_off_at")
    )


def _day(options: Mapping[str, str], name: str) -> date | None:
    text = options.get(name)
    return iso_date(text, f"--param {name}") if text else None


def _reports(tip_offs: Iterable[datetime], now: datetime) -> Iterator[Request]:
    """Give each report once that was the last one at some instant before some game."""
    seen: set[str] = set()
    for tip_off in tip_offs:
        for instant in before_tip_off(tip_off, _LEADS, now - _APPEARS):
            request = _request("injury_report", report_params(instant))
            if request.key not in seen:
                seen.add(request.key)
                yield request


PLANNERS = (
    Planner(
        name="season",
        about="A season's schedule, players, logs, box scores, shots, and the injury reports "
        "before games.",
        build=_season,
        options={
            "season": "as 2024-25",
            "parts": f"some of {', '.join(_PARTS)}; all by default",
            "from": "first game date; the season's first by default",
            "to": "last game date; the season's last by default",
        },
    ),
    Planner(
        name="today",
        about="The schedule, the players, and the injury reports before the games of today and "
        "tomorrow (US Eastern) that have not started; to be asked for every quarter of an hour.",
        build=_today,
    ),
)
