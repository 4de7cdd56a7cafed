"""The built-in league: seeded whole seasons of box scores, shots, absences and lines.

Nothing in it is real. It lets anybody run everything offline, and its truth is known.
"""

from tipoff.sources.league.generate import League, append_to, generate
from tipoff.sources.league.settings import BOUNDS, LeagueSettings
from tipoff.sources.league.truth import Replays
from tipoff.sources.league.worlds import EFFICIENT, WORLDS

__all__ = [
    "BOUNDS",
    "EFFICIENT",
    "WORLDS",
    "League",
    "LeagueSettings",
    "Replays",
    "append_to",
    "generate",
]
