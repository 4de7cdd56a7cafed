"""Hashes of logical content: independent of files, row order, engine and its version."""

import hashlib
from collections.abc import Sequence

import polars as pl
import polars.selectors as cs
import polars_hash  # noqa: F401 -- registers the expressions under .nchash

_SEPARATOR = "\x1f"
_NULL = "\x00"


def row_hash(columns: Sequence[str]) -> pl.Expr:
    """Return an expression that hashes each row's values (xxh3, 64 bits, as a signed integer).

    Values are hashed in their text form with nulls marked, so the hash does not depend on the
    engine's version.
    """
    text = pl.concat_str(
        [pl.col(name).cast(pl.String).fill_null(_NULL) for name in sorted(columns)],
        separator=_SEPARATOR,
    )
    hashed: pl.Expr = text.nchash.xxh3_64()  # type: ignore[attr-defined]
    return hashed.reinterpret(signed=True)


def content_hash(frame: pl.DataFrame, key: Sequence[str]) -> str:
    """Return the SHA-256 of a frame's logical content.

    Rows are sorted by the key and written as CSV with columns in alphabetical order; floats are
    written in their shortest round-trip form, moments in ISO 8601, bytes in hexadecimal.
    """
    columns = sorted(frame.columns)
    text = (
        frame.select(columns)
        .with_columns(cs.binary().bin.encode("hex"))
        .sort([*key, *[c for c in columns if c not in key]], nulls_last=False)
        .write_csv(null_value="\\N", float_scientific=None)
    )
    return hashlib.sha256(text.encode()).hexdigest()
