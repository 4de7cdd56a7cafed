"""What the leak lab shows of audits and planted faults: certificates and the kill matrix."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tipoff.backtest.kill_matrix import FOUND, REFUSED, kill_matrix
from tipoff.domain.plant import PLANTS
from tipoff.models.spec import ModelSpec
from tipoff.store.lake import scan
from tipoff.store.watched import Watched
from tipoff.tables.experiments import CERTIFICATES
from tipoff.web.site import charts
from tipoff.web.site.blocks import Block, Column, Grid, Plot, Row
from tipoff.workflows.certificates import audited_code

_AUDIT = "tipoff audit leaks"
_FUTURE, _PAST = "the future changed", "the past changed"


def _own(row: Row) -> str:
    return f"/leaklab?certificate={row['id']}#moved"


_CERTIFICATES = {
    "at": Column("audited", "moment"),
    "verdict": Column(
        "verdict", "state", "Clean, leak (the future moved something) or blind (the past did not)."
    ),
    "plant": Column("planted fault"),
    "markets": Column("markets"),
    "lead_minutes": Column("minutes before tip-off", "integer", "When it is decided."),
    "dates": Column("game dates", "integer", "Sampled over all seasons of the lake."),
    "first_date": Column("first", "day"),
    "last_date": Column("last", "day"),
    "changed": Column("rows changed", "integer", "Raw rows changed after decisions, all kinds."),
    "moved": Column("moved by the future", "integer", "Outputs that differed; clean is none."),
    "compared": Column("compared", "integer", "Outputs compared: kind, date and output."),
    "moved_by": Column("what moved"),
    "is_current": Column("this code", "yes", "Whether the code here is the code that was audited."),
    "id": Column("certificate", "code", link=_own),
}
_FAULTS = {
    "fault": Column("fault"),
    "part": Column("breaks"),
    "about": Column("what is wrong", "sentence"),
    "found_by": Column("found by", "sentence", "Detectors that see it; none is told of it."),
    "first": Column("first seen as", "sentence"),
}


def certificate_ids(watched: Watched) -> list[str]:
    """Return the ids of the lake's certificates, the newest first."""
    rows = scan(watched.lake, CERTIFICATES).select("certificate_id", "at").collect()
    ids: list[str] = rows.sort("at", descending=True)["certificate_id"].to_list()
    return ids


def certificate_blocks(told: Sequence[Mapping[str, Any]], chosen: str | None) -> list[Block]:
    """Return the newest certificates, and what moved in one of them.

    Args:
        told: as ``workflows.certificates.certificates``.
        chosen: the id of the one to open; the newest clean one where None.
    """
    rows = [_row(one) for one in told]
    frame = pl.DataFrame(rows, schema=_SCHEMA)
    newest = frame.unique(
        ["markets", "lead_minutes", "code", "plant"], keep="first", maintain_order=True
    )
    listed = Grid(
        "certificates", "Certificates", newest,
        "Everything that became known after sampled decisions was changed; what was built again "
        "must be the same bytes. Where the past was changed, something must move. The newest for "
        "each market, lead, fault and code.",
        _AUDIT, columns=_CERTIFICATES,
        empty=f"Nothing was audited yet. '{_AUDIT}' audits the lake and writes a certificate.",
    )  # fmt: skip
    clean = [one for one in told if not one["plant"]] or told
    one = next((o for o in told if o["id"] == chosen), clean[0] if clean else None)
    return [listed] if one is None else [listed, *_moved(one)]


_SCHEMA: dict[str, Any] = {
    "at": pl.Datetime("us", "UTC"),
    "verdict": pl.String,
    "plant": pl.String,
    "markets": pl.String,
    "lead_minutes": pl.Int64,
    "dates": pl.Int64,
    "first_date": pl.String,
    "last_date": pl.String,
    "changed": pl.Int64,
    "moved": pl.Int64,
    "compared": pl.Int64,
    "moved_by": pl.String,
    "is_current": pl.Boolean,
    "id": pl.String,
    "code": pl.String,
}


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    content = one["content"]
    asked, days = content["asked"], sorted(d["game_date"] for d in content["dates"])
    cells = [own for kind in content["mutations"].values() for own in kind["outputs"].values()]
    moved = {
        output
        for kind in content["mutations"].values()
        for output, own in kind["outputs"].items()
        if own["moved"]
    }
    verdict = "clean" if one["is_passed"] else "leak" if moved else "blind"
    return {
        **{name: one[name] for name in ("at", "id", "code")},
        "plant": one["plant"] or "none",
        "verdict": verdict,
        "markets": ", ".join(asked["markets"]),
        "lead_minutes": asked["lead_minutes"],
        "dates": len(days),
        "first_date": days[0] if days else None,
        "last_date": days[-1] if days else None,
        "changed": sum(sum(k["changed"].values()) for k in content["mutations"].values()),
        "moved": sum(own["moved"] for own in cells),
        "compared": sum(own["compared"] for own in cells),
        "moved_by": ", ".join(sorted(moved)) or "nothing",
        "is_current": one["code"] == audited_code(ModelSpec.model_validate(asked["spec"])),
    }


def _moved(one: Mapping[str, Any]) -> list[Block]:
    """Kinds of changes by outputs, of the future and of the past."""
    content = one["content"]
    future = {kind: own["outputs"] for kind, own in content["mutations"].items()}
    rows = [
        {"side": side, "kind": kind, "output": output, **own}
        for side, kinds in ((_FUTURE, future), (_PAST, content["dual"]))
        for kind, outputs in kinds.items()
        for output, own in outputs.items()
    ]
    frame = pl.DataFrame(rows).with_columns(
        share=pl.col("moved") / pl.col("compared"),
        told=pl.format("{}/{}", "moved", "compared"),
        about=pl.col("kind").replace_strict(
            {kind: own["about"] for kind, own in content["mutations"].items()}, default=None
        ),
    )
    sums = frame.group_by("side").agg(pl.col("moved").sum(), pl.col("compared").sum())
    by_side = {row["side"]: (row["moved"], row["compared"]) for row in sums.to_dicts()}
    said = [f"{side}: {m:,} of {n:,} outputs moved" for side, (m, n) in sorted(by_side.items())]
    fault = f"with {one['plant']} planted" if one["plant"] else "of clean code"
    about = (
        f"Certificate {one['id']} {fault}. Moved of compared, by kind of change and output. "
        "On the left nothing may move; on the right each output must move on some date (rows that "
        "are there twice change nothing, so that is not asked)."
    )
    return [
        Plot(
            "moved", "What moved", frame, about, _AUDIT, spec=_MOVED_SPEC,
            alt=f"By kind of change and output. {'; '.join(said)}.",
            columns={
                "side": Column("changed"), "kind": Column("kind"), "output": Column("output"),
                "moved": Column("moved", "integer"), "compared": Column("compared", "integer"),
                "about": Column("what the kind does"),
            },
        )
    ]  # fmt: skip


_PLACE: dict[str, Any] = {
    "x": {"field": "output", "type": "nominal", "title": None, "axis": {"labelAngle": -35}},
    "y": {"field": "kind", "type": "nominal", "title": None},
}
# A browser's letters may be wider than those that the drawing was measured with.
_WIDER = {"left": 60, "right": 30, "top": 10, "bottom": 20}
_MOVED_SPEC: dict[str, Any] = {
    "padding": _WIDER,
    "facet": {
        "column": {"field": "side", "type": "nominal", "title": None, "sort": [_FUTURE, _PAST]}
    },
    "resolve": {"scale": {"x": "independent"}},
    "spec": {
        "width": {"step": 46},
        "height": {"step": 26},
        "layer": [
            {
                "mark": {"type": "rect", "stroke": charts.RULE},
                "encoding": {
                    **_PLACE,
                    "color": {
                        "field": "side", "type": "nominal", "legend": None,
                        "scale": {"domain": [_FUTURE, _PAST],
                                  "range": [charts.BAD, charts.GOOD]},
                    },
                    "opacity": {
                        "field": "share", "type": "quantitative", "legend": None,
                        "scale": {"domain": [0, 1], "range": [0.0, 0.4]},
                    },
                },
            },
            {
                "mark": {"type": "text", "fontSize": 10, "color": charts.INK},
                "encoding": {**_PLACE, "text": {"field": "told", "type": "nominal"}},
            },
        ],
    },
}  # fmt: skip


def fault_blocks() -> list[Block]:
    """Return the kill matrix and the catalogue of planted faults, as they are shipped."""
    matrix = kill_matrix()
    marks = pl.DataFrame(
        [
            {"fault": own.name, "detector": name, "mark": own.marks.get(name, "silent"),
             "about": about}
            for own in matrix.faults
            for name, about in matrix.detectors.items()
        ]
    )  # fmt: skip
    said = (
        f"{matrix.found} of {len(matrix.faults)} planted faults are found by at least one of "
        f"{len(matrix.detectors)} detectors; {matrix.false_alarms} false alarms on clean code of "
        f"{matrix.seeds} leagues."
    )
    faults = pl.DataFrame(
        [
            {"fault": own.name, "part": PLANTS[own.name].part.value,
             "about": PLANTS[own.name].about, "found_by": ", ".join(own.found_by) or "none",
             "first": own.first}
            for own in matrix.faults
        ]
    )  # fmt: skip
    return [
        Plot(
            "kill_matrix", "The kill matrix", marks,
            f"{said} Filled: found. Hollow: the code itself refuses to go on, which counts for "
            "nothing.",
            "make museum", spec=_matrix_spec(list(matrix.detectors), list(PLANTS)), alt=said,
            columns={"fault": Column("fault"), "detector": Column("detector"),
                     "mark": Column("mark", "state"), "about": Column("what it looks at")},
        ),
        Grid(
            "faults", "Faults that can be planted", faults,
            "Each is a real failure of a published system. 'tipoff multiseason --plant NAME' shows "
            "what one does to a lake's runs, and to their numbers.",
            "tipoff audit plants", columns=_FAULTS,
        ),
    ]  # fmt: skip


def _matrix_spec(detectors: list[str], faults: list[str]) -> dict[str, Any]:
    return {
        "padding": _WIDER,
        "width": {"step": 58},
        "height": {"step": 17},
        "transform": [{"filter": "datum.mark != 'silent'"}],
        "mark": {"type": "point", "size": 70, "strokeWidth": 1.5},
        "encoding": {
            "x": {"field": "detector", "type": "nominal", "title": None,
                  "scale": {"domain": detectors}, "axis": {"orient": "top", "labelAngle": -35,
                                                           "grid": True}},
            "y": {"field": "fault", "type": "nominal", "title": None, "scale": {"domain": faults},
                  "axis": {"grid": True, "labelLimit": 260}},
            "fill": {"field": "mark", "type": "nominal", "legend": None, "scale": {
                "domain": [FOUND, REFUSED], "range": [charts.FIRST, "transparent"]}},
            "stroke": {"value": charts.FIRST},
        },
    }  # fmt: skip
