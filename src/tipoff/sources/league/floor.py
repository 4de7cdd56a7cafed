"""Who is on the floor when: five of a team at every second, each for about his minutes.

A team's five places on the floor, laid end to end, are a line of five times the game's length,
which its players share out in turn. What a player gets wraps round the game, so that his time on
the floor is one arc of a circle whose length is the game, and nobody is there twice. The circle's
parts come in another order in the game, so that he plays in every period and not one long spell.

Minutes of the box score add up to those of the game but for rounding, so all of a team are scaled
alike, by less than a hundredth.
"""

import numpy as np
import polars as pl

from tipoff.sources.league.rosters import Ints

REGULATION, OVERTIME = 48 * 60, 5 * 60
PERIOD = 12 * 60
# What tells who is on the floor when.
ARC = (
    "season", "game_id", "game_date", "team", "player_id", "player_name", "overtime", "arc",
    "arc_seconds", "game_seconds",
)  # fmt: skip
_STARTERS = 5
_PARTS, _STRIDE = 16, 5
# From where to where on the circle, and when it begins in the game. Overtime is its second part,
# near the start, where the starters are.
_LENGTH = REGULATION // _PARTS
_IN_GAME = [place * _STRIDE % _PARTS * _LENGTH for place in range(_PARTS)]


def _spells(*, has_overtime: bool) -> list[tuple[int, int, int]]:
    """Parts of the circle, in its order: where each begins on it, its length, when in the game."""
    parts = [(_LENGTH, start) for start in _IN_GAME]
    if has_overtime:
        parts.insert(1, (OVERTIME, REGULATION))
    begins = np.cumsum([0, *[length for length, _ in parts]])
    return [(int(at), length, start) for at, (length, start) in zip(begins, parts, strict=False)]


SPELLS = {overtime: _spells(has_overtime=overtime) for overtime in (False, True)}


def arcs(sheet: pl.DataFrame) -> pl.DataFrame:
    """Return each player's arc of every game that he plays in.

    Args:
        sheet: rows of ``tipoff.sources.league.sheet.sheet`` in any order.

    Returns:
        The sheet's columns with ``arc`` (where it begins on the circle), ``arc_seconds`` and
        ``game_seconds`` (the circle's length).
    """
    team = ["game_id", "team"]
    seconds = pl.col("seconds_played")
    rank = pl.int_range(pl.len()).over(team)
    bench = pl.len().over(team) - 1 - rank
    # Between two starters comes one of the bench, the one who plays least first.
    place = pl.when(rank < _STARTERS).then(2 * rank).otherwise(2 * bench + 1)
    total = _STARTERS * pl.col("game_seconds")
    ends = (seconds.cum_sum().over(team) * total / seconds.sum().over(team)).round().cast(pl.Int64)
    begins = pl.col("_end").shift(1, fill_value=0).over(team)
    # The game begins where the last of the starters comes on, so that all of them are there.
    is_starter = pl.col("_place").is_in(list(range(0, 2 * _STARTERS, 2)))
    late = (
        pl.when(is_starter)
        .then(pl.col("_begin") - pl.col("_place") // 2 * pl.col("game_seconds"))
        .max()
        .over(team)
    )
    played = (
        sheet.filter(seconds > 0)
        .sort(*team, "place")
        .with_columns(
            game_seconds=REGULATION + OVERTIME * pl.col("overtime").cast(pl.Int64), _place=place
        )
        .sort(*team, "_place")
    )
    return (
        played.with_columns(_end=ends)
        .with_columns(_begin=begins)
        .with_columns(
            arc=(pl.col("_begin") - late) % pl.col("game_seconds"),
            arc_seconds=pl.col("_end") - pl.col("_begin"),
        )
        .drop("_place", "_begin", "_end")
    )


def pieces(on_floor: pl.DataFrame) -> pl.DataFrame:
    """Cut arcs where periods and the circle's parts begin.

    Args:
        on_floor: rows of ``arcs``.

    Returns:
        The rows once per piece, with ``period``, and ``came_at`` and ``left_at`` as seconds left
        of the period.
    """
    spells = pl.DataFrame(
        [(overtime, *spell) for overtime, parts in SPELLS.items() for spell in parts],
        schema=["overtime", "_at", "_length", "_start"],
        orient="row",
    )
    wrapped = pl.concat(
        [
            on_floor.with_columns(_from="arc"),
            on_floor.with_columns(_from=pl.col("arc") - pl.col("game_seconds")),
        ]
    )
    begin = pl.max_horizontal("_from", "_at")
    end = pl.min_horizontal(
        pl.col("_from") + pl.col("arc_seconds"), pl.col("_at") + pl.col("_length")
    )
    cut = wrapped.join(spells, on="overtime").with_columns(_begin=begin, _end=end)
    shift = pl.col("_start") - pl.col("_at")
    period = pl.min_horizontal(pl.col("_start") // PERIOD + 1, pl.lit(5))
    period_end = pl.min_horizontal(period * PERIOD, pl.col("game_seconds"))
    return (
        cut.filter(pl.col("_begin") < pl.col("_end"))
        .with_columns(
            period=period.cast(pl.Int32),
            came_at=(period_end - pl.col("_begin") - shift).cast(pl.Int32),
            left_at=(period_end - pl.col("_end") - shift).cast(pl.Int32),
        )
        .drop("_from", "_at", "_length", "_start", "_begin", "_end")
    )


def stints(on_floor: pl.DataFrame) -> pl.DataFrame:
    """Return from when to when each player is on the floor, what touches joined to one stint.

    Args:
        on_floor: rows of ``arcs``.

    Returns:
        ``game_id, team, player_id, player_name, period, came_at, left_at``, as seconds left.
    """
    key = ["game_id", "team", "player_id", "player_name", "period"]
    cut = pieces(on_floor).sort(*key, "came_at", descending=[*[False] * len(key), True])
    is_new = (pl.col("came_at") != pl.col("left_at").shift(1)).fill_null(value=True).over(key)
    numbered = cut.with_columns(_stint=is_new.cum_sum().over(key))
    return (
        numbered.group_by(*key, "_stint", maintain_order=True)
        .agg(pl.col("came_at").max(), pl.col("left_at").min())
        .drop("_stint")
    )


def joint(
    arc: Ints, seconds: Ints, other: Ints, other_seconds: Ints, circle: Ints
) -> tuple[Ints, Ints, Ints]:
    """Return what two arcs of a circle have in common: at most two pieces.

    Returns:
        How far after the first arc's begin the first piece begins, its length, and the length of
        the other piece, which begins with the first arc.
    """
    after = (other - arc) % circle
    first = np.maximum(np.minimum(seconds - after, other_seconds), 0)
    second = np.maximum(np.minimum(seconds, after + other_seconds - circle), 0)
    return after, first, second


def in_game(at: Ints, has_overtime: np.ndarray) -> tuple[Ints, Ints]:
    """Return the period of a second of the circle, and how many are left of the period then."""
    clock = np.empty_like(at)
    for overtime, spells in SPELLS.items():
        begins, _, starts = (np.array(part) for part in zip(*spells, strict=True))
        own = has_overtime == overtime
        spell = np.searchsorted(begins, at[own], side="right") - 1
        clock[own] = at[own] - begins[spell] + starts[spell]
    period = np.minimum(clock // PERIOD + 1, 5)
    return period, np.where(period == 5, REGULATION + OVERTIME, period * PERIOD) - clock
