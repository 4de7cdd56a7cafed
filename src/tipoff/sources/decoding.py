"""Bodies as they come over the network: decompressed, and known to be whole.

The HTTP client takes a compressed body that was cut for a whole one; this does not.
"""

import zlib

_GZIP = 31


class BrokenError(Exception):
    """A body that does not decompress, ends early, or has no end."""


class Decoder:
    """Decompresses a body piece by piece and notices where it was cut.

    Args:
        encoding: the answer's Content-Encoding.
        most_bytes: that the body may have, decompressed.
    """

    def __init__(self, encoding: str, most_bytes: int) -> None:
        self._encoding = encoding.strip().lower()
        self._most = most_bytes
        self._parts: list[bytes] = []
        self._size = 0
        self._gzip = (
            zlib.decompressobj(wbits=_GZIP) if self._encoding in ("gzip", "x-gzip") else None
        )

    @property
    def body(self) -> bytes:
        """What has come so far."""
        return b"".join(self._parts)

    def take(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            BrokenError: they do not decompress, or there are too many.
        """
        while chunk:
            piece, chunk = self._piece(chunk)
            self._parts.append(piece)
            self._size += len(piece)
            if self._size > self._most:
                raise BrokenError(f"it has more than {self._most:,} bytes")

    def _piece(self, chunk: bytes) -> tuple[bytes, bytes]:
        """Decompress a chunk; what follows the end of one stream begins another, but for zeros."""
        if self._gzip is None:
            return chunk, b""
        if self._gzip.eof:
            chunk = chunk.lstrip(b"\0")
            if not chunk:
                return b"", b""
            self._gzip = zlib.decompressobj(wbits=_GZIP)
        try:
            piece = self._gzip.decompress(chunk, self._most + 1)
        except zlib.error:
            raise BrokenError("its compression is broken") from None
        return piece, self._gzip.unused_data

    def end(self) -> None:
        """Note that nothing more comes.

        Raises:
            BrokenError: the compressed body is not at its end.
        """
        if self._gzip is not None and self._parts and not self._gzip.eof:
            raise BrokenError("its compressed body ends early")
        if self._gzip is None and self._encoding not in ("", "identity"):
            raise BrokenError(f"its encoding {self._encoding} was not asked for")
