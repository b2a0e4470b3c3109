"""Starts the server process, and queries its CPU time."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Serving:
    """The addresses of the server."""

    pid: int
    port: int
    tls_port: int | None

    def endpoint(self, tls: bool = False) -> str:
        """The endpoint for clients."""
        return f"https://127.0.0.1:{self.tls_port}" if tls else f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(certificate: Path | None = None, seconds: float = 3600, requests: int = 5_000_000) -> Iterator[Serving]:
    """Runs the server until the end of the block."""
    command = [sys.executable, "-P", "-m", "tools.benchmarks.server", f"--seconds={seconds}", f"--requests={requests}"]
    if certificate:
        command.append(f"--certificate={certificate}")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        stdin, stdout = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
        try:
            yield Serving(**json.loads(stdout.readline()))
        finally:
            stdin.close()
            process.wait(10)


def server_cpu(port: int) -> float:
    """Returns the CPU time of the server at the port, in seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(b"GET /statistics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = b""
        while not received.endswith(b"}"):
            received += line.recv(65536)
    cpu: float = json.loads(received.partition(b"\r\n\r\n")[2])["cpu"]
    return cpu
