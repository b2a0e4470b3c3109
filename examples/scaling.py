"""Archives a list with four processes, one of which is killed while it runs; docs/scaling.md explains it.

Needs the package `distributed`, which is Dask. The service is an offline one.
"""

import os
import signal
from bisect import bisect_left
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

from distributed import LocalCluster, as_completed

from face_client_archive import ArchiveSummary, archive, image_id, read_ids
from face_client_auth import connect
from face_emulator import Emulator

IMAGES = 200
SHARDS = 16  # the same for each run with a list; the number of workers may change
WORKERS = 4
RATE = 100.0  # requests per second of all workers together; a resource of the tier S0 allows 10


def shard_of(an_id: str) -> int:
    """Returns the shard of an id: the same one in each process, as `hash` would not."""
    return crc32(an_id.encode()) % SHARDS


def archive_shard(shard: int, folder: Path) -> ArchiveSummary:
    """Runs in a worker, whose environment has the endpoint and the key, so that Dask does not get to see them."""
    ids = (an_id for an_id in read_ids(folder / "ids.txt") if shard_of(an_id) == shard)
    with connect() as client:
        return archive(client, ids, folder / f"shard-{shard:02}", requests_per_second=RATE / WORKERS)


def archive_and_kill(cluster: LocalCluster, folder: Path, face: Emulator) -> None:
    with cluster.get_client() as dask:
        victim, *_ = dask.run(os.getpid).values()
        shards = dask.map(archive_shard, range(SHARDS), folder=folder)
        completed = as_completed(shards)
        for _ in range(WORKERS):
            next(completed)
        saved, before = hashes(folder), len(face.requests)
        os.kill(victim, signal.SIGKILL)
        print(f"killed    worker {victim}, when {len(saved)} images were saved")
        archives = dask.gather(shards)

    counts = [sum(getattr(each, name) for each in archives) for name in ("saved", "skipped", "failed")]
    print("archives  {} images saved, {} saved before in the same shard, {} failed".format(*counts))
    right = {an_id: sha256(image).hexdigest() for an_id, image in face.images.items()}
    print(f"images    {len(hashes(folder).items() & right.items())} of {IMAGES} have the right SHA-256")
    again = saved.keys() & {request.path.rpartition("/")[2] for request in face.requests[before:]}
    print(f"requests  {len(face.requests)}, of these {len(again)} for an image that was saved before the kill")
    times = [request.time for request in face.requests]
    busiest = max(bisect_left(times, time + 1) - place for place, time in enumerate(times))
    rate = len(times) / (times[-1] - times[0])
    print(f"rate      {rate:.0f} requests per second, {busiest} in the busiest one, of {RATE:.0f}")


def hashes(folder: Path) -> dict[str, str]:
    """Returns the SHA-256 of each image that is saved, by id."""
    files = folder.glob("shard-*/*.jpg")
    return {image_id(file.name): sha256(file.read_bytes()).hexdigest() for file in files}


def main() -> None:
    images = {f"image-{number}": os.urandom(20_000) for number in range(IMAGES)}
    with TemporaryDirectory() as name, Emulator(images=images) as face:
        folder = Path(name)
        (folder / "ids.txt").write_text("\n".join(images))
        os.environ.update(FACE_ENDPOINT=face.endpoint, FACE_APIKEY=face.key)
        with LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None) as cluster:
            archive_and_kill(cluster, folder, face)


if __name__ == "__main__":
    main()
