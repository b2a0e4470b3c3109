"""Records `face-client` in a terminal as the picture of the README: `make picture`.

The commands are real processes in a pseudo-terminal, which use an emulator. Nothing in the picture differs from one run
to the next, but for the pace on a very busy machine.
"""

import fcntl
import os
import re
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from face_emulator import SAMPLE_IMAGE_ID, Emulator

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "command-line.svg"
COLUMNS = 90
ARCHIVE = "face-client image archive people.csv --column sessionImageId -d evidence"
IMAGES, INTERRUPT_AFTER = 62, 24


def main() -> int:
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor")
    with tempfile.TemporaryDirectory() as folder, Emulator() as face:
        portrait = face.images[SAMPLE_IMAGE_ID]
        ids = [f"id-{number}" for number in range(IMAGES)]
        face.images.update(dict.fromkeys(ids, portrait))
        Path(folder, "people.csv").write_text("\n".join(["sessionImageId", *ids, "expired-1", "expired-2"]))
        terminal = _Terminal(console, face, Path(folder))
        terminal.run(f"face-client image get {SAMPLE_IMAGE_ID} -o session.jpg")
        before = len(face.requests)
        terminal.run(ARCHIVE, interrupt=lambda: len(face.requests) - before >= INTERRUPT_AFTER)
        terminal.run(ARCHIVE)
    PICTURE.parent.mkdir(exist_ok=True)
    picture = console.export_svg(title="face-client", unique_id="face-client")
    # Without the fonts that a browser would load from another site.
    PICTURE.write_text(re.sub(r"@font-face {.*?}\s*", "", picture, flags=re.DOTALL), encoding="utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}")
    return 0


class _Terminal:
    """Runs commands in a folder, and prints what a person would see."""

    def __init__(self, console: Console, face: Emulator, folder: Path) -> None:
        self._console = console
        self._folder = folder
        self._environment = {
            **os.environ,
            "FACE_ENDPOINT": face.endpoint,
            "FACE_APIKEY": face.key,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
        }

    def run(self, command: str, interrupt: Callable[[], bool] | None = None) -> None:
        """Runs a command to its end, or presses Ctrl-C as soon as `interrupt` returns true."""
        arguments = [sys.executable, "-m", "face_client_cli", *command.split()[1:]]
        ours, its = os.openpty()
        termios.tcsetwinsize(its, (24, COLUMNS))
        process = subprocess.Popen(
            arguments,
            stdin=its,
            stdout=its,
            stderr=its,
            cwd=self._folder,
            env=self._environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C reaches it
        )
        os.close(its)
        while interrupt and not interrupt() and process.poll() is None:
            time.sleep(0.001)
        if interrupt:
            os.write(ours, b"\x03")
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # the end, on Linux
            pass
        process.wait()
        os.close(ours)
        self._console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        # Of a line that was drawn several times, this leaves the last one.
        self._console.print(Text.from_ansi(shown.decode().replace("\r\n", "\n")))


if __name__ == "__main__":
    sys.exit(main())
