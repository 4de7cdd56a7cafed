"""Who is out, as the last reports before the decision instant say; null where there is none.

A report is a team's list for a game. Of each source the last one that was submitted counts, and
who is not on it is not listed by it. Statements of sources that give no whole lists stand until
their next one on the player. The league's own report is complete by its rules: what another source
said before it counts no longer. Among what is left the newest statement counts.
"""

import polars as pl

from tipoff.domain.guard import guard
from tipoff.store.door import SPINE_ID, World, known
from tipoff.store.exact import on_grid
from tipoff.store.versions import KNOWN_AT

STAR_POINTS = 18
STAR_MINUTES = 28
STAR_MINUTES_POINTS = 12
# The report that the league makes teams file.
OFFICIAL = "nba_injury_report"
_OUT = ("out", "doubtful")
_TEAM = ["game_id", "team"]


def stature(averages: pl.DataFrame) -> pl.DataFrame:
    """Return how much each player of the dates matters: ``usage_rate_season`` and ``is_star``.

    Args:
        averages: ``game_id, player_id, points_avg_season, minutes_avg_season,
            usage_rate_season``.
    """
    points, minutes = pl.col("points_avg_season"), pl.col("minutes_avg_season")
    is_star = (points >= STAR_POINTS) | (
        (minutes >= STAR_MINUTES) & (points >= STAR_MINUTES_POINTS)
    )
    return averages.select(
        "game_id",
        "player_id",
        usage_rate_season=on_grid(pl.col("usage_rate_season")),
        is_star=is_star.fill_null(value=False),
    )


def availability(spine: pl.DataFrame, world: World, statures: pl.DataFrame) -> pl.DataFrame:
    """Say of every spine row whether he and his teammates are listed.

    A player whom no known report on his team lists is available. Where no report on the team was
    known, everything is null.

    Args:
        spine: player rows.
        world: what there is.
        statures: of the players of the dates, by ``stature``.

    Returns:
        ``spine_id``, ``injury_status``, ``star_teammates_out``, ``teammate_usage_out`` and
        ``last_report_at``.
    """
    teams = spine.unique(["game_id", "team"], maintain_order=True)
    reports = _submitted(teams, world)
    said = _still_said(_statements(teams, world), reports)
    last = (
        said.drop_nulls("player_id")
        .sort("game_id", "team", "player_id", KNOWN_AT, "source", "status")
        .group_by("game_id", "team", "player_id", maintain_order=True)
        .agg(pl.col("status").last())
    )
    covered = (
        pl.concat([frame.select(*_TEAM, KNOWN_AT) for frame in (said, reports)])
        .group_by(_TEAM)
        .agg(last_report_at=pl.col(KNOWN_AT).max(), _covered=pl.lit(value=True))
    )
    rows = (
        spine.select(SPINE_ID, "game_id", "team", "player_id")
        .join(covered, on=_TEAM, how="left", maintain_order="left")
        .join(last, on=["game_id", "team", "player_id"], how="left", maintain_order="left")
        .join(_missed(last, statures), on=_TEAM, how="left", maintain_order="left")
        .join(statures, on=["game_id", "player_id"], how="left", maintain_order="left")
        .with_columns(_self_out=pl.col("status").is_in(_OUT).fill_null(value=False))
    )
    own_usage = pl.when("_self_out").then(pl.col("usage_rate_season").fill_null(0)).otherwise(0)
    return rows.select(
        SPINE_ID,
        "last_report_at",
        injury_status=pl.when("_covered").then(pl.col("status").fill_null("available")),
        star_teammates_out=pl.when("_covered").then(
            pl.col("_stars").fill_null(0) - (pl.col("_self_out") & pl.col("is_star")).fill_null(0)
        ),
        teammate_usage_out=pl.when("_covered").then(pl.col("_usage").fill_null(0) - own_usage),
    )


def _submitted(teams: pl.DataFrame, world: World) -> pl.DataFrame:
    """The last submitted report of each source on each team's own game."""
    filed = known(
        world,
        teams,
        "availability_reports",
        by=_TEAM,
        columns=[*_TEAM, "source", "is_submitted"],
    )
    return filed.filter("is_submitted").group_by(*_TEAM, "source").agg(pl.col(KNOWN_AT).max())


def _still_said(statements: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Keep what the last report of its source holds, and what no later official one has ended."""
    began = reports.rename({KNOWN_AT: "_began"})
    official = began.filter(source=OFFICIAL).select(*_TEAM, _ended="_began")
    own = statements.join(began, on=[*_TEAM, "source"], how="left", maintain_order="left")
    both = own.join(official, on=_TEAM, how="left", maintain_order="left")
    is_listed = (pl.col(KNOWN_AT) >= pl.col("_began")).fill_null(value=True)
    is_newer = (pl.col(KNOWN_AT) >= pl.col("_ended")).fill_null(value=True)
    return both.filter(is_listed, is_newer).drop("_began", "_ended")


@guard
def _statements(teams: pl.DataFrame, world: World) -> pl.DataFrame:
    """What was said of players of each team's own game and was known at the decision."""
    return known(
        world,
        teams,
        "availability",
        by=_TEAM,
        columns=[*_TEAM, "player_id", "source", "status"],
    )


@_statements.fault("todays-injuries")
def _list_of_today(teams: pl.DataFrame, world: World) -> pl.DataFrame:
    """Every player's newest status, whatever game it was about, joined to all games by team."""
    newest = (
        world.facts["availability"]
        .drop_nulls("player_id")
        .sort(KNOWN_AT, "source", "status")
        .unique("player_id", keep="last", maintain_order=True)
    )
    rows = teams.select(SPINE_ID, "game_id", "team", "as_of").join(
        newest.select("team", "player_id", "source", "status"), on="team"
    )
    return rows.rename({"as_of": KNOWN_AT})


def _missed(last: pl.DataFrame, statures: pl.DataFrame) -> pl.DataFrame:
    """Stars out and usage out by (game, team)."""
    out = (
        last.filter(pl.col("status").is_in(_OUT))
        .join(statures, on=["game_id", "player_id"])
        .sort("game_id", "team", "player_id")
    )
    return out.group_by("game_id", "team", maintain_order=True).agg(
        _stars=pl.col("is_star").sum().cast(pl.Float64),
        _usage=pl.col("usage_rate_season").fill_null(0).sum(),
    )
