"""Who was on the floor, and for how long: from substitutions, or from the five that are stated.

Five of a team are on the floor at every second. A period of a team in which that can not be made
out is left out and counted, so that no row is a guess.
"""

import polars as pl

NO_FIVE = "a team's period whose five on the floor can not be told"
FIVE = 5
REGULATION_PERIODS, PERIOD, OVERTIME = 4, 12 * 60, 5 * 60
_SIDE = ["game_id", "team", "period"]
_WHO = [*_SIDE, "person"]
_PERSON = ["game_id", "team", "person"]
# A box score in whole minutes is half a minute off.
_ROUNDED = 60


def period_length(period: pl.Expr) -> pl.Expr:
    """Seconds of a period."""
    return pl.when(period <= REGULATION_PERIODS).then(PERIOD).otherwise(OVERTIME)


def from_substitutions(acts: pl.DataFrame, boxes: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return how long each player was on the floor in each period of games.

    Who starts a period is not stated. Whoever does something in it, or goes off, before he comes on
    started it. Where these are fewer than five, the others did nothing in the whole period: they
    are those of the team, seen in other periods, who fill the five; the box score tells them apart
    where there are more, since the period is missing from their minutes.

    Args:
        acts: ``game_id, team, person, period, seconds_left, place, step``: in the order of
            ``place``, who came on (1), went off (-1) or did something on the floor (0).
        boxes: ``game_id, person, seconds_played`` of the same games, as far as they are known.

    Returns:
        ``game_id, team, person, period, seconds``, and how many periods of teams are left out.
    """
    sides = acts.select(_SIDE).unique()
    first = acts.sort("place").unique(_WHO, keep="first", maintain_order=True)
    starters = first.filter(pl.col("step") != 1).select(_WHO)
    short = (
        sides.join(starters.group_by(_SIDE).len(), on=_SIDE, how="left")
        .with_columns(missing=FIVE - pl.col("len").fill_null(0).cast(pl.Int64))
        .drop("len")
    )
    whole = short.filter(missing=0)
    told = _seconds(acts.join(whole, on=_SIDE, how="semi"), starters)
    silent = _silent(acts, first, short.filter(pl.col("missing") > 0), told, boxes)
    again = acts.join(silent.select(_SIDE).unique(), on=_SIDE, how="semi")
    both = pl.concat([starters.join(again, on=_SIDE, how="semi"), silent.select(_WHO)])
    found = pl.concat([told, _within_box(_seconds(again, both), told, boxes)])
    return found, sides.height - found.select(_SIDE).unique().height


def _seconds(acts: pl.DataFrame, starters: pl.DataFrame) -> pl.DataFrame:
    """Seconds of those who were on the floor, for sides where five were at every second."""
    length = period_length(pl.col("period"))
    begin = starters.join(acts.select(_SIDE).unique(), on=_SIDE, how="semi").with_columns(
        seconds_left=length.cast(pl.Int32), place=pl.lit(-1, pl.Int64), step=pl.lit(1, pl.Int32)
    )
    steps = pl.concat([begin, acts.select(begin.columns)]).sort("place")
    on = steps.with_columns(_on=pl.col("step").cum_sum().over(_WHO, order_by="place"))
    off_at = pl.when(pl.col("step") == -1).then("seconds_left").forward_fill()
    # What is told at the very second at which he goes off may follow it.
    is_odd = ~pl.col("_on").is_in([0, 1]) | (
        (pl.col("step") == 0) & (pl.col("_on") == 0) & (pl.col("seconds_left") != pl.col("_off"))
    )
    odd = on.with_columns(_off=off_at.over(_WHO, order_by="place")).filter(
        is_odd.fill_null(value=True)
    )
    count = (
        on.group_by([*_SIDE, "seconds_left"])
        .agg(pl.col("step").sum())
        .sort("seconds_left", descending=True)
        .with_columns(_five=pl.col("step").cum_sum().over(_SIDE, order_by=-pl.col("seconds_left")))
    )
    # At the last second somebody may come on for nobody any more.
    uneven = count.filter(pl.col("_five") != FIVE, pl.col("seconds_left") > 0)
    fair = on.join(odd, on=_SIDE, how="anti").join(uneven, on=_SIDE, how="anti")
    return fair.group_by(_WHO).agg(seconds=(pl.col("step") * pl.col("seconds_left")).sum())


def _silent(
    acts: pl.DataFrame,
    first: pl.DataFrame,
    short: pl.DataFrame,
    told: pl.DataFrame,
    boxes: pl.DataFrame,
) -> pl.DataFrame:
    """Who was on the floor for a whole period and did nothing, where that can be told."""
    seen = acts.select(_PERSON).unique()
    others = (
        short.join(seen, on=["game_id", "team"])
        .join(first.select(_WHO), on=_WHO, how="anti")
        .join(told.group_by(_PERSON).agg(_told=pl.col("seconds").sum()), on=_PERSON, how="left")
        .join(boxes, on=["game_id", "person"], how="left")
        .with_columns(_left=pl.col("seconds_played") - pl.col("_told").fill_null(0))
    )
    has_box = pl.col("game_id").is_in(boxes["game_id"].implode())
    enough = (pl.col("_left") >= period_length(pl.col("period")) - _ROUNDED).fill_null(value=False)
    able = others.filter(~has_box | enough)
    return able.filter(pl.len().over(_SIDE) == pl.col("missing"))


def _within_box(found: pl.DataFrame, told: pl.DataFrame, boxes: pl.DataFrame) -> pl.DataFrame:
    """Leave out sides that would give somebody more time than his box score."""
    total = pl.concat([found, told]).group_by(_PERSON).agg(_total=pl.col("seconds").sum())
    held = total.join(boxes, on=["game_id", "person"])
    over = held.filter(pl.col("_total") > pl.col("seconds_played") + _ROUNDED)
    wrong = found.join(over, on=_PERSON, how="semi").select(_SIDE).unique()
    return found.join(wrong, on=_SIDE, how="anti")


def from_fives(rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return how long each player was on the floor, where every row of a game states the fives.

    The time since the row before belongs to those whom a row states. Substitutions come while the
    clock stands, so it does not matter whom their own rows state.

    Args:
        rows: ``game_id, period, seconds_left, place`` and, by side, ``team`` and ``five``: a list
            of five names; one row per row of the game and side.

    Returns:
        As ``from_substitutions``, with names as ``person``.
    """
    before = pl.col("seconds_left").shift(1).over(_SIDE, order_by="place")
    length = period_length(pl.col("period"))
    spent = rows.with_columns(_spent=pl.coalesce(before, length) - pl.col("seconds_left"))
    # Where the clock runs back, or somebody is missing while it runs, nothing is certain.
    odd = spent.filter(
        (pl.col("_spent") < 0)
        | ((pl.col("_spent") > 0) & (pl.col("five").list.drop_nulls().list.n_unique() != FIVE))
    )
    sides = rows.select(_SIDE).unique()
    ended = spent.group_by(_SIDE).agg(
        pl.col("_spent").sum() == period_length(pl.col("period").first())
    )
    fair = sides.join(ended.filter("_spent"), on=_SIDE, how="semi").join(odd, on=_SIDE, how="anti")
    found = (
        spent.filter(pl.col("_spent") > 0)
        .join(fair, on=_SIDE, how="semi")
        .explode("five")
        .group_by(*_SIDE, person="five")
        .agg(seconds=pl.col("_spent").sum())
    )
    return found, sides.height - fair.height


def in_every_period(found: pl.DataFrame) -> pl.DataFrame:
    """Add rows of zero seconds for periods that are told and in which a player was not there.

    Args:
        found: what ``from_substitutions`` gives; who has no second in any of them did not play.
    """
    played = found.filter(pl.col("seconds") > 0)
    every = (
        played.select(_PERSON).unique().join(played.select(_SIDE).unique(), on=["game_id", "team"])
    )
    return every.join(played, on=_WHO, how="left").with_columns(pl.col("seconds").fill_null(0))


def numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Add ``namesake``, which tells apart players of a team of one name key, by ``person``."""
    alike = ["game_id", "team", "name_key"]
    return rows.with_columns(namesake=pl.col("person").rank("dense").over(alike).cast(pl.Int32))
