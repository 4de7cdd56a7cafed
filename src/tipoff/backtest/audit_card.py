"""The verdict card of an audited file: Markdown, JSON, and one HTML file that stands alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jinja2

from tipoff.backtest.cells import DASH, count, decimals, interval, percent, share
from tipoff.backtest.file_verdict import ALARMS

_KINDS = ("html", "md", "json")
# The thermometer is drawn to this share of the surprise, by square roots: small shares matter.
_FULL = 0.7


@dataclass(frozen=True)
class CardTable:
    """One table of a card: its title, what must be known to read it, headings and texts."""

    title: str
    note: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def write_card(folder: Path, name: str, report: Mapping[str, Any]) -> dict[str, str]:
    """Write ``NAME_audit.html``, ``.md`` and ``.json`` and return their paths by kind.

    The same report gives the same bytes.

    Args:
        folder: where to write; made where missing.
        name: name of the audited file, without its ending.
        report: the audit with ``verdict``, ``sentences`` and ``conditions``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {kind: folder / f"{name}_audit.{kind}" for kind in _KINDS}
    facts = {
        "name": Path(report["file"]["path"]).name,
        "verdict": report["verdict"],
        "is_alarm": report["verdict"] in ALARMS,
        "sentences": report["sentences"],
        "scale": _scale(report["thermometer"]),
        "tables": [table for table in _tables(report) if table.rows],
    }
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tipoff.backtest"),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["cell"] = _markdown_cell
    for kind in ("html", "md"):
        text = environment.get_template(f"audit.{kind}.j2").render(facts)
        paths[kind].write_text(text, encoding="utf-8")
    plain = json.dumps(report, default=_plain, allow_nan=False, indent=1)
    paths["json"].write_text(plain + "\n", encoding="utf-8")
    return {kind: str(path) for kind, path in paths.items()}


def _plain(value: object) -> object:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} can not be written as JSON")


def _markdown_cell(text: str) -> str:
    """Names come from anybody's file: none may end a cell or begin a tag."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _scale(heat: Mapping[str, Any]) -> dict[str, float] | None:
    """Return where the thermometer's marks stand, in per cent of its length."""
    if heat["share"] is None:
        return None

    def place(value: float | None) -> float:
        return 100 * float(min(max(value or 0.0, 0.0) / _FULL, 1.0) ** 0.5)

    return {
        "share": place(heat["share"]),
        "low": place(heat["low"]),
        "high": place(heat["high"]),
        "ceiling": place(heat["ceiling"]),
    }


def _tables(report: Mapping[str, Any]) -> list[CardTable]:
    return [
        _hit_rates(report),
        _buckets(report),
        _placebos(report),
        _conditions(report),
        _months(report),
        _joins(report),
        _unmatched(report),
        _columns(report),
    ]


def _rate(own: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        share(own["rate"]),
        interval(own, percent),
        count(own["n"]),
        share(own["break_even"]) if own["n"] else DASH,
        count(own["pushes"]),
        count(own["voids"]),
    )


_RATE = ("hit rate", "interval", "n", "break-even", "pushes", "voids")


def _hit_rates(report: Mapping[str, Any]) -> CardTable:
    unit = report["unit"]
    rows = [(f"at least {e} {unit}", *_rate(own)) for e, own in report["lines"]["hr"].items()]
    rows += [(f"{side} picks", *_rate(own)) for side, own in report["directions"].items()]
    note = "Without pushes and voids; intervals are 95 %, clustered by game date."
    if report["is_sided"]:
        rows = rows[1:2] + rows[3:]
        note += " The file has sides and no predictions: every side counts as a pick."
    return CardTable("Hit rates", note, ("off the line", *_RATE), rows)


def _buckets(report: Mapping[str, Any]) -> CardTable:
    rows = [
        (f"{own['from']:g} to {own['to']:g}" if own["to"] else f"{own['from']:g} and more",
         *_rate(own))
        for own in report["edge_buckets"]
    ]  # fmt: skip
    return CardTable("By size of the edge", "", ("off the line", *_RATE), rows)


def _placebos(report: Mapping[str, Any]) -> CardTable:
    lines, usual = report["lines"], report["lines"]["edges"]["usual"]
    own = lines["hr"][usual]
    rows = [("these predictions", decimals(lines["mae"], 2), share(own["rate"]), count(own["n"]))]
    for name, found in report["baselines"].items():
        mae, rate = found["mae"], found["hr"]
        rows.append(
            (
                name.replace("_", " "),
                DASH if mae is None else decimals(mae["mae"], 2),
                DASH if rate is None else share(rate["rate"]),
                count(rate["n"] if rate else mae["n"]),
            )
        )
    note = (
        "Rules that know nothing, on the same rows. Averages are of earlier results. The leaked "
        "oracle was told half of what happened: it shows what a leak looks like."
    )
    return CardTable("Beside rules that know nothing", note, ("rule", "MAE", "hit rate", "n"), rows)


def _conditions(report: Mapping[str, Any]) -> CardTable:
    rows = [
        (c["name"].replace("_", " "), c["state"], decimals(c["observed"], 3), c["required"])
        for c in report["conditions"]
    ]
    return CardTable(
        "What would raise the alarm", "", ("condition", "state", "seen", "asked for"), rows
    )


def _months(report: Mapping[str, Any]) -> CardTable:
    rows = [
        (m["month"], share(m["share"]), interval(m, percent), count(m["n"]), m["verdict"])
        for m in report["thermometer"]["months"]
    ]
    note = "How much of what the lines do not know the predictions knew."
    return CardTable(
        "Thermometer by month", note, ("month", "share known", "interval", "n", "verdict"), rows
    )


def _joins(report: Mapping[str, Any]) -> CardTable:
    joins, copies = report["joins"], report["duplicates"]
    rows = [("rows in the file", count(report["file"]["rows"]))]
    rows += [(f"refused: {why}", count(n)) for why, n in report["file"]["refused"].items()]
    rows += [
        (name.replace("_", " "), count(copies[name]))
        for name in (
            "copies",
            "sides_joined",
            "both_sides",
            "may_be_two",
            "several_predictions",
            "several_lines",
        )
    ]
    rows += [
        (name.replace("_", " "), count(joins[name]))
        for name in ("player_games", "with_line", "with_result", "with_both", "did_not_play")
    ]
    for name in ("lines", "results"):
        missing = joins[name].get("missing", {})
        rows += [(f"not in the {name}: {why}", count(n)) for why, n in missing.items()]
        rows += [
            (f"found in the {name} at {offset:+d} days", count(n))
            for offset, n in joins[name].get("found_at", {}).items()
        ]
    return CardTable("How the files fit together", "", ("what", "rows"), rows)


def _unmatched(report: Mapping[str, Any]) -> CardTable:
    rows = [
        (own["name"], name, count(own["player_games"]), ", ".join(own["nearest"]) or DASH)
        for name in ("lines", "results")
        for own in report["joins"][name].get("unmatched", [])
    ]
    return CardTable(
        "Names that were not found", "", ("name", "in the", "player-games", "nearest"), rows
    )


def _columns(report: Mapping[str, Any]) -> CardTable:
    files = (("predictions", "file"), ("lines", "line_file"), ("results", "box_file"))
    rows = [
        (title, role.replace("_", " "), column)
        for title, key in files
        for role, column in ((report[key] or {}).get("columns", {})).items()
    ]
    note = f"The market is {report['market']} ({report['file']['market_basis']})."
    return CardTable("How the columns were read", note, ("file", "as", "column"), rows)
