"""The user's own alias file: names that a person has said belong to a player.

It is the file that ``TIPOFF_ALIASES`` names, else ``aliases.toml`` in the working folder where
there is one. It is read each time names are resolved, so an edit counts from the next command on.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tipoff.domain.ids import name_key
from tipoff.domain.seasons import start_year
from tipoff.domain.teams import TEAM_CODES
from tipoff.errors import InputError

VARIABLE = "TIPOFF_ALIASES"
DEFAULT_FILE = "aliases.toml"
SCOPES = ("season", "team", "source")
_KEYS = {"name", "player", "player_id", "comment", *SCOPES}
_stated: ContextVar[Path | None] = ContextVar("aliases", default=None)


@dataclass(frozen=True)
class Alias:
    """One line of an alias file: a name and the player whose it is.

    Attributes:
        name: as a source writes it.
        player: the player's name as box scores or rosters have it; else null.
        player_id: his id; null where ``player`` is given.
        season: the season in which it counts; null for any.
        team: a tri-code: rows about this team, or about a game of it; null for any.
        source: the source whose rows it is about; null for any.
        comment: why, in the person's words.
    """

    name: str
    player: str | None = None
    player_id: str | None = None
    season: str | None = None
    team: str | None = None
    source: str | None = None
    comment: str | None = None

    @property
    def key(self) -> str:
        """The name as compared."""
        return name_key(self.name)

    @property
    def target(self) -> str | None:
        """The player's name as compared; null where he is given by his id."""
        return None if self.player is None else name_key(self.player)

    @property
    def scope(self) -> tuple[str | None, str | None, str | None]:
        """Season, team and source; null where it counts in all."""
        return self.season, self.team, self.source

    def __str__(self) -> str:
        """Say it as a person would."""
        scope = "".join(f", {name} {s}" for name, s in zip(SCOPES, self.scope, strict=True) if s)
        return f"{self.name!r} = {self.player or self.player_id!r}{scope}"


def alias_path() -> Path | None:
    """Return the alias file in force; None where there is none.

    Raises:
        InputError: ``TIPOFF_ALIASES`` names a file that is not there.
    """
    stated = _stated.get()
    named = os.environ.get(VARIABLE)
    if stated is None and named is None:
        found = Path(DEFAULT_FILE)
        return found if found.is_file() else None
    if stated is None and not named:
        return None
    path = stated or Path(named or "")
    if not path.is_file():
        told = "" if stated else f" that {VARIABLE} names"
        raise InputError(f"Expected an alias file at {path}{told}, found none.")
    return path


@contextmanager
def alias_file(path: Path | None) -> Iterator[Path | None]:
    """Let a file be the one in force; None leaves it as it is."""
    token = _stated.set(path or _stated.get())
    try:
        yield alias_path()
    finally:
        _stated.reset(token)


def own_aliases() -> tuple[Alias, ...]:
    """Return what the alias file in force says; nothing where there is none."""
    path = alias_path()
    return () if path is None else read_aliases(path)


def read_aliases(path: Path) -> tuple[Alias, ...]:
    """Return the lines of an alias file.

    Raises:
        InputError: it can not be read, or a line says something that no alias can.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"Expected to read the alias file {path}, but {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"Expected the alias file {path} to be UTF-8, it is not.") from None
    return _parsed(text, str(path))


@lru_cache(maxsize=8)
def _parsed(text: str, where: str) -> tuple[Alias, ...]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"Expected TOML in the alias file {where}, got: {error}.") from None
    table, entries = document.pop("aliases", {}), document.pop("alias", [])
    if document or not isinstance(table, dict) or not isinstance(entries, list):
        strange = ", ".join(sorted(document)) or "another kind of value"
        raise InputError(
            f"Expected a table [aliases] and entries [[alias]] in {where}, got {strange}."
        )
    plain = [{"name": name, "player": player} for name, player in table.items()]
    return tuple(_alias(entry, where) for entry in [*plain, *entries])


def _alias(entry: object, where: str) -> Alias:
    """Return one entry, or say what is wrong with it."""
    if not isinstance(entry, dict):
        raise InputError(f"Expected entries [[alias]] with a name in {where}, got {entry!r}.")
    named = f"the alias {entry.get('name', '')!r} in {where}"
    if strange := sorted(set(entry) - _KEYS):
        raise InputError(f"Expected of {named} only {', '.join(sorted(_KEYS))}, got {strange}.")
    if wrong := [k for k, v in entry.items() if not isinstance(v, str) or not v.strip()]:
        raise InputError(f"Expected text for {', '.join(sorted(wrong))} of {named}.")
    alias = Alias(**_stripped(entry)) if "name" in entry else Alias("")
    if not alias.key:
        raise InputError(f"Expected {named} to have a name with letters.")
    if (alias.player is None) == (alias.player_id is None):
        raise InputError(f"Expected {named} to state its player or his player_id, one of both.")
    if alias.target == "":
        raise InputError(f"Expected the player of {named} to have letters, got {alias.player!r}.")
    if alias.season and not _is_season(alias.season):
        raise InputError(f"Expected a season such as 2024-25 of {named}, got {alias.season!r}.")
    if alias.team and alias.team not in TEAM_CODES:
        raise InputError(f"Expected the tri-code of an NBA team of {named}, got {alias.team!r}.")
    return alias


def _is_season(text: str) -> bool:
    try:
        start_year(text)
    except InputError:
        return False
    return True


def _stripped(entry: Mapping[str, Any]) -> dict[str, str]:
    return {key: value.strip() for key, value in entry.items()}
