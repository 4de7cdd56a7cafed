"""One model: what it is, what it must show for its next stage, and against the champion."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tipoff.features.catalogue import FEATURES
from tipoff.registry.records import SHORT
from tipoff.store.lake import Lake
from tipoff.tables.models import CHAMPION, RETIRED
from tipoff.web.site.blocks import Block, Column, Grid, Row, Words
from tipoff.workflows.models import judged_now, shown

_NAMES = {feature.name for feature in FEATURES}


def _feature(row: Row) -> str | None:
    """Columns of other markets have names of their own; the catalogue has those of points."""
    return f"/features?feature={row['feature']}" if row["feature"] in _NAMES else None


_ABOUT = {
    "name": Column("recipe"),
    "stage": Column("stage", "state"),
    "mark": Column("mark", "state", "Forced: promoted against its conditions."),
    "market": Column("market"),
    "since": Column("since", "moment"),
    "verdict": Column("verdict of its run", "state"),
    "run_id": Column(
        "run", "code", link=lambda row: f"/backtests?run={row['run_id']}" if row["run_id"] else None
    ),
    "trained": Column("trained on"),
    "train_rows": Column("rows", "integer", "Rows that it learnt from."),
    "trees": Column("trees", "integer", "Of the learner."),
    "feature_set": Column("feature set"),
    "loss": Column("loss", doc="As really optimised."),
    "library": Column("learner"),
    "versions": Column("beside", doc="Python and libraries."),
    "line_source": Column("lines"),
    "lead_minutes": Column("lead", "integer", "Minutes from the decision to tip-off."),
    "certificate_id": Column("leak certificate", "code", "Of the leak audit when it was made."),
    "plant": Column("planted fault"),
    "code_fingerprint": Column("code", "code", "Of features, datasets and fitting."),
    "data_fingerprint": Column("rows learnt from", "code", "Fingerprint."),
    "model_id": Column("id", "code", "Hash of its content."),
}
_CONDITIONS = {
    "name": Column("condition"),
    "state": Column("state", "state"),
    "observed": Column("found"),
    "required": Column("asked for"),
    "can_be_forced": Column("can be forced", "yes"),
}
_AGAINST = {
    "measure": Column("measure"),
    "value": Column("difference", "number", "Model minus champion; below nought is better.", 4),
    "low": Column("from", "number", "Low end of the 95 % interval, clustered by game date.", 4),
    "high": Column("to", "number", "High end of the 95 % interval.", 4),
    "n": Column("n", "integer", "Player-games that both were graded on."),
}
_GATES = {
    "name": Column("gate"),
    "state": Column("state", "state"),
    "observed": Column("found"),
    "required": Column("asked for"),
}
_FEATURES = {
    "place": Column("place", "integer", "Of the column in the matrix."),
    "feature": Column("feature", link=_feature),
    "importance": Column("importance", "number", "Per cent, as the learner tells it.", 2),
}
_COMMANDS = {"what": Column("what"), "command": Column("command", "code")}


def blocks(
    lake: Lake, named: str, events: pl.DataFrame, columns: Mapping[str, Column]
) -> Sequence[Block]:
    """Return what is shown of one model.

    Args:
        lake: the lake.
        named: beginning of its id, or its name.
        events: of all models, as the registry's page shows them.
        columns: of events.
    """
    record = shown(lake, named)
    short = record["model_id"][:SHORT]
    judged = judged_now(lake, record["model_id"])
    own = events.filter(pl.col("model_id") == record["model_id"])
    return [
        _about(record, short),
        _conditions(judged, record, short),
        _against(judged["against"], record, short),
        _gates(record, short),
        Grid("events", "What happened to it", own.drop("evidence"), columns=columns,
             command=f"tipoff models show {short}",
             empty="Nothing yet; 'tipoff models promote' is noted here."),
        _commands(record, short, judged["to"]),
        _features(record, short),
    ]  # fmt: skip


def _about(record: Row, short: str) -> Grid:
    versions = record["versions"] or {}
    row = {
        **{name: record[name] for name in (
            "name", "stage", "market", "since", "verdict", "run_id", "train_rows", "trees",
            "library", "line_source", "lead_minutes", "certificate_id", "code_fingerprint",
            "data_fingerprint", "model_id")},
        "mark": "forced" if record["is_forced"] else None,
        "trained": f"{record['train_start']} to {record['train_end']}",
        "feature_set": record["spec"]["feature_set"], "loss": record["spec"]["loss"],
        "versions": ", ".join(f"{name} {number}" for name, number in versions.items()),
        "plant": record["plant"] or None,
    }  # fmt: skip
    return Grid(
        "model", f"Model {record['name']} {short}", pl.DataFrame([row], infer_schema_length=None),
        "Every number that it makes after it was forced carries the mark."
        if record["is_forced"] else "",
        f"tipoff models show {short}", columns=_ABOUT, is_card=True,
    )  # fmt: skip


def _conditions(judged: Row, record: Row, short: str) -> Grid:
    """Of the next promotion; of a model without one those that it was promoted by last."""
    rows, about = judged["conditions"], ""
    if judged["to"] is not None:
        failed = sum(not one["passed"] for one in rows)
        about = f"To become {judged['to']}: {failed} of {len(rows)} conditions are not met now."
    else:
        told = [one for one in record["events"] if one["evidence"]]
        if told:
            rows = told[-1]["evidence"]["conditions"]
            about = f"As judged on {told[-1]['at']:%Y-%m-%d}, when it became "
            about += f"{told[-1]['to_stage']}."
    shaped = [
        {"name": one["name"].replace("_", " "), "state": "passed" if one["passed"] else "failed",
         **{name: one[name] for name in ("observed", "required", "can_be_forced")}}
        for one in rows
    ]  # fmt: skip
    schema = {**dict.fromkeys(_CONDITIONS, pl.String), "can_be_forced": pl.Boolean}
    return Grid(
        "conditions", "Conditions of promotion", pl.DataFrame(shaped, schema), about,
        f"tipoff models promote {short}", columns=_CONDITIONS,
        empty="No conditions were judged: a refit takes the place of its recipe's last model. "
        "'tipoff models promote' judges.",
    )  # fmt: skip


def _against(found: Row | None, record: Row, short: str) -> Block:
    title = "Against the champion"
    if record["stage"] == CHAMPION:
        return Words("challenge", title, text=("It is the champion of its market.",))
    rows = [
        {"measure": name.replace("_", " "), **{part: found[name][part] for part in
         ("value", "low", "high", "n")}}
        for name in ("mae", "log_loss")
        if found is not None and found[name] is not None
    ]  # fmt: skip
    numbers = dict.fromkeys(("value", "low", "high"), pl.Float64)
    frame = pl.DataFrame(rows, {"measure": pl.String, **numbers, "n": pl.Int64})
    basis = "" if found is None or not rows else (
        f"On {found['n']:,} player-games that both were graded on ({found['basis']}); champion "
        f"{found['champion'][:SHORT]}."
    )  # fmt: skip
    return Grid(
        "challenge", title, frame, basis, f"tipoff models promote {short}", columns=_AGAINST,
        empty="There is no champion, or no player-game that both were graded on. 'tipoff predict' "
        "lets shadows predict beside it.",
    )  # fmt: skip


def _gates(record: Row, short: str) -> Grid:
    rows = []
    for one in (record["report"] or {}).get("honest_gates", []):
        observed = one["observed"]
        words = f"{observed:.4g}" if isinstance(observed, float) else observed
        rows.append({
            "name": one["name"].replace("_", " "), "state": one["state"],
            "observed": None if words is None else str(words), "required": one["required"],
        })  # fmt: skip
    return Grid(
        "gates", "Gates of its run", pl.DataFrame(rows, dict.fromkeys(_GATES, pl.String)),
        command=f"tipoff models show {short}", columns=_GATES,
        empty="It was registered without a run: a refit is judged by its recipe. 'tipoff train' "
        "judges a model by the gates.",
    )  # fmt: skip


def _commands(record: Row, short: str, to: str | None) -> Grid:
    """The page changes nothing: what to type instead."""
    rows = []
    if to is not None:
        rows.append((f"promote it to {to}", f"tipoff models promote {short}"))
    if record["stage"] == RETIRED:
        rows.append(("take it back into the shadow", f"tipoff models promote {short} --to shadow"))
    if record["stage"] == CHAMPION:
        of = record["market"]
        rows.append(("go back to the champion before", f"tipoff models rollback --market {of}"))
    if record["stage"] != RETIRED:
        rows.append(("take it out of service", f"tipoff models retire {short} --reason WHY"))
    rows.append(("read its file back and compute its id", f"tipoff models verify {short}"))
    return Grid(
        "commands", "Commands", pl.DataFrame(rows, ["what", "command"], orient="row"),
        "This page changes nothing.", columns=_COMMANDS,
    )  # fmt: skip


def _features(record: Row, short: str) -> Grid:
    importances = (record["report"] or {}).get("importances") or {}
    rows = [
        {"place": place, "feature": name, "importance": importances.get(name)}
        for place, name in enumerate(record["features"], start=1)
    ]
    schema: dict[str, Any] = {"place": pl.Int64, "feature": pl.String, "importance": pl.Float64}
    return Grid(
        "features", "Columns of its matrix",
        pl.DataFrame(rows, schema).sort("importance", "place", descending=[True, False],
                                        nulls_last=True),
        f"{len(rows)} columns, most important first where its run says so.",
        f"tipoff models show {short}", columns=_FEATURES,
    )  # fmt: skip
