"""Versions of facts: what a group of rows said at each instant at which one of them changed.

Raw rows are append-only; a correction is a newer row of the same entity. A fact computed from
several rows (a team's total, say) therefore has one version per instant at which any of its
rows became known. Most groups have a single instant and cost nothing extra.
"""

from collections.abc import Sequence

import polars as pl

from tipoff.domain.guard import guard

KNOWN_AT = "known_at"
SUPERSEDED_AT = "superseded_at"


@guard
def as_told(rows: pl.DataFrame, entity: Sequence[str]) -> pl.DataFrame:  # noqa: ARG001
    """Return raw rows as they were told: each version from the instant at which it came.

    Args:
        rows: rows of a table that tells outcomes.
        entity: columns that name one row, whatever its version.
    """
    return rows


@as_told.fault("corrections-backwards")
def _as_corrected(rows: pl.DataFrame, entity: Sequence[str]) -> pl.DataFrame:
    """The newest version of each row, dated as the first one was."""
    names = list(entity)
    newest = rows.sort("observed_at").unique(names, keep="last", maintain_order=True)
    first = rows.group_by(names).agg(pl.col("observed_at").min())
    dated = newest.drop("observed_at").join(first, on=names, nulls_equal=True)
    return dated.select(rows.columns)


def at_each_instant(
    rows: pl.DataFrame, group: Sequence[str], entity: Sequence[str]
) -> pl.DataFrame:
    """Return, for every group and instant, the newest version of each of the group's rows.

    Args:
        rows: raw rows with ``observed_at`` and ``is_deleted``.
        group: columns of the group that a fact is computed from.
        entity: columns that name one row of the group, whatever its version.

    Returns:
        The rows with ``known_at`` (UTC) instead of ``observed_at``; deleted rows are left out.
    """
    group, entity = list(group), list(entity)
    instants = rows.select(*group, pl.col("observed_at").alias(KNOWN_AT)).unique()
    many = instants.group_by(group).len().filter(pl.col("len") > 1).select(group)
    if many.is_empty():
        current = rows.rename({"observed_at": KNOWN_AT})
        return current.filter(~pl.col("is_deleted")).drop("is_deleted")
    easy = rows.join(many, on=group, how="anti").with_columns(pl.col("observed_at").alias(KNOWN_AT))
    hard = (
        rows.join(many, on=group, how="semi")
        .join(instants, on=group)
        .filter(pl.col("observed_at") <= pl.col(KNOWN_AT))
        .sort("observed_at")
        .unique([*entity, KNOWN_AT], keep="last", maintain_order=True)
    )
    both = pl.concat([easy, hard.select(easy.columns)])
    return both.filter(~pl.col("is_deleted")).drop("is_deleted", "observed_at")


def with_ends(facts: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Say of each version of a game's facts until when it counts.

    At every instant at which a row of a game became known, was changed or was deleted, all facts
    of the game are told anew; what is not told again is no longer so.

    Args:
        facts: with ``game_id`` and ``known_at``.
        rows: the raw rows that they were computed from, the deleted ones too.

    Returns:
        The facts with ``superseded_at``, null for the last version.
    """
    instants = rows.select("game_id", pl.col("observed_at").alias(KNOWN_AT)).unique()
    ends = instants.sort("game_id", KNOWN_AT).with_columns(
        pl.col(KNOWN_AT).shift(-1).over("game_id").alias(SUPERSEDED_AT)
    )
    return facts.join(ends, on=["game_id", KNOWN_AT], how="left")


def with_withdrawals(rows: pl.DataFrame, entity: Sequence[str]) -> pl.DataFrame:
    """Say of each event (a quote, a report) until when it counts: until its entity's deletion.

    Newer versions do not end an event; each was a statement of its own.

    Args:
        rows: raw rows with ``observed_at`` and ``is_deleted``.
        entity: columns that name one event, whatever its version.

    Returns:
        The rows that are no deletions, with ``known_at`` instead of ``observed_at`` and
        ``superseded_at``, null where nothing was deleted later.
    """
    entity = list(entity)
    said = rows.filter(~pl.col("is_deleted")).rename({"observed_at": KNOWN_AT}).drop("is_deleted")
    gone = rows.filter("is_deleted").select(*entity, pl.col("observed_at").alias(SUPERSEDED_AT))
    if gone.is_empty():
        return said.with_columns(pl.lit(None, rows.schema["observed_at"]).alias(SUPERSEDED_AT))
    ends = (
        said.select(*entity, KNOWN_AT)
        .join(gone, on=entity, nulls_equal=True)
        .filter(pl.col(SUPERSEDED_AT) >= pl.col(KNOWN_AT))
        .group_by(*entity, KNOWN_AT)
        .agg(pl.col(SUPERSEDED_AT).min())
    )
    return said.join(
        ends, on=[*entity, KNOWN_AT], how="left", nulls_equal=True, maintain_order="left"
    )


def counts_at(instant: pl.Expr) -> pl.Expr:
    """True for versions and events that were known at an instant and not ended by then."""
    is_newest = (pl.col(SUPERSEDED_AT) > instant).fill_null(value=True)
    return (pl.col(KNOWN_AT) <= instant) & is_newest


def by_precedence(rows: pl.DataFrame, key: Sequence[str], sources: Sequence[str]) -> pl.DataFrame:
    """Merge the rows of several sources into one row per key, column by column.

    Each column takes the first non-null value in the order of ``sources``; sources that are not
    listed come after, by name. ``source`` becomes the sources that contributed a row, joined by
    ``+``.
    """
    key = list(key)
    present = rows["source"].unique().to_list()
    order = [s for s in sources if s in present] + sorted(set(present) - set(sources))
    if len(order) <= 1:
        return rows
    values = [c for c in rows.columns if c not in (*key, "source")]
    merged: pl.DataFrame | None = None
    for source in order:
        part = rows.filter(pl.col("source") == source)
        if merged is None:
            merged = part
            continue
        merged = merged.join(part, on=key, how="full", coalesce=True, suffix="_next").select(
            *key,
            *[pl.coalesce(c, f"{c}_next") for c in values],
            pl.concat_str(["source", "source_next"], separator="+", ignore_nulls=True).alias(
                "source"
            ),
        )
    assert merged is not None
    return merged.select(rows.columns)
