"""Where models stand: candidate → shadow → champion → retired, told by the log of events."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from tipoff.errors import InputError, not_among
from tipoff.tables.models import (
    CANDIDATE,
    CHAMPION,
    LIVE,
    PROMOTED,
    RETIRED,
    ROLLED_BACK,
    SHADOW,
    STAGES,
)

_NEXT = {CANDIDATE: SHADOW, SHADOW: CHAMPION}
# A champion that another replaces goes on in the shadow, so that both can be compared.
_STEPS = {
    CANDIDATE: {SHADOW, CHAMPION, RETIRED},
    SHADOW: {CHAMPION, RETIRED},
    CHAMPION: {SHADOW, RETIRED},
    RETIRED: {SHADOW},
}


def standing(events: pl.DataFrame) -> pl.DataFrame:
    """Return where each model stands: ``model_id, market, stage, is_forced, since, number``.

    Args:
        events: rows of ``model_events``.

    Returns:
        One row per model, the newest event last. ``is_forced`` is true where the event that
        brought it there, or one since its last unforced promotion, went against the conditions.
    """
    ordered = events.sort("number")
    # What follows a forced step by itself (a demotion) does not make it good; a promotion does.
    marks = pl.when(pl.col("event") == PROMOTED).then("is_forced")
    mark = marks.forward_fill().over("model_id") | pl.col("is_forced")
    return (
        ordered.with_columns(is_forced=mark.fill_null(pl.col("is_forced")))
        .group_by("model_id", maintain_order=True)
        .agg(
            pl.col("market").last(),
            pl.col("to_stage").last().alias("stage"),
            pl.col("is_forced").last(),
            pl.col("at").last().alias("since"),
            pl.col("number").last(),
        )
        .sort("number")
    )


def live(events: pl.DataFrame, market: str) -> pl.DataFrame:
    """Return the models of a market that predict: the champion first, then shadows by age."""
    own = standing(events).filter(pl.col("market") == market, pl.col("stage").is_in(LIVE))
    return own.sort(pl.col("stage") != CHAMPION, "number")


def champion(events: pl.DataFrame, market: str) -> str | None:
    """Return the id of a market's champion, if it has one."""
    found = live(events, market).filter(pl.col("stage") == CHAMPION)["model_id"].to_list()
    return found[-1] if found else None


def next_stage(stage: str) -> str:
    """Return the stage that a promotion leads to.

    Raises:
        InputError: there is none.
    """
    if stage not in _NEXT:
        raise InputError(
            f"Expected a candidate or a shadow to promote, got a model that is {stage}."
        )
    return _NEXT[stage]


def refuse_step(stage: str, to: str) -> None:
    """Refuse a step that leads nowhere.

    Raises:
        InputError: a model of that stage can not get there.
    """
    if to not in STAGES:
        raise not_among("a stage", STAGES, to)
    if to not in _STEPS[stage]:
        allowed = ", ".join(s for s in STAGES if s in _STEPS[stage])
        raise InputError(f"Expected a step from {stage} to one of {allowed}; got {to}.")


def before_last(events: pl.DataFrame, market: str) -> str | None:
    """Return the model that was champion before the one that is, for going back to it.

    A model that was taken out of service since is passed over: somebody had a reason.
    """
    own = events.filter(pl.col("market") == market).sort("number")
    gone = standing(own).filter(pl.col("stage") == RETIRED)["model_id"].to_list()
    terms = own.filter(
        pl.col("to_stage") == CHAMPION, pl.col("event").is_in([PROMOTED, ROLLED_BACK])
    )["model_id"].to_list()
    earlier = [model for model in terms if model not in (champion(own, market), *gone)]
    return earlier[-1] if earlier else None


def event(
    about: Mapping[str, Any], kind: str, to: str, *, reason: str, by: str, **more: Any
) -> dict[str, Any]:
    """Return an event without its number and moment.

    Args:
        about: ``model_id``, ``market`` and ``stage`` (None for a model that is new).
        kind: what happens.
        to: the stage that it leads to.
        reason: why, as a sentence.
        by: who did it.
        more: ``is_forced`` and ``evidence`` (JSON), where there are any.
    """
    return {
        "model_id": about["model_id"],
        "market": about["market"],
        "event": kind,
        "from_stage": about["stage"],
        "to_stage": to,
        "is_forced": more.get("is_forced", False),
        "by": by,
        "reason": reason,
        "evidence": more.get("evidence"),
    }
