"""The sockets of sync calls, as a network backend of httpcore. No operation takes longer than the call's deadline."""

import os
import socket
import ssl
import time
from _thread import start_new_thread
from contextlib import suppress
from functools import partial
from itertools import zip_longest
from queue import Empty, SimpleQueue
from selectors import EVENT_WRITE, DefaultSelector
from threading import Lock
from typing import Any

import httpcore

from . import _fork
from ._deadline import limit_timeout

ATTEMPT_DELAY = 0.25  # seconds between connection attempts (RFC 8305, section 5)


class Backend(httpcore.SyncBackend):
    # The others are a local address and socket options, which httpcore has from its pool: none.
    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any) -> Any:
        try:
            sock = _connect(host, port, limit_timeout(timeout))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except (OSError, UnicodeError) as error:  # UnicodeError: not a valid host name
            raise httpcore.ConnectError(str(error)) from error
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Stream(sock)


class Stream(httpcore.NetworkStream):
    """A socket that one thread can close while another thread waits for it."""

    requires_close_notify = True  # otherwise an attacker could truncate a response unnoticed

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._in_use = Lock()
        self._is_closed = False
        _fork.register(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        received: bytes = self._use(self._sock.recv, max_bytes, timeout, httpcore.ReadTimeout, httpcore.ReadError)
        return received

    def readinto(self, buffer: memoryview, timeout: float | None = None) -> int:
        size: int = self._use(self._recv_into, buffer, timeout, httpcore.ReadTimeout, httpcore.ReadError)
        return size

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        while buffer:
            sent = self._use(self._sock.send, buffer, timeout, httpcore.WriteTimeout, httpcore.WriteError)
            buffer = buffer[sent:]

    def close(self) -> None:
        self._is_closed = True
        if self._in_use.acquire(blocking=False):
            self._sock.close()
            self._in_use.release()
        else:
            # If closed here, the file descriptor could be reused while the other thread reads. That thread closes it.
            with suppress(OSError):
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)  # SSLSocket.shutdown would stop the decryption

    abort = close

    def after_fork(self) -> None:
        self._in_use, self._is_closed = Lock(), True
        self._sock.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        # An end without close_notify is an error: an attacker could have truncated the response.
        wrap = partial(ssl_context.wrap_socket, server_hostname=server_hostname, suppress_ragged_eofs=False)
        return Stream(self._use(wrap, self._sock, timeout, httpcore.ConnectTimeout, httpcore.ConnectError))

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._is_readable()
        if info == "ssl_object":
            return self._sock if isinstance(self._sock, ssl.SSLSocket) else None
        names = {"client_addr": self._sock.getsockname, "server_addr": self._sock.getpeername}
        return self._sock if info == "socket" else names[info]() if info in names else None

    def _is_readable(self) -> bool:
        try:
            self._use(self._recv_now, 1, None, httpcore.ReadTimeout, httpcore.ReadError)
        except (httpcore.ReadTimeout, httpcore.ReadError) as error:
            return not isinstance(error.__cause__, BlockingIOError | ssl.SSLWantReadError)
        return True

    def _recv_now(self, size: int) -> bytes:
        self._sock.settimeout(0)
        return self._sock.recv(size)

    def _recv_into(self, buffer: memoryview) -> int:
        size = self._sock.recv_into(buffer)
        if size and isinstance(self._sock, ssl.SSLSocket):
            # That was one TLS record of up to 16 KiB. Also read the next ones that have arrived.
            self._sock.settimeout(0)
            with suppress(OSError):
                while more := self._sock.recv_into(buffer[size:]) if size < len(buffer) else 0:
                    size += more
        return size

    def _use(self, function: Any, argument: Any, timeout: float | None, timeout_error: Any, network_error: Any) -> Any:
        try:
            with self._in_use:
                self._check_open()
                self._sock.settimeout(limit_timeout(timeout))
                result = function(argument)
            if not result:
                self._check_open()  # the end of the body only if the server closed the connection
        except TimeoutError as error:
            raise timeout_error(str(error)) from error
        except OSError as error:
            raise network_error(str(error)) from error
        else:
            return result
        finally:
            if self._is_closed:
                self._sock.close()

    def _check_open(self) -> None:
        if self._is_closed:
            raise OSError("the connection has been closed")


def _connect(host: str, port: int, timeout: float | None) -> Any:
    """Connects to the first address that accepts, with a new attempt every 250 ms (Happy Eyeballs, RFC 8305)."""
    end = time.monotonic() + (float("inf") if timeout is None else timeout)
    addresses = _addresses(host, port, timeout)
    failure = OSError(f"{host} has no address")
    with DefaultSelector() as attempts:
        try:
            while addresses or attempts.get_map():
                if addresses:
                    try:
                        attempts.register(_begin(addresses.pop(0)), EVENT_WRITE)
                    except OSError as error:
                        failure = error
                        continue
                if (left := end - time.monotonic()) <= 0:
                    raise TimeoutError("timed out")
                for key, _ in attempts.select(min(left, ATTEMPT_DELAY if addresses else 3600)):
                    sock: Any = attempts.unregister(key.fileobj).fileobj
                    if not (code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)):
                        return sock
                    sock.close()
                    failure = OSError(code, os.strerror(code))
        finally:
            for key in attempts.get_map().values():
                key.fileobj.close()  # type: ignore[union-attr]
    raise failure


def _begin(candidate: Any) -> socket.socket:
    family, kind, protocol, _, address = candidate
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)
        with suppress(BlockingIOError):
            sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def _addresses(host: str, port: int, timeout: float | None) -> list[Any]:
    """Resolves the host, in a thread since `getaddrinfo` has no timeout. IPv6 and IPv4 addresses alternate."""
    found: SimpleQueue[Any] = SimpleQueue()

    def resolve() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.put(error)

    start_new_thread(resolve, ())  # Thread.start prints an error later if a signal handler raises in it
    try:
        addresses = found.get(timeout=timeout)
    except Empty:
        raise TimeoutError("timed out") from None
    if isinstance(addresses, Exception):
        raise addresses
    turns = {family: [item for item in addresses if item[0] == family] for family, *_ in addresses}
    return [item for turn in zip_longest(*turns.values()) for item in turn if item]
