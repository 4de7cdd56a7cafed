"""Why a model is in its state, in a sentence."""

import polars as pl

from tipoff.monitoring.rules import Rules


def reason(rules: Rules) -> pl.Expr:
    """Return the sentence of each row of ``decay``: what decided, with its numbers."""
    state = pl.col("state")
    return (
        pl.when(state == "INSUFFICIENT")
        .then(_too_little(rules))
        .when(state == "HEALTHY")
        .then(
            pl.format(
                "Evidence against the reference is {}, below {}; {}.",
                _e("e_value"),
                pl.lit(f"{1 / rules.watch:g}"),
                _rate(),
            )
        )
        .when(state == "WATCH")
        .then(_warned("For information only", "or a block was lifted, ", rules.watch))
        .when(state == "DEGRADING")
        .then(_warned("Somebody should look", "", rules.degrading))
        .otherwise(_blocked(rules))
    )


def _too_little(rules: Rules) -> pl.Expr:
    most = pl.col("_picks") * rules.most_missing
    return (
        pl.when(pl.col("missing") > most)
        .then(
            pl.format(
                "{} of {} picks of 30 days lack an outcome, a reference, a prediction, a line or "
                "what happened; at most {} % may.",
                "missing",
                pl.col("_picks").cast(pl.Int64),
                pl.lit(f"{100 * rules.most_missing:g}"),
            )
        )
        .when(pl.col(f"n_{rules.idle}") == 0)
        .then(pl.lit(f"No pick was won or lost in the last {rules.idle} days."))
        .when((pl.col("n_30") < rules.fewest_picks) | (pl.col("_dates") < rules.fewest_dates))
        .then(
            pl.format(
                "{} picks on {} game dates were won or lost in 30 days; at least {} on {} are "
                "needed.",
                "n_30",
                pl.col("_dates").cast(pl.Int64),
                pl.lit(rules.fewest_picks),
                pl.lit(rules.fewest_dates),
            )
        )
        .otherwise(
            pl.lit(f"There is enough to judge by, but not yet for {rules.stay} game dates in all.")
        )
    )


def _warned(what: str, other: str, chance: float) -> pl.Expr:
    return pl.format(
        "{}: evidence against the reference reached {} this season, {}and is {} now; a model at "
        "its reference gets so far in at most {} % of seasons; {}.",
        pl.lit(what),
        pl.lit(f"{1 / chance:g}"),
        pl.lit(other),
        _e("e_value"),
        pl.lit(f"{100 * chance:g}"),
        _rate(),
    )


def _blocked(rules: Rules) -> pl.Expr:
    return pl.format(
        "Not to be published: evidence against the reference reached {}, which a model at its "
        "reference does in at most {} % of seasons; {}. It is lifted once evidence that picks win "
        "more than their reference reaches {} ({} now).",
        pl.lit(f"{1 / rules.blocked:g}"),
        pl.lit(f"{100 * rules.blocked:g}"),
        _rate(),
        pl.lit(f"{1 / rules.blocked:g}"),
        _e("recovery_e_value"),
    )


def _rate() -> pl.Expr:
    known = pl.format(
        "14 days: {} % of {} picks won, {} % asked for",
        _percent("hit_rate_14"),
        "n_14",
        _percent("break_even_14"),
    )
    return pl.when(pl.col("n_14") > 0).then(known).otherwise(pl.lit("no pick in 14 days"))


def _percent(name: str) -> pl.Expr:
    return (100 * pl.col(name)).round(1).cast(pl.String).fill_null("?")


def _e(name: str) -> pl.Expr:
    return pl.col(name).round_sig_figs(3).cast(pl.String)
