"""API keys: only their SHA-256 hashes are known to a service, and only their names to its logs."""

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tipoff.errors import InputError

VARIABLE = "TIPOFF_API_KEYS"
_HASH = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[\w.-]{1,40}", re.ASCII)


@dataclass(frozen=True)
class Keys:
    """The keys that open a service, by name: SHA-256 of each."""

    hashes: Mapping[str, bytes]

    def __bool__(self) -> bool:
        return bool(self.hashes)

    def named(self, key: str) -> str | None:
        """Return the name of a key; None where it opens nothing.

        All are compared, each in constant time: how long it takes says nothing of which is near.
        """
        given = sha256(key.encode("utf-8", "surrogateescape")).digest()
        found = None
        for name, known in self.hashes.items():
            if hmac.compare_digest(given, known):
                found = name
        return found


def read_keys(text: str, path: Path | None = None) -> Keys:
    """Read keys: ``NAME=SHA256`` separated by commas or lines; lines of ``#`` are comments.

    Args:
        text: such as the value of ``TIPOFF_API_KEYS``.
        path: a file with more of them.

    Raises:
        InputError: something in it is no name and hash, or is there twice. What is there is not
            repeated, for it may be a key.
    """
    found = dict[str, bytes]()
    parts = _parts(text, VARIABLE)
    if path is not None:
        try:
            parts += _parts(path.read_text("utf-8"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"Expected API keys in {path}, but: {error}.") from None
    for where, part in parts:
        name, _, digest = (piece.strip() for piece in part.partition("="))
        if not _NAME.fullmatch(name) or not _HASH.fullmatch(digest.lower()):
            raise InputError(
                f"Expected NAME=SHA256 for each API key in {where}, got something else. "
                "'tipoff services key NAME' makes one."
            )
        if name in found:
            raise InputError(f"Expected one API key by the name of {name}, got two.")
        found[name] = bytes.fromhex(digest)
    return Keys(found)


def _parts(text: str, where: str) -> list[tuple[str, str]]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return [(where, part) for line in lines for part in line.split(",") if part.strip()]


def new_key(name: str) -> tuple[str, str]:
    """Return a new key, and what a service is told of it: ``NAME=SHA256``.

    Raises:
        InputError: the name makes no sense.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"Expected a name of letters, digits, '.', '_' and '-'; got {name!r}.")
    key = secrets.token_urlsafe(32)
    return key, f"{name}={sha256(key.encode()).hexdigest()}"


def stated_key(headers: Mapping[bytes, bytes]) -> str | None:
    """Return the key that a request states (``Authorization: Bearer`` or ``X-API-Key``)."""
    own = headers.get(b"x-api-key")
    if own is not None:
        return own.decode("latin-1")
    kind, _, value = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return value.strip() if kind.lower() == "bearer" and value.strip() else None
