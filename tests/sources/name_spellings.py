"""Ways in which sources spell one name, and names with their places to be found again."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from itertools import chain

import polars as pl

from tipoff.domain.ids import name_key
from tipoff.sources.identity import resolved, shipped_aliases

Spelling = Callable[[str], str]
_SUFFIX = re.compile(r",? (Jr\.?|Sr\.?|II|III|IV|V)$")


def _without_accents(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


def _parts(name: str) -> tuple[str, str, str]:
    """First name, last name, suffix with its blank."""
    suffix = m.group(0) if (m := _SUFFIX.search(name)) else ""
    first, _, last = name.removesuffix(suffix).partition(" ")
    return first, last, suffix


def _comma(name: str) -> str:
    first, last, suffix = _parts(name)
    return f"{last}{suffix}, {first}" if last else name


def _comma_before_suffix(name: str) -> str:
    first, last, suffix = _parts(name)
    return f"{last}, {first}{suffix}" if last else name


def _reversed(name: str) -> str:
    first, last, suffix = _parts(name)
    return f"{last} {first}{suffix}" if last else name


def _reversed_after_suffix(name: str) -> str:
    first, last, suffix = _parts(name)
    return f"{last}{suffix} {first}" if last else name


def _initial(mark: str) -> Spelling:
    def spelled(name: str) -> str:
        first, last, suffix = _parts(name)
        return f"{first[:1]}{mark}{last}{suffix}" if last else name

    return spelled


def _fullwidth(name: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)


def _misread(encoding: str) -> Spelling:
    def spelled(name: str) -> str:
        try:
            return name.encode().decode(encoding)
        except UnicodeDecodeError:
            return name

    return spelled


def _nickname(name: str) -> str:
    both = dict(chain(shipped_aliases().items(), ((b, a) for a, b in shipped_aliases().items())))
    return both.get(name_key(name), name)


SPELLINGS: Mapping[str, Spelling] = {
    "as it is": lambda n: n,
    "without accents": _without_accents,
    "accents decomposed": lambda n: unicodedata.normalize("NFD", n),
    "upper case": str.upper,
    "lower case": str.lower,
    "title case": str.title,
    "without dots": lambda n: n.replace(".", ""),
    "curly apostrophe": lambda n: n.replace("'", "’"),
    "accent as apostrophe": lambda n: n.replace("'", "´"),
    "without apostrophe": lambda n: n.replace("'", ""),
    "blank for apostrophe": lambda n: n.replace("'", " "),
    "blank for hyphen": lambda n: n.replace("-", " "),
    "without hyphen": lambda n: n.replace("-", ""),
    "long dash for hyphen": lambda n: n.replace("-", "–"),
    "non-breaking hyphen": lambda n: n.replace("-", "\u2011"),
    "non-breaking blank": lambda n: n.replace(" ", "\u00a0"),
    "doubled blanks": lambda n: f" {n.replace(' ', '  ')} ",
    "tab for blank": lambda n: n.replace(" ", "\t"),
    "fullwidth letters": _fullwidth,
    "read as Latin-1": _misread("latin-1"),
    "read as Windows-1252": _misread("cp1252"),
    "without suffix": lambda n: _SUFFIX.sub("", n),
    "suffix after a comma": lambda n: _SUFFIX.sub(r", \1", n),
    "suffix without dot": lambda n: _SUFFIX.sub(lambda m: m.group(0).rstrip("."), n),
    "last, first": _comma,
    "last, first suffix": _comma_before_suffix,
    "last first": _reversed,
    "last suffix first": _reversed_after_suffix,
    "initial": _initial(". "),
    "initial, tight": _initial("."),
    "initial without dot": _initial(" "),
    "nickname": _nickname,
}


def found(players: pl.DataFrame, *spellings: str) -> pl.DataFrame:
    """Spell every name so, look each up in a row of his team and in a game of it.

    Args:
        players: ``season, team, player_id, name``; each season has two teams at least.
        spellings: keys of ``SPELLINGS``, in the order in which they are applied.

    Returns:
        ``player_id, name, spelled, is_changed, in_row, in_game``: the last two are who was found.
    """
    names = players["name"].unique().sort().to_list()
    spelled = dict(zip(names, names, strict=True))
    for spelling in spellings:
        spelled = {name: SPELLINGS[spelling](now) for name, now in spelled.items()}
    keys = {name: name_key(now) for name, now in spelled.items()}
    known = players.select(
        "season", "team", "player_id", name_key=pl.col("name").replace_strict(_keys(names))
    )
    others = players.select("season", "team").unique().sort("season", "team")
    others = others.with_columns(
        other=pl.col("team").shift(1).over("season").fill_null(pl.col("team").last().over("season"))
    )
    asked = players.join(others, on=["season", "team"], maintain_order="left").with_columns(
        spelled=pl.col("name").replace_strict(spelled),
        name_key=pl.col("name").replace_strict(keys),
        game_id=pl.format("20240101_{}_{}", "other", "team"),
        truth="player_id",
        player_id=pl.lit(None, pl.String),
    )
    in_game = resolved(asked.drop("team"), known, own=())["player_id"]
    in_row = resolved(asked, known, own=())["player_id"]
    return asked.select(
        "name",
        "spelled",
        player_id="truth",
        is_changed=pl.col("name") != pl.col("spelled"),
        in_row=in_row,
        in_game=in_game,
    )


def _keys(names: list[str]) -> dict[str, str]:
    return {name: name_key(name) for name in names}


def wrong(looked_up: pl.DataFrame) -> pl.DataFrame:
    """Return the rows in which another player was found."""
    return looked_up.filter(
        (pl.col("in_row") != pl.col("player_id")) | (pl.col("in_game") != pl.col("player_id"))
    )
