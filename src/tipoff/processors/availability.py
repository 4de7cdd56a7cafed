"""Who is out, as the last lists before the decision instant say; null where there is none.

A list is what one source says of a whole team for a game. Of each source the last one that was
submitted counts, and who is not on it is not listed by it. What is said of single players stands
until the source's next word on them. Once a team's official list is known, official words alone
count, from that list on; before it, the newest word of any source.
"""

from collections.abc import Sequence

import polars as pl

from tipoff.domain.guard import guard
from tipoff.store.door import SPINE_ID, World, known
from tipoff.store.exact import on_grid
from tipoff.store.versions import KNOWN_AT

STAR_POINTS = 18
STAR_MINUTES = 28
STAR_MINUTES_POINTS = 12
# What the league itself publishes, above all the report that it makes teams file.
OFFICIAL = "nba_"
_OUT = ("out", "doubtful")
_TEAM = ["game_id", "team"]
_BY_SOURCE = [*_TEAM, "source"]
_PLAYER = (*_TEAM, "player_id")
_STATED_AT = "_stated_at"


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

    A player whom no known list of his team names is available. Where none was known, everything
    is null.

    Args:
        spine: player rows.
        world: what there is.
        statures: of the players of the dates, by ``stature``.

    Returns:
        ``spine_id``, ``injury_status``, ``star_teammates_out``, ``teammate_usage_out`` and
        ``last_report_at``.
    """
    teams = spine.unique(["game_id", "team"], maintain_order=True)
    every_list, everything = words(teams, world)
    lists, said = (counting(told, every_list) for told in (every_list, everything))
    last = last_words(said)
    covered = (
        pl.concat([frame.select(*_TEAM, _STATED_AT) for frame in (said, lists)])
        .group_by(_TEAM)
        .agg(last_report_at=pl.col(_STATED_AT).max(), _covered=pl.lit(value=True))
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


def words(teams: pl.DataFrame, world: World) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what each source says at the decision: its last list, and the words that still hold.

    Args:
        teams: one row per (game, team).
        world: what there is.

    Returns:
        Lists, ``game_id, team, source, known_at``; and words, the same with ``player_id,
        player_name, status``.
    """
    lists = _last_lists(teams, world)
    said = _statements(teams, world).with_columns(
        pl.coalesce("report_at", KNOWN_AT).alias(_STATED_AT)
    )
    return lists, _still_listed(said, lists)


def last_words(said: pl.DataFrame, by: Sequence[str] = _PLAYER) -> pl.DataFrame:
    """Return the last word on each player: ``by`` and ``status``."""
    is_official = pl.col("source").str.starts_with(OFFICIAL)
    return (
        said.drop_nulls("player_id")
        .sort(*_PLAYER, is_official, _STATED_AT, KNOWN_AT, "source", "status")
        .group_by(by, maintain_order=True)
        .agg(pl.col("status").last())
    )


def _last_lists(teams: pl.DataFrame, world: World) -> pl.DataFrame:
    """The last list of each source that was whole: all of its pages, each of them submitted."""
    told = ["report_at", "is_first_page", "is_last_page", "is_submitted"]
    filed = known(world, teams, "availability_reports", by=_TEAM, columns=[*_BY_SOURCE, *told])
    pages = (
        filed.sort(*_BY_SOURCE, "report_at", KNOWN_AT, *told[1:])
        .unique([*_BY_SOURCE, "report_at"], keep="last", maintain_order=True)
        .with_columns(_list=_begins().cum_sum().over(_BY_SOURCE))
    )
    lists = pages.group_by(*_BY_SOURCE, "_list", maintain_order=True).agg(
        pl.col("report_at").first().alias(_STATED_AT),
        pl.col(KNOWN_AT).max(),
        _is_whole=pl.col("is_first_page").first()
        & pl.col("is_last_page").last()
        & pl.col("is_submitted").all(),
    )
    whole = lists.filter("_is_whole").select(*_BY_SOURCE, KNOWN_AT, _STATED_AT)
    return whole.unique(_BY_SOURCE, keep="last", maintain_order=True)


def _begins() -> pl.Expr:
    """A list begins with its first page; a page whose first is not there belongs to no other."""
    is_after_last = pl.col("is_last_page").shift(1, fill_value=True).over(_BY_SOURCE)
    return pl.col("is_first_page") | is_after_last


def _still_listed(said: pl.DataFrame, lists: pl.DataFrame) -> pl.DataFrame:
    """Leave out what was said before the source's last list: who is not on it is not listed."""
    began = lists.select(*_BY_SOURCE, _began=_STATED_AT)
    both = said.join(began, on=_BY_SOURCE, how="left", maintain_order="left")
    is_on_it = (pl.col(_STATED_AT) >= pl.col("_began")).fill_null(value=True)
    return both.filter(is_on_it).drop("_began")


def counting(told: pl.DataFrame, lists: pl.DataFrame) -> pl.DataFrame:
    """Return what counts: where a team's official list is known, official words from it on.

    Args:
        told: lists or words.
        lists: the last list of each source.
    """
    is_official = pl.col("source").str.starts_with(OFFICIAL)
    official = lists.filter(is_official).group_by(_TEAM).agg(_official=pl.col(_STATED_AT).max())
    both = told.join(official, on=_TEAM, how="left", maintain_order="left")
    is_newer = pl.col(_STATED_AT) >= pl.col("_official")
    counts = pl.col("_official").is_null() | (is_official & is_newer)
    return both.filter(counts).drop("_official")


@guard
def _statements(teams: pl.DataFrame, world: World) -> pl.DataFrame:
    """What was said of players of each team's own game and was known at the decision."""
    return known(
        world,
        teams,
        "availability",
        by=_TEAM,
        columns=[*_BY_SOURCE, "player_id", "player_name", "status", "report_at"],
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
        newest.select("team", "player_id", "player_name", "source", "status"), on="team"
    )
    return rows.with_columns(report_at="as_of").rename({"as_of": KNOWN_AT})


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
