"""Features of availability from downloaded injury reports are those of what the teams filed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.sources.hand_clock import QUICK, HandClock
from tests.sources.providers.nba_payloads import with_nba_ids
from tests.sources.providers.nba_site import Site
from tests.sources.weather import Asked, Reply, weather

from tipoff.domain.clock import EASTERN
from tipoff.features.declare import POINTS
from tipoff.processors.catalogue import feature_store
from tipoff.sources.providers.nba import PLANNERS, PROVIDER
from tipoff.store.lake import Lake, append, open_lake
from tipoff.tables.raw import RAW_TABLES
from tipoff.workflows.fetch import fetch
from tipoff.workflows.fetch_order import Order
from tipoff.workflows.parse_answers import parse
from tipoff.workflows.rebuild import rebuilt
from tipoff.workflows.world import raw_rows

Frames = dict[str, pl.DataFrame]
SEASON = "2022-23"
LISTS = ("availability", "availability_reports")
NAMES = ("injury_risk", "star_teammates_out", "teammate_usage_available", "usage_spike_score")
KEY = ["game_id", "player_id"]
HALF_HOUR, HOUR, DAY_BEFORE = 30, 60, 24 * 60
DAYS = 6


@dataclass(frozen=True)
class Downloaded:
    """Rows of a lake whose injury reports were downloaded, and what the teams filed.

    Attributes:
        frames: all raw rows of the lake, by table.
        truth: the same with what the teams filed, as of the next report that can tell of it.
        days: the game dates.
    """

    frames: Frames
    truth: Frames
    days: list[date]

    def values(self, lead: int, *, of_truth: bool = False) -> pl.DataFrame:
        frames = self.truth if of_truth else self.frames
        built = rebuilt(frames, self.days, lead, [POINTS])
        return built[feature_store(POINTS).name].select(*KEY, *NAMES).sort(KEY)


def _published(frames: Frames) -> Frames:
    """What the teams filed, as the reports of every half past tell it: the last before each."""
    told = dict(frames)
    local = pl.col("report_at").dt.convert_time_zone(EASTERN.key)
    half_past = (local - timedelta(minutes=30, microseconds=1)).dt.truncate("1h") + timedelta(
        minutes=90
    )
    lists = frames["availability_reports"].filter("is_submitted")
    named = lists.with_columns(_told=half_past.dt.convert_time_zone("UTC")).sort("report_at")
    last = named.unique(["game_id", "team", "_told"], keep="last", maintain_order=True)
    moments = last.select("game_id", "team", "report_at", "_told")
    for name in LISTS:
        rows = frames[name].join(moments, on=["game_id", "team", "report_at"])
        told[name] = rows.with_columns(observed_at="_told", report_at="_told").drop("_told")
    return told


def _fetched(lake: Lake, site: Site, days: list[date], patched: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        patched.delenv(name, raising=False)
        patched.delenv(name.upper(), raising=False)
    window = {"from": [f"{days[0]}"], "to": [f"{days[-1]}"]}
    params = {"season": [SEASON], "parts": ["reports"], **window}
    order = Order(PROVIDER, "season", params, planner=PLANNERS[0], concurrency=1)

    def script(asked: Asked, _: int) -> Reply:
        status, body = site.answer(asked.path, asked.params)
        return Reply(status, body)

    with weather(script) as server:
        patched.setenv("TIPOFF_NBA_URL", server.address)
        report = fetch(lake, order, manners=QUICK, clock=HandClock().clock)
    assert (report["left"], report["failed"]) == (0, [])
    parse(lake, {PROVIDER.name: PROVIDER}, now=HandClock().begin)


@pytest.fixture(scope="module")
def downloaded(
    league_frames: Mapping[str, pl.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> Downloaded:
    frames = with_nba_ids(league_frames)
    lake = open_lake(str(tmp_path_factory.mktemp("availability") / "lake"))
    for name, table in RAW_TABLES.items():
        if name not in LISTS:
            append(lake, table, frames[name].filter(season=SEASON))
    listed = frames["games"].filter(season=SEASON)["game_date"].unique().sort().to_list()
    days = listed[len(listed) // 2 :][:DAYS]
    with pytest.MonkeyPatch.context() as patched:
        _fetched(lake, Site(league_frames), days, patched)
    rows = raw_rows(lake, [SEASON], [POINTS])
    own = _published({n: f.filter(season=SEASON) for n, f in frames.items()})
    return Downloaded(rows, {**rows, **{n: own[n].drop("row_hash") for n in LISTS}}, days)


@pytest.mark.parametrize("lead", [HALF_HOUR, DAY_BEFORE])
def test_features_are_those_of_what_the_teams_filed(downloaded: Downloaded, lead: int) -> None:
    found, truth = downloaded.values(lead), downloaded.values(lead, of_truth=True)
    assert_frame_equal(found, truth)
    known = found["star_teammates_out"].is_not_null()
    if lead == HALF_HOUR:
        assert known.all()
        assert found.filter(pl.col("star_teammates_out") > 0).height > 0
        assert {0.0, 3.0} <= set(found["injury_risk"]) <= {0.0, 2.0, 3.0}
    else:
        # Teams that play on the evening before have not filed yet.
        assert 0 < known.sum() < found.height


def test_a_day_before_less_is_known(downloaded: Downloaded) -> None:
    soon, early = (downloaded.values(lead) for lead in (HALF_HOUR, DAY_BEFORE))
    both = soon.join(early, on=KEY, suffix="_early").drop_nulls("injury_risk_early")
    changed = both.filter(pl.col("injury_risk") != pl.col("injury_risk_early"))
    assert {0.0, 3.0} <= set(changed["injury_risk"])
    assert changed.filter(injury_risk_early=2.0).height > 0


def test_the_report_after_the_decision_is_not_seen(downloaded: Downloaded) -> None:
    """Who is scratched within the hour before the tip-off is still questionable an hour before."""
    tips = downloaded.frames["games"].select("game_id", "tip_off_at").drop_nulls().unique()
    said = downloaded.frames["availability"].join(tips, on="game_id").sort("report_at")
    decided = pl.col("tip_off_at") - timedelta(minutes=HOUR)
    before = pl.col("status").filter(pl.col("report_at") <= decided).last()
    late = (
        said.filter(pl.col("report_at") < pl.col("tip_off_at"))
        .group_by(KEY)
        .agg(before=before, after=pl.col("status").last())
        .filter(after="out", before="questionable")
    )
    assert late.height > 0
    seen = late.join(downloaded.values(HOUR), on=KEY)
    assert seen.height > 0
    assert set(seen["injury_risk"]) == {2.0}
    later = late.join(downloaded.values(HALF_HOUR), on=KEY)
    assert set(later["injury_risk"]) == {3.0}
