"""What the market believes: the truth, but for what the knobs keep from it.

Arrays are ``teams x 15 x games``.
"""

from typing import NamedTuple

import numpy as np

from tipoff.sources.league.minutes import Bools
from tipoff.sources.league.prospects import Prospects
from tipoff.sources.league.rosters import Floats
from tipoff.sources.league.settings import SEGMENTS, LeagueSettings


class Beliefs(NamedTuple):
    """Points that the market expects.

    Attributes:
        final: given who plays.
        early: given who was known to be out on the day before.
        in_segment: of the segment that is mispriced.
    """

    final: Floats
    early: Floats
    in_segment: Bools


def beliefs(
    settings: LeagueSettings, ahead: Prospects, expected: Floats, expected_early: Floats
) -> Beliefs:
    """Return what the market expects before its chance errors.

    Args:
        settings: what it prices in.
        ahead: what is true.
        expected, expected_early: expected points in truth.
    """
    final, early = expected, expected_early
    if ahead.lagging_role is not ahead.role:
        out = ahead.absences.is_out
        final, _ = ahead.expected(ahead.lagging_role, ~out)
        early, _ = ahead.expected(ahead.lagging_role, ~(out & ~ahead.absences.is_sudden))
    for factor, priced in (
        (ahead.form, settings.form_priced),
        (ahead.fatigue, settings.fatigue_priced),
        (ahead.meeting, settings.matchup_priced),
    ):
        if priced != 1:
            final, early = final * factor ** (priced - 1), early * factor ** (priced - 1)
    place = np.broadcast_to(np.arange(expected.shape[1])[None, :, None], expected.shape)
    within = np.isin(place, SEGMENTS.get(settings.mispriced_segment, ()))
    if settings.segment_mispricing:
        share = 1 + settings.segment_mispricing * within
        final, early = final * share, early * share
    return Beliefs(final, early, within)
