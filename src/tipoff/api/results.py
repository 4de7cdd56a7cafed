"""What the API's functions give back: frames and facts, each with the report that it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tipoff.backtest.file_verdict import ALARMS
from tipoff.backtest.gates import PASSED

_FILES = {
    "path": pl.String,
    "format": pl.String,
    "rows": pl.Int64,
    "known": pl.Int64,
    "corrections": pl.Int64,
    "rejected": pl.Int64,
    "reason": pl.String,
    "is_stopped": pl.Boolean,
}
_CONDITIONS = {
    "part": pl.String,
    "name": pl.String,
    "passed": pl.Boolean,
    "observed": pl.Float64,
    "required": pl.String,
}
_RATES = {
    "edge": pl.Float64,
    "rate": pl.Float64,
    "n": pl.Int64,
    "low": pl.Float64,
    "high": pl.Float64,
    "break_even": pl.Float64,
}


@dataclass(frozen=True)
class Ingested:
    """What became of files and frames.

    Attributes:
        report: the document of ``tipoff ingest files --json``.
    """

    report: Mapping[str, Any]

    @property
    def files(self) -> pl.DataFrame:
        """One row per file or frame: path, format, counts of rows, and why not all came in."""
        return pl.DataFrame(self.report["files"], schema=_FILES)

    @property
    def added(self) -> dict[str, int]:
        """Rows added, by table."""
        return {name: counts["rows"] for name, counts in self.report["tables"].items()}

    @property
    def is_stopped(self) -> bool:
        """Whether a file was stopped: it names too much that nobody knows."""
        return bool(self.files["is_stopped"].any())

    def __repr__(self) -> str:
        told = ", ".join(f"{rows:,} {name}" for name, rows in sorted(self.added.items()) if rows)
        return f"Ingested({told or 'nothing new'})"


@dataclass(frozen=True)
class Backfilled:
    """What a backfill did.

    Attributes:
        report: the document of ``tipoff backfill --json``.
    """

    report: Mapping[str, Any]

    @property
    def written(self) -> int:
        """How many (processor, game date) were built."""
        return int(self.report["written"])

    @property
    def skipped(self) -> int:
        """How many were up to date."""
        return int(self.report["skipped"])

    @property
    def processors(self) -> pl.DataFrame:
        """One row per processor: number, name, dates, rows_written, rows_explained, seconds."""
        return pl.DataFrame(self.report["processors"])

    def __repr__(self) -> str:
        return (
            f"Backfilled(written={self.written:,}, skipped={self.skipped:,}, "
            f"seconds={self.report['seconds']})"
        )


@dataclass(frozen=True, repr=False)
class Dataset:
    """Rows to learn from: one per player-game, in order of game date, game and player.

    Attributes:
        rows: who and when (``season, game_date, game_id, player_id, player_name, team, opponent,
            is_home, as_of``), ``is_training_ready, played``, ``actual`` (the count that happened;
            null where he did not play), the features, and the takeable line: ``line, over_price,
            under_price`` (American odds), ``book, consensus``, all null where there is none.
        features: names of the feature columns, in order.
        market: whose results are told.
        fingerprint: of the code and inputs that the rows were built from.
    """

    rows: pl.DataFrame
    features: tuple[str, ...]
    market: str
    fingerprint: str

    @property
    def X(self) -> pl.DataFrame:  # noqa: N802 -- what scikit-learn calls it
        """The features, Float64, null where not known."""
        return self.rows.select(self.features)

    @property
    def y(self) -> pl.Series:
        """What happened, Float64."""
        return self.rows["actual"]

    @property
    def groups(self) -> pl.Series:
        """The game date of each row."""
        return self.rows["game_date"]

    def __repr__(self) -> str:
        return (
            f"Dataset({self.market}: {self.rows.height:,} rows, {len(self.features)} features, "
            f"{self.rows.height - self.rows['line'].null_count():,} with a line)"
        )


@dataclass(frozen=True, repr=False)
class Run:
    """One graded experiment.

    Attributes:
        report: the document of ``tipoff train --json`` or ``tipoff backtest --json``.
        graded: one row per player-game with a takeable line: who, when, ``prediction``, ``line``
            and prices, ``actual``, ``edge`` (prediction less line, in the market's unit),
            ``side, outcome`` (win, loss, push, void), ``break_even`` and probabilities.
    """

    report: Mapping[str, Any]
    graded: pl.DataFrame

    @property
    def run_id(self) -> str:
        """Its id in the ledger; ``why(lake, f"{run_id}/all/mae")`` explains a number."""
        return str(self.report["run_id"])

    @property
    def verdict(self) -> str:
        """``passed``, ``gates failed``, ``underpowered`` or ``leak suspected``."""
        return str(self.report["verdict"])

    @property
    def is_passed(self) -> bool:
        """Whether the verdict is positive."""
        return self.verdict == PASSED

    @property
    def hit_rates(self) -> pl.DataFrame:
        """One row per edge: ``edge, rate, n, low, high`` (95 %) and ``break_even``."""
        return hit_rates(self.report)

    @property
    def gates(self) -> pl.DataFrame:
        """One row per condition: ``part``, ``name, passed, observed, required``.

        The parts ``alarm`` and ``honest_gates`` make the verdict; ``gates`` are the published six.
        """
        rows = [
            (part, c["name"], c["passed"], _number(c["observed"]), str(c["required"]))
            for part in ("alarm", "honest_gates", "gates")
            for c in self.report[part]
        ]
        return pl.DataFrame(rows, schema=_CONDITIONS, orient="row")

    def __repr__(self) -> str:
        lines = self.report["lines"]
        return (
            f"Run({self.report['name']} {self.run_id}: {self.verdict}, MAE {lines['mae']:.3f} on "
            f"{lines['n']:,} lines, the line's own {lines['line_mae']:.3f})"
        )


@dataclass(frozen=True, repr=False)
class Predicted:
    """What live models say of a date.

    Attributes:
        report: the document of ``tipoff predict --json``.
        rows: one per model and player-game that can still be predicted: the columns of the table
            ``predictions``; none where nothing was predicted.
    """

    report: Mapping[str, Any]
    rows: pl.DataFrame

    @property
    def state(self) -> str:
        """``predicted``, ``no models``, ``broken``, ``no games``, ``not due`` or ``begun``."""
        return str(self.report["state"])

    @property
    def reason(self) -> str | None:
        """Why nothing was predicted, in words."""
        return None if self.report["reason"] is None else str(self.report["reason"])

    def __repr__(self) -> str:
        if self.reason is not None:
            return f"Predicted({self.state}: {self.reason})"
        return f"Predicted({self.report['game_date']}: {self.rows.height:,} rows)"


@dataclass(frozen=True, repr=False)
class Audit:
    """What to think of somebody's predictions.

    Attributes:
        report: the document of ``tipoff audit file --json``.
    """

    report: Mapping[str, Any]

    @property
    def verdict(self) -> str:
        """``quarantined, leak suspected, underpowered, no edge shown`` or ``edge shown``."""
        return str(self.report["verdict"])

    @property
    def is_suspected(self) -> bool:
        """Whether the predictions look as if they knew the results."""
        return self.verdict in ALARMS

    @property
    def sentences(self) -> tuple[str, ...]:
        """The verdict in words."""
        return tuple(self.report["sentences"])

    @property
    def hit_rates(self) -> pl.DataFrame:
        """One row per edge: ``edge, rate, n, low, high`` (95 %) and ``break_even``."""
        return hit_rates(self.report)

    @property
    def conditions(self) -> pl.DataFrame:
        """One row per condition of the verdict: ``name`` and ``state`` among others."""
        return pl.DataFrame([_plain(row) for row in self.report["conditions"]])

    def __repr__(self) -> str:
        return f"Audit({self.verdict}: {' '.join(self.sentences)})"


def hit_rates(report: Mapping[str, Any]) -> pl.DataFrame:
    """Return a report's hit rates, one row per edge."""
    rates = report["lines"]["hr"]
    rows = [{"edge": float(edge), **found} for edge, found in rates.items()]
    return pl.DataFrame([{name: row[name] for name in _RATES} for row in rows], schema=_RATES)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = (str, int, float, bool, type(None))
    return {n: v if isinstance(v, kept) else str(v) for n, v in row.items()}
