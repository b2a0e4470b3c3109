"""What a client takes of its process does not grow with the number and the size of its downloads."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

MIB = 1024 * 1024

_USE = """
import asyncio, gc, json, os, resource, sys, threading
from face_client import AsyncClient, Client

form, endpoint = sys.argv[1:]
client = Client(endpoint) if form == "sync" else AsyncClient(endpoint)

async def call(image_id):
    if form == "sync":
        client.get_session_image(image_id)
    else:
        async with client.get_session_image_stream(image_id) as body:
            async for _ in body.iter_bytes():
                pass

async def use():
    found = []
    gc.disable()  # cycles of garbage would hold a body each
    for image_id, times in (("small", 100), ("small", 300), ("large", 1), ("large", 5)):
        for _ in range(times):
            await call(image_id)
        found.append({
            "descriptors": len(os.listdir("/proc/self/fd")),
            "threads": threading.active_count(),
            "tasks": len(asyncio.all_tasks()),
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        })
    print(json.dumps(found))

asyncio.run(use())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts in /proc")
@pytest.mark.parametrize("form", ["sync", "async stream"])
def test_downloads_leave_nothing_behind(raw_server: Callable[..., Any], form: str) -> None:
    """After hundreds of bodies, and after large ones, no descriptor, thread, task or body has stayed."""

    def answer(connection: socket.socket, request: bytes) -> None:
        while request:
            size = 2048 if b"/small" in request else 20 * MIB
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (size, bytes(size)))
            request = connection.recv(65536)

    arguments = [sys.executable, "-c", _USE, form, raw_server(answer).endpoint]

    run = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)

    assert (run.stderr, run.returncode) == ("", 0)
    warm, small, one, large = json.loads(run.stdout)
    peaks = [each.pop("peak") for each in (warm, small, one, large)]
    assert small == one == large == warm
    assert peaks[1] - peaks[0] < 2
    assert peaks[2] - peaks[1] < (28 if form == "sync" else 2)
    assert peaks[3] - peaks[2] < 10
