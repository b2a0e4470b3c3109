"""An archive in a process of its own, which may be killed. It prints its summary and peak memory in MiB."""

import json
import resource
import sys
from collections.abc import Iterable

from face_client_archive import archive, read_ids
from face_client_auth import connect


def main(endpoint: str, key: str, ids: str, folder: str, rate: str) -> None:
    listed: Iterable[str] = (f"image-{number}" for number in range(int(ids))) if ids.isdigit() else read_ids(ids)
    with connect(endpoint, key) as client:
        summary = archive(client, listed, folder, requests_per_second=float(rate) or None)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    counts = {"saved": summary.saved, "skipped": summary.skipped, "failed": summary.failed}
    print(json.dumps({**counts, "errors": dict(summary.errors), "peak": round(peak, 1)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
