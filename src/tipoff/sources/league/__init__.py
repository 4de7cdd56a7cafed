"""The built-in league: seeded whole seasons of box scores, shots, absences and lines.

Nothing in it is real. It lets anybody run everything offline, and its truth is known.
"""

from tipoff.sources.league.generate import League, append_to, generate
from tipoff.sources.league.settings import LeagueSettings

__all__ = ["League", "LeagueSettings", "append_to", "generate"]
