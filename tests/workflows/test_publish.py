"""What is published: states, totals, halts, superseded slates, corrections, forced marks."""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.workflows.published_reference import PAGE, page, reference
from tests.workflows.published_world import (
    DAY,
    MODEL,
    MORNING,
    MORNING_AFTER,
    NEXT,
    NOON,
    OTHER,
    TIP_OFF,
    add,
    champion,
    grade,
    halt,
    lake_of,
    no_pick,
    prediction,
)
from typer.testing import CliRunner

from tipoff.cli.app import app
from tipoff.errors import InputError, TipoffError
from tipoff.store.lake import Lake, read
from tipoff.workflows.publish import file_name, publish
from tipoff.workflows.published_schema import DOCUMENTS

DATE = f"dates/{DAY}.json"


def _document(lake: Lake, path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(lake.url) / "published/v1" / path).read_text())
    return found


def _states(report: dict[str, Any]) -> dict[str, str]:
    return {file["path"].removeprefix("v1/"): file["state"] for file in report["files"]}


def _everything(tmp_path: Path) -> Lake:
    """Two slates, a shadow, grades with a correction, a player without a pick, a next date."""
    old, new = prediction("1", 1), prediction("1", 2, made_at=NOON, line=21.5)
    lost = prediction("2", 2, made_at=NOON, side="under", price=-115, rank=2, subsets="under")
    shadow = prediction("1", 3, model_id=OTHER, stage="shadow")
    coming = prediction("1/x", 4, NEXT, prediction=21.2, point_edge=0.7)
    first = grade(new, "loss")
    second = grade(new, "win", version=2, change="points 18 to 25")
    return lake_of(
        tmp_path / "lake",
        [old, new, lost, no_pick("3", slate=2), shadow, coming],
        [grade(old, "win"), first, second, grade(lost, "void")],
    )


def test_every_document_keeps_its_schema(tmp_path: Path) -> None:
    lake = _everything(tmp_path)
    publish(lake, DAY, shadow=True, now=MORNING_AFTER)
    folder = Path(lake.url) / "published/v1"
    jsonschema = pytest.importorskip("jsonschema")
    schemas = {
        name: jsonschema.Draft202012Validator(
            json.loads((folder / f"schema/{name}.json").read_text()),
            format_checker=jsonschema.FormatChecker(),
        )
        for name in DOCUMENTS
    }
    kinds = dict.fromkeys(("today", "date", "shadow"), "day")
    seen = set()
    for path in sorted(folder.rglob("*.json")):
        if path.parent.name != "schema":
            document = json.loads(path.read_text())
            seen.add(document["kind"])
            kind = kinds.get(document["kind"], document["kind"])
            schemas[kind].validate(document)
            again = DOCUMENTS[kind].model_validate_json(path.read_text())
            assert json.loads(again.model_dump_json()) == document
    assert seen == {"today", "date", "shadow", "history", "results", "player", "index"}
    with pytest.raises(jsonschema.ValidationError):
        schemas["day"].validate({**_document(lake, DATE), "pick": 1})


def test_the_highest_slate_counts_and_the_older_stays(tmp_path: Path) -> None:
    lake = _everything(tmp_path)
    publish(lake, DAY, now=MORNING_AFTER)
    day = _document(lake, DATE)
    assert [(p["player_id"], p["slate"], p["line"]) for p in day["picks"]] == [
        ("1", 2, 21.5),
        ("2", 2, 20.5),
    ]
    assert [(p["slate"], p["superseded_by"]) for p in day["superseded"]] == [(1, 2)]
    assert [(p["player_id"], p["reason"]) for p in day["no_picks"]] == [("3", "edge too small")]
    totals = day["totals"]
    assert (totals["predictions"], totals["picks"], totals["without_pick"]) == (3, 2, 1)
    assert (totals["wins"], totals["voids"], totals["superseded"]) == (1, 1, 1)
    history = _document(lake, "history.json")
    assert [entry["date"] for entry in history["dates"]] == [str(DAY), str(NEXT)]
    picks = pl.read_parquet(Path(lake.url) / "published/v1/picks.parquet")
    assert picks.select("player_id", "slate", "result").rows() == [
        ("1", 2, "win"),
        ("2", 2, "void"),
        ("1/x", 4, "ungraded"),
    ]
    csv = pl.read_csv(Path(lake.url) / "published/v1/picks.csv")
    assert csv["player_id"].to_list() == ["1", "2", "1/x"]
    predictions = pl.read_parquet(Path(lake.url) / "published/v1/predictions.parquet")
    assert predictions.height == 4


def test_a_correction_counts_and_the_grade_before_stays(tmp_path: Path) -> None:
    lake = _everything(tmp_path)
    publish(lake, DAY, now=MORNING_AFTER)
    pick = _document(lake, DATE)["picks"][0]
    assert (pick["grade"]["version"], pick["grade"]["outcome"]) == (2, "win")
    assert pick["grade"]["profit"] == 100 / 110
    assert [(g["version"], g["outcome"]) for g in pick["earlier_grades"]] == [(1, "loss")]
    record = _document(lake, "results.json")["records"][0]
    assert (record["name"], record["picks"], record["wins"], record["losses"]) == ("all", 3, 1, 0)
    assert record["units"]["value"] == pytest.approx(100 / 110)


def test_a_new_grade_reaches_the_date_that_it_is_of(tmp_path: Path) -> None:
    lake = _everything(tmp_path)
    publish(lake, DAY, now=MORNING_AFTER)
    coming = prediction("1/x", 4, NEXT)
    add(lake, grades=[grade(coming, "loss")])
    report = publish(lake, DAY, now=MORNING_AFTER)
    states = _states(report)
    assert states[f"dates/{NEXT}.json"] == states["players/1~2Fx.json"] == "written"
    # Nothing else of a date or player is made again, but for the date that was asked for.
    assert states[DATE] == "unchanged"
    assert "players/1.json" not in states
    assert _document(lake, f"dates/{NEXT}.json")["totals"]["losses"] == 1


def test_twice_is_once(tmp_path: Path) -> None:
    lake = _everything(tmp_path)
    publish(lake, DAY, now=MORNING_AFTER)
    folder = Path(lake.url) / "published/v1"
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*.*")}
    for everything in (False, True):
        report = publish(lake, DAY, everything=everything)
        assert set(_states(report).values()) == {"unchanged"}
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*.*")} == before


def test_shadow_models_are_shown_apart_when_asked(tmp_path: Path) -> None:
    lake = _everything(tmp_path)
    assert not any("shadow" in path for path in _states(publish(lake, DAY, now=MORNING_AFTER)))
    assert {p["model_id"] for p in _document(lake, DATE)["picks"]} == {MODEL}
    publish(lake, DAY, shadow=True, now=MORNING_AFTER)
    shadow = _document(lake, f"shadow/{DAY}.json")
    assert [(p["model_id"], p["slate"]) for p in shadow["picks"]] == [(OTHER, 3)]
    listed = [entry["path"] for entry in _document(lake, "index.json")["files"]]
    assert f"shadow/{DAY}.json" in listed
    # It stays, and stays listed, where it is not asked for.
    assert set(_states(publish(lake, DAY, now=MORNING_AFTER)).values()) == {"unchanged"}


def test_a_champion_that_follows_supersedes_the_one_before(tmp_path: Path) -> None:
    first, second = prediction("1", 1), prediction("1", 2, model_id=OTHER, made_at=NOON)
    lake = lake_of(tmp_path / "lake", [first, second])
    publish(lake, DAY, now=NOON)
    day = _document(lake, DATE)
    assert [p["model_id"] for p in day["picks"]] == [OTHER]
    assert [(p["model_id"], p["superseded_by"]) for p in day["superseded"]] == [(MODEL, 2)]


def test_what_was_made_after_tip_off_counts_nowhere(tmp_path: Path) -> None:
    late = prediction("1", 2, made_at=TIP_OFF, side="under")
    other = prediction("2", 2, made_at=TIP_OFF)
    lake = lake_of(tmp_path / "lake", [prediction("1"), late, other], [grade(late, "win")])
    publish(lake, DAY, now=MORNING_AFTER)
    day = _document(lake, DATE)
    assert [(p["slate"], p["side"]) for p in day["picks"]] == [(1, "over")]
    assert (day["superseded"], day["no_picks"]) == ([], [])
    assert (day["totals"]["late"], day["totals"]["predictions"]) == (2, 1)
    assert _document(lake, "results.json")["records"][0]["wins"] == 0


def test_a_version_that_two_graders_wrote_counts_once(tmp_path: Path) -> None:
    pick = prediction("1")
    versions = [grade(pick, "loss"), grade(pick, "win", version=2)]
    lake = lake_of(tmp_path / "lake", [pick], versions)
    add(lake, grades=versions)
    publish(lake, DAY, now=MORNING_AFTER)
    found = _document(lake, DATE)["picks"]
    assert [(p["grade"]["version"], len(p["earlier_grades"])) for p in found] == [(2, 1)]


def test_days_without_picks_say_why(tmp_path: Path) -> None:
    lake = lake_of(tmp_path / "lake", [no_pick("3"), no_pick("4", no_pick_reason="no line")])
    assert publish(lake, DAY, now=NOON)["state"] == "no_picks"
    assert "edge too small (1), no line (1)" in _document(lake, "today.json")["reason"]
    report = publish(lake, NEXT, now=MORNING_AFTER)
    assert (report["state"], report["reason"]) == (
        "not_predicted",
        "No slate was made yet; games scheduled: 1.",
    )
    off = publish(lake, NEXT.replace(day=5), now=MORNING_AFTER.replace(day=5))
    assert (off["state"], off["reason"]) == ("off_day", "No game is scheduled.")
    assert _document(lake, "today.json")["date"] == "2024-12-05"
    bare = lake_of(tmp_path / "bare", events=[])
    assert publish(bare, DAY, now=NOON)["reason"] == "No model is champion."
    unknown = publish(lake, DAY.replace(year=2025), now=NOON.replace(year=2025))
    assert unknown["state"] == "not_predicted"
    assert "No schedule" in unknown["reason"]


def test_today_never_steps_back_nor_ahead(tmp_path: Path) -> None:
    lake = _everything(tmp_path)
    publish(lake, NEXT, now=MORNING_AFTER)
    assert "today.json" not in _states(publish(lake, DAY, now=MORNING_AFTER))
    assert "today.json" not in _states(publish(lake, NEXT.replace(day=9), now=MORNING_AFTER))
    assert _document(lake, "today.json")["date"] == str(NEXT)


@pytest.mark.parametrize("market", ["points", "all"])
def test_a_halt_suppresses_picks_and_says_so(tmp_path: Path, market: str) -> None:
    lake = lake_of(
        tmp_path / "lake",
        [prediction("1"), no_pick("2")],
        halts=[halt(1, NOON, is_on=True, market=market)],
    )
    report = publish(lake, DAY, now=NOON)
    today = _document(lake, "today.json")
    assert (report["state"], report["picks"], len(report["halted"])) == ("halted", 0, 1)
    assert today["reason"] == "Halted (blocked): Twenty losses in a row."
    assert (today["picks"], today["totals"]["withheld"]) == ([], 1)
    assert today["no_picks"][0]["reason"] == today["reason"]
    # Nowhere else either, for nothing of it was published before.
    assert _document(lake, DATE)["picks"] == []
    assert _document(lake, "players/1.json")["picks"] == []
    assert _document(lake, "results.json")["records"] == []
    folder = Path(lake.url) / "published/v1"
    assert pl.read_parquet(folder / "picks.parquet").is_empty()
    table = pl.read_parquet(folder / "predictions.parquet")
    assert table.select("is_pick", "side", "rank").row(0) == (False, None, None)
    # The halt is lifted before tip-off: it is a pick again.
    add(lake, halts=[halt(2, TIP_OFF.replace(hour=0, minute=10), is_on=False, market=market)])
    lifted = publish(lake, DAY, now=TIP_OFF.replace(minute=11))
    assert (lifted["state"], lifted["picks"], lifted["halted"]) == ("picks", 1, [])


def test_a_halt_leaves_what_was_published_and_marks_it(tmp_path: Path) -> None:
    lake = lake_of(tmp_path / "lake", [prediction("1")])
    publish(lake, DAY, now=MORNING)
    add(lake, halts=[halt(1, NOON, is_on=True)])
    report = publish(lake, DAY, now=NOON.replace(hour=18))
    assert (report["state"], report["picks"], report["refused"]) == ("halted", 0, 0)
    assert _document(lake, "today.json")["picks"] == []
    day = _document(lake, DATE)
    assert day["state"] == "halted"
    assert [(p["player_id"], p["halt"]) for p in day["picks"]] == [("1", "blocked")]


def test_what_was_halted_all_its_time_is_never_published(tmp_path: Path) -> None:
    made_under = prediction("1", made_at=NOON)
    halts = [halt(1, MORNING, is_on=True), halt(2, MORNING, is_on=True)]
    lake = lake_of(tmp_path / "lake", [made_under], [grade(made_under, "win")], halts)
    add(lake, halts=[halt(3, MORNING_AFTER, is_on=False)])
    report = publish(lake, DAY, now=MORNING_AFTER)
    assert (report["state"], report["picks"]) == ("halted", 0)
    assert _document(lake, DATE)["totals"]["wins"] == 0


def test_a_halt_that_can_not_be_read_stops_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = lake_of(tmp_path / "lake", [prediction("1")], halts=[halt(1, MORNING, is_on=True)])
    log = Path(lake.url) / "halts/_delta_log"
    text = min(log.glob("*.json"))
    text.write_text("{not json")
    with pytest.raises(TipoffError, match="Expected to read table halts"):
        publish(lake, DAY, now=NOON)
    shutil.rmtree(log)
    with pytest.raises(TipoffError, match="its log is gone"):
        publish(lake, DAY, now=NOON)
    assert not (Path(lake.url) / "published/v1").exists()
    # The planted fault: a table that can not be read passes for an empty one.
    monkeypatch.setattr("tipoff.workflows.published_lake.readable", read)
    assert publish(lake, DAY, now=NOON)["picks"] == 1


def test_a_row_that_is_stored_twice_stops_everything(tmp_path: Path) -> None:
    lake = lake_of(tmp_path / "lake", [prediction("1")])
    add(lake, [prediction("1", side="under")])
    with pytest.raises(TipoffError, match="2 rows share theirs with another"):
        publish(lake, DAY, now=NOON)


def test_a_forced_promotion_marks_every_later_number(tmp_path: Path) -> None:
    forced = prediction("1", is_forced=True)
    lake = lake_of(tmp_path / "lake", [forced, prediction("2")], events=[champion(is_forced=True)])
    publish(lake, DAY, now=MORNING_AFTER)
    for path in (DATE, "today.json", "results.json", "index.json", "players/1.json"):
        assert _document(lake, path)["is_forced"], path
    assert _document(lake, "history.json")["dates"][0]["is_forced"]
    assert _document(lake, "index.json")["models"][0]["is_forced"]
    record = _document(lake, "results.json")["records"][0]
    assert (record["forced"], record["picks"]) == (1, 2)
    assert not _document(lake, "players/2.json")["is_forced"]


def test_where_to_publish(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--out"):
        publish(Lake("s3://bucket/lake"), DAY)
    lake = lake_of(tmp_path / "lake")
    with pytest.raises(InputError, match="on this machine"):
        publish(lake, DAY, Path("s3://bucket/out"))
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file"):
        publish(lake, DAY, tmp_path / "file")
    publish(lake, DAY, tmp_path / "out", now=NOON)
    assert (tmp_path / "out/v1/index.json").exists()
    assert not (tmp_path / "lake/published").exists()


def test_names_of_players_are_safe_names_of_files() -> None:
    names = ["203999", "name:o'neal", "../x", "a~2Eb", "a.b", "..", "Jokić"]
    files = [file_name(name) for name in names]
    assert len(set(files)) == len(files)
    assert all(set(name) <= set("~_-") | {c for c in name if c.isalnum()} for name in files)
    assert all(name.isascii() for name in files)


def test_the_command_reports_and_fails_for_a_refused_file(tmp_path: Path) -> None:
    lake = _everything(tmp_path)
    call = ["publish", "--date", str(DAY), "--lake", lake.url, "--now", MORNING_AFTER.isoformat()]
    result = CliRunner().invoke(app, [*call, "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert {"files", "date", "picks", "halted"} <= set(report)
    assert {"path", "state", "bytes", "sha256", "reason"} == set(report["files"][0])
    shutil.rmtree(Path(lake.url) / "predictions")
    shown = CliRunner().invoke(app, call)
    assert shown.exit_code == 1
    assert "dates/2024-12-03.json was refused" in shown.stderr.replace("\n", " ")
    again = CliRunner().invoke(app, [*call, "--json"])
    assert again.exit_code == 1
    assert json.loads(again.stdout)["refused"] > 0
    assert CliRunner().invoke(app, [*call[:1], "--date", "x", "--lake", lake.url]).exit_code == 2


def test_the_page_tells_the_fields_as_they_are() -> None:
    """``python -m tests.workflows.published_reference`` writes them."""
    assert PAGE.read_text("utf-8") == page()
    described = [p for part in _parts() for p in part["properties"].items()]
    told = reference()
    assert all(f"`{name}`" in told for name, _ in described)


def _parts() -> list[dict[str, Any]]:
    schemas = [model.model_json_schema() for model in DOCUMENTS.values()]
    return [part for s in schemas for part in (s, *s.get("$defs", {}).values())]
