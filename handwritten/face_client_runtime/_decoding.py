"""Content encodings. The client requests none, but some proxies use gzip anyway."""

import zlib
from collections.abc import Iterator

import httpx

from ._errors import ApiError, api_error

_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 1024 * 1024


class Decoder:
    """Decodes the body of a response, in chunks of at most 1 MiB.

    Raises:
        ApiError: The encoding is neither identity nor gzip, or the body is not valid gzip.
    """

    def __init__(self, response: httpx.Response, encoding: str) -> None:
        self._response = response
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise self._error(f"the body has the Content-Encoding {encoding}, which was not asked for")
        self._gzip = zlib.decompressobj(_GZIP) if encoding.endswith("gzip") else None
        self.is_empty = True  # so far

    @property
    def is_identity(self) -> bool:
        """Whether the body has no content encoding."""
        return self._gzip is None

    @property
    def is_complete(self) -> bool:
        """Whether the body may end here: False in the middle of gzip data."""
        return self._gzip is None or self._gzip.eof

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Returns the decoded chunks of the next bytes."""
        if self._gzip is not None:
            return self._unzipped(self._gzip, memoryview(data))
        self.is_empty &= not data
        return iter((data,))

    def _unzipped(self, gzip: "zlib._Decompress", data: memoryview) -> Iterator[bytes]:
        # No variable holds bytes where an error is raised: a traceback may show them.
        while data:
            if gzip.eof:
                # There may be more than one member (RFC 1952, section 2.2).
                self._gzip = gzip = zlib.decompressobj(_GZIP)
            try:
                while piece := gzip.decompress(data, _PIECE):
                    self.is_empty, data = False, memoryview(gzip.unconsumed_tail)
                    yield piece
                    del piece
            except zlib.error as error:
                raise self._error(f"the body is not gzip: {error}") from None
            data = memoryview(gzip.unused_data)

    def _error(self, reason: str) -> ApiError:
        return api_error(self._response, b"", None, reason)
