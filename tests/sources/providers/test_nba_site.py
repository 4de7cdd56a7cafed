"""A week of a made-up league, asked for address by address, is that week."""

from collections import defaultdict
from datetime import date
from urllib.parse import parse_qsl, urlsplit

import polars as pl
import pytest
from tests.sources.providers.nba_league import NOTHING, parse
from tests.sources.providers.nba_site import Site

from tipoff.sources.addresses import path_of
from tipoff.sources.league import League
from tipoff.sources.providers.nba import PROVIDER
from tipoff.sources.reference import reference
from tipoff.tables.raw import PLAYER_PERIODS

_WEEK = ("2022-11-01", "2022-11-07")
_DAYS = (date(2022, 11, 1), date(2022, 11, 7))


@pytest.fixture(scope="module")
def site(league: League) -> Site:
    return Site(league.frames, league.on_floor)


def _ask(site: Site, name: str, **params: str) -> bytes:
    endpoint = PROVIDER.endpoints[name]
    url = urlsplit(path_of(PROVIDER, endpoint, params))
    status, body = site.answer(url.path, dict(parse_qsl(url.query)))
    assert status == 200
    return body


def test_a_week(site: Site, league_frames: dict[str, pl.DataFrame]) -> None:
    body = _ask(site, "schedule_stats", Season="2022-23")
    games = parse("schedule_stats", body, NOTHING)[0].frame
    wanted = {n: f.filter(pl.col("game_date").is_between(*_DAYS))
              for n, f in league_frames.items() if n != "rosters"}  # fmt: skip
    looked_up = reference(games, NOTHING.players)
    asked = {"Season": "2022-23", "DateFrom": _WEEK[0], "DateTo": _WEEK[1]}
    log = parse("game_log_players", _ask(site, "game_log_players", **asked), looked_up)[0].frame
    of_teams = parse("game_log_teams", _ask(site, "game_log_teams", **asked), looked_up)[0].frame
    told: dict[str, list[pl.DataFrame]] = defaultdict(list)
    boxes = []
    ids = games.filter(pl.col("game_id").is_in(wanted["games"]["game_id"].implode()))
    for game in ids["nba_game_id"]:
        boxes.append(parse("box_score", _ask(site, "box_score", GameID=game), looked_up)[0].frame)
        body = _ask(site, "play_by_play", game_id=game)
        for part in parse("play_by_play", body, looked_up):
            told[part.table.name].append(part.frame)
            assert part.table is not PLAYER_PERIODS or not part.rejected
    assert ids.height == wanted["games"].height > 5
    for found, table in (
        (log, "player_boxes"),
        (pl.concat(boxes), "player_boxes"),
        (of_teams, "team_boxes"),
        *((pl.concat(told[n]), n) for n in ("shots", "made_shots", "player_periods")),
    ):
        key = ["game_id", "team"]
        ours, theirs = (
            dict(zip(rows["_key"], rows["len"], strict=True))
            for rows in (
                f.group_by(pl.concat_str(key).alias("_key")).len() for f in (found, wanted[table])
            )
        )
        assert ours == theirs
    points = pl.concat(boxes)["points"].sum()
    assert points == wanted["player_boxes"]["points"].sum() == log["points"].sum()


def test_reports_tell_what_was_known_by_then(
    site: Site, league_frames: dict[str, pl.DataFrame]
) -> None:
    day = league_frames["games"].filter(season="2022-23")["game_date"][60]
    params = {"date": f"{day:%Y-%m-%d}", "time": "05PM"}
    found = parse("injury_report", _ask(site, "injury_report", **params), NOTHING)[0].frame
    made_at = found["observed_at"][0]
    rows = league_frames["availability"].filter(pl.col("observed_at") <= made_at)
    newest = rows.sort("observed_at").unique(["game_id", "team", "name_key"], keep="last")
    both = found.join(newest, on=["game_id", "team", "name_key"], suffix="_told")
    assert both.height == found.height > 0
    assert (both["status"] == both["status_told"]).all()


def test_what_the_nba_has_not_is_not_found(site: Site) -> None:
    for path, query in (
        ("/referee/injury/Injury-Report_2022-07-04_12PM.pdf", {}),
        ("/referee/injury/Injury-Report_x_99.pdf", {}),
        ("/stats/scheduleleaguev2int", {"Season": "1999-00"}),
        ("/stats/boxscoretraditionalv3", {"GameID": "0029900001"}),
        ("/nothing", {}),
    ):
        assert site.answer(path, query)[0] == 404
