"""Checks of what runs: services, jobs, what is deployed, and what fails again and again."""

from datetime import timedelta

import polars as pl

from tipoff.monitoring.declare import MIDDAY, OVERNIGHT, Finding, check, failed, passed
from tipoff.monitoring.freshness import named
from tipoff.monitoring.scene import Need, Scene
from tipoff.tables.answers import HELD
from tipoff.tables.watch import FAIL, WARN

REPORT_MINUTES = 15
JOB_HOURS, LONGEST_HOURS = 36, 6
IN_A_ROW, IN_A_ROW_WARN = 5, 3
_RUN = ["game_date", "step", "run_id"]


@check("P1", (MIDDAY,), (Need.SERVICES,), "every service reports that it is well")
def services_healthy(scene: Scene) -> Finding:
    """Whether each service reported in the last 15 minutes, and that it is well."""
    reports = scene.given(Need.SERVICES)
    if reports is None or reports.is_empty():
        return failed("No service has reported; none can be taken to be well.", services=0)
    newest = reports.sort("service", "at").unique("service", keep="last", maintain_order=True)
    is_old = pl.col("at") < scene.now - timedelta(minutes=REPORT_MINUTES)
    bad = newest.filter(is_old | ~pl.col("is_healthy").fill_null(value=False))
    observed = {"services": newest.height, "unwell": bad["service"].to_list()}
    if bad.height:
        said = [f"{r['service']} at {r['at']:%H:%M} UTC: {r['sentence']}" for r in bad.to_dicts()]
        return Finding(FAIL, observed, f"Not well, or silent since: {named(said)}.")
    return passed(f"All {newest.height} services are well.", **observed)


@check("P2", (MIDDAY,), (Need.DEPLOYED,), "every service runs the code that it should")
def deployment_current(scene: Scene) -> Finding:
    """Whether each service runs what is packaged for it now."""
    found = scene.given(Need.DEPLOYED)
    if found is None or found.is_empty():
        return failed("What the services run was not looked at.", services=0)
    bad = found.filter(~pl.col("is_current").fill_null(value=False)).sort("service")
    observed = {"services": found.height, "drifted": bad["service"].to_list()}
    if bad.height:
        return Finding(FAIL, observed, f"{named(bad['sentence'].to_list())}")
    return passed(f"All {found.height} services run what they should.", **observed)


@check(
    "P1",
    (MIDDAY, OVERNIGHT),
    (Need.STEPS,),
    "the last run of each step of the day's job ended well",
)
def steps_end_well(scene: Scene) -> Finding:
    """Whether the steps of the last 36 hours ended, and not in an error; a killed one is named."""
    runs = _runs(scene).filter(pl.col("last_at") > scene.now - timedelta(hours=JOB_HOURS))
    if runs.is_empty():
        return failed(f"No step of any job ran in {JOB_HOURS} hours.", steps=0)
    last = runs.sort("began_at", "run_id").unique(["game_date", "step"], keep="last")
    killed = last.filter(
        pl.col("end").is_null(), pl.col("began_at") < scene.now - timedelta(hours=LONGEST_HOURS)
    )
    broken = last.filter(pl.col("end") == "failed")
    observed = {"steps": last.height, "failed": broken.height, "killed": killed.height}
    said = [f"{r['step']} of {r['game_date']} failed: {r['report']}" for r in broken.to_dicts()]
    said += [f"{r['step']} of {r['game_date']} began and never ended" for r in killed.to_dicts()]
    if said:
        return Finding(FAIL, observed, f"{named(said)}.")
    return passed(f"All {last.height} steps ended well, or run.", **observed)


def _runs(scene: Scene) -> pl.DataFrame:
    """One row per run of a step: when it began, how it ended (null where it did not)."""
    # A step that failed and was done when the run was gone on with is done.
    ended, done = pl.col("event") != "started", pl.col("event") == "done"
    end = pl.coalesce(pl.col("event").filter(done).first(), pl.col("event").filter(ended).first())
    return (
        scene.frame(Need.STEPS)
        .sort("at")
        .group_by(_RUN)
        .agg(
            began_at=pl.col("at").min(),
            last_at=pl.col("at").max(),
            end=end,
            report=pl.col("report").filter(ended).last(),
        )
    )


@check(
    "P1",
    (OVERNIGHT,),
    (Need.STEPS, Need.ANSWERS),
    "no step and no endpoint has failed 5 times in a row",
)
def no_failures_in_a_row(scene: Scene) -> Finding:
    """Whether a step of the job, or an endpoint of a provider, fails again and again."""
    long_ago = scene.now - timedelta(hours=LONGEST_HOURS)
    ends = _runs(scene).filter(pl.col("end").is_not_null() | (pl.col("began_at") < long_ago))
    steps = ends.select(
        what=pl.col("step"), at="began_at", is_bad=pl.col("end").ne_missing(pl.lit("done"))
    )
    answers = scene.frame(Need.ANSWERS).select(
        what=pl.concat_str("provider", "endpoint", separator=" "),
        at="fetched_at",
        is_bad=~pl.col("verdict").is_in([v.value for v in HELD]),
    )
    rows = pl.concat([steps, answers]).sort("what", "at")
    since = (~pl.col("is_bad")).cast(pl.Int64).cum_sum(reverse=True).over("what")
    streaks = rows.filter(since == 0).group_by("what").agg(n=pl.len()).sort("n", "what")
    bad = streaks.filter(pl.col("n") >= IN_A_ROW_WARN).reverse()
    said = [f"{r['what']} failed {r['n']} times in a row" for r in bad.to_dicts()]
    most = int(streaks["n"][-1]) if streaks.height else 0
    if bad.height:
        return Finding(FAIL if most >= IN_A_ROW else WARN, {"most": most}, f"{named(said)}.")
    return passed("Nothing fails again and again.", most=most)
