"""The content encoding of a body. None is asked for, but some proxies use gzip anyway."""

import zlib
from collections.abc import Iterable, Iterator

import httpx

from ._errors import ApiError, error_class

_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 1024 * 1024


class Decoder:
    """Decodes the body of a response, in pieces of at most 1 MiB.

    Raises:
        ApiError: The body has another encoding than gzip, or is not gzip.
    """

    def __init__(self, response: httpx.Response, encoding: str) -> None:
        self._response = response
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise self._error(f"the body has the Content-Encoding {encoding}, which was not asked for")
        self._gzip = zlib.decompressobj(_GZIP) if encoding.endswith("gzip") else None

    @property
    def is_identity(self) -> bool:
        """Whether the body is sent as it is."""
        return self._gzip is None

    @property
    def is_complete(self) -> bool:
        """Whether the body may end here."""
        return self._gzip is None or self._gzip.eof

    def decode(self, data: bytes) -> Iterable[bytes]:
        """Returns the next piece of the body, decoded."""
        return (data,) if self._gzip is None else self._unzipped(self._gzip, data)

    def _unzipped(self, gzip: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
        while data:
            if gzip.eof:
                # There may be more than one member (RFC 1952, section 2.2).
                self._gzip = gzip = zlib.decompressobj(_GZIP)
            try:
                piece = gzip.decompress(data, _PIECE)
                while piece:
                    yield piece
                    piece = gzip.decompress(gzip.unconsumed_tail, _PIECE)
            except zlib.error as error:
                raise self._error(f"the body is not gzip: {error}") from None
            data = gzip.unused_data

    def _error(self, reason: str) -> ApiError:
        response = self._response
        return error_class(response.status_code)(response.status_code, response.headers, b"", None, reason)
