"""Leagues with known truth: nothing is found where nothing is, and what was planted is found."""

import os
import time
from dataclasses import replace
from typing import Any

from bench.measure import Result
from tipoff.sources.league import EFFICIENT, WORLDS, Replays, generate
from tipoff.workflows.edge_study import TRUTH_GAMES, oracle_study, study

EFFICIENT_SEEDS, EDGE_SEEDS = 20, 3
ORACLE_LEAGUES, ORACLE_GAMES = 40, 60
SMALL = replace(EFFICIENT, teams=8)


def edges() -> tuple[Result, dict[str, Any]]:
    """Study every world, the efficient one over 20 leagues and the others over 3 each.

    ``TIPOFF_EFFICIENT_SEEDS`` and ``TIPOFF_EDGE_SEEDS`` say how many leagues,
    ``TIPOFF_WORLDS`` which worlds, separated by commas.

    A bettor who knows the truth is followed through 40 more efficient leagues.

    Returns:
        Seconds of making true distributions against those of the league alone, and per world what
        ``study`` gives.
    """
    named = os.environ.get("TIPOFF_WORLDS", ",".join(WORLDS)).split(",")
    found = {}
    for world in named:
        is_efficient = world == "efficient"
        wanted = (
            ("TIPOFF_EFFICIENT_SEEDS", EFFICIENT_SEEDS)
            if is_efficient
            else (
                "TIPOFF_EDGE_SEEDS",
                EDGE_SEEDS,
            )
        )
        seeds = range(1, 1 + int(os.environ.get(wanted[0], wanted[1])))
        found[world] = study(world, seeds, settings=SMALL if is_efficient else None)
    if "efficient" in named:
        found["oracle"] = oracle_study(range(201, 201 + ORACLE_LEAGUES), SMALL, ORACLE_GAMES)
    ours, theirs = (_seconds(replays) for replays in (Replays(TRUTH_GAMES, seasons=1), None))
    return Result("true distributions of a season", ours, "the league alone", theirs), found


def _seconds(replays: Replays | None) -> float:
    began = time.perf_counter()
    generate(SMALL, replays)
    return time.perf_counter() - began
