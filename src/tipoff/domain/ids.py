"""Canonical ids: games, and the key under which a player's name is compared."""

import re
import unicodedata
from datetime import date

_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "v"}
_DROPPED = re.compile(r"[.'’`]")
_NOT_LETTER = re.compile(r"[^a-z ]")


def game_id(game_date: date, away_team: str, home_team: str) -> str:
    """Return the canonical game id ``YYYYMMDD_AWY_HOM`` (date in US Eastern)."""
    return f"{game_date:%Y%m%d}_{away_team}_{home_team}"


def name_key(name: str) -> str:
    """Return the form in which names of different providers are compared.

    Accents are stripped, case folded, ``.`` and ``'`` removed, hyphens become spaces, and a
    generational suffix is dropped: ``"Luka Dončić"`` and ``"luka doncic"`` are equal, and so
    are ``"Jaren Jackson Jr."`` and ``"Jaren Jackson"``. "Last, First" is turned round.
    """
    if name.count(",") == 1:
        last, first = (part.split() for part in name.split(","))
        given = [word for word in first if word.lower().rstrip(".") not in _SUFFIXES]
        name = " ".join([*given, *last])
    decomposed = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).lower()
    plain = plain.replace("ı", "i").replace("ł", "l").replace("đ", "d").replace("ø", "o")
    words = _NOT_LETTER.sub("", _DROPPED.sub("", plain).replace("-", " ")).split()
    while len(words) > 2 and words[-1] in _SUFFIXES:
        words.pop()
    return " ".join(words)
