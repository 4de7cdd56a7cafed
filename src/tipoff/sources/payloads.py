"""Raw answers of providers that lie in files: told by content, read like answers of the archive."""

import gzip
import zlib
from datetime import datetime
from pathlib import Path

import polars as pl

from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Endpoint
from tipoff.sources.containers import open_content
from tipoff.sources.format import Content, Format, Parsed, Reference
from tipoff.sources.json_rows import first_sign
from tipoff.sources.providers.catalogue import PROVIDERS

_GZIP = b"\x1f\x8b"
# JSON, HTML and PDF begin so: such a file is worth reading whole.
_SIGNS = (b"{", b"[", b"<", b"%")


def open_file(path: Path, fetched_at: datetime | None = None) -> tuple[Content, Format | None]:
    """Open a file: as tables, or as a raw answer with the layout that reads it.

    Args:
        path: a file of tables, or a bare answer: JSON, HTML or PDF, plain or gzipped.
        fetched_at: when a bare answer came; None where that is not known.

    Returns:
        The content; and the layout of a bare answer, None for a file of tables.

    Raises:
        InputError: one sentence that says why the file can not be read.
    """
    answer = bare_answer(path, fetched_at) if first_sign(path) in _SIGNS else None
    if answer is None:
        return open_content(path), None
    return Content(path, {}, lambda _: _no_table(path)), _layout(*answer)


def bare_answer(path: Path, fetched_at: datetime | None = None) -> tuple[Answer, Endpoint] | None:
    """Return the answer that a file holds and which of the known kinds it is; None for none."""
    try:
        body = path.read_bytes()
        body = gzip.decompress(body) if body.startswith(_GZIP) else body
    except (OSError, EOFError, zlib.error):
        return None
    for provider in PROVIDERS.values():
        for endpoint in provider.endpoints.values():
            if endpoint.recognises(body):
                return Answer(provider.name, endpoint.name, {}, body, fetched_at), endpoint
    return None


def _layout(answer: Answer, endpoint: Endpoint) -> Format:
    def parse(_: Content, reference: Reference) -> list[Parsed]:
        return endpoint.parse(answer, reference)

    return Format(
        name=f"{answer.provider}_{answer.endpoint}",
        about=endpoint.about,
        stage=endpoint.stage,
        recognises=lambda _: False,
        parse=parse,
    )


def _no_table(path: Path) -> pl.DataFrame:
    raise InputError(f"Expected tables in {path}, got a raw answer.")
