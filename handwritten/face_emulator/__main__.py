"""The `face-emulator` command."""

import argparse
import ipaddress
import shlex
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault
from face_emulator.attempts import OUTCOMES
from face_emulator.emulator import DEFAULT_BEARER, DEFAULT_KEY
from face_emulator.fault_spec import fault_from_text

_JSON = "-H 'Content-Type: application/json' -d"  # --json needs curl 7.82


def main(argv: Sequence[str] | None = None, prog: str = "face-emulator") -> int:
    """Run an emulator in the foreground until Ctrl-C or SIGTERM. Call it in the main thread.

    Args:
        argv: The arguments after the command's name; `sys.argv` by default.
        prog: The command's name, for its messages.

    Returns:
        The exit status: 0 when stopped, 2 if it cannot start.
    """
    options = _parser(prog).parse_args(argv)
    # A shell starts background jobs with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        emulator = Emulator(
            key=options.key,
            token=options.token,
            images=options.images,
            host=options.host,
            allowed_hosts=options.allowed_host,
            port=options.port,
            certfile=options.certfile,
            keyfile=options.keyfile,
            outcome=options.outcome,
            requests_per_second=options.requests_per_second,
        )
        emulator.faults.add(*map(_fault, options.fault))
        with emulator:
            print(_welcome(emulator, options.certfile), flush=True)
            if not _is_loopback(options.host):
                print(_warning(emulator), file=sys.stderr, flush=True)
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        return 0
    except (OSError, ValueError, ModuleNotFoundError) as exc:
        print(f"{prog}: {exc}", file=sys.stderr)
        return 2


def _fault(spec: str) -> Fault:
    try:
        return fault_from_text(spec)
    except ValueError as exc:
        raise ValueError(f"--fault {spec}: {exc}") from exc


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description="An offline Azure AI Face service.")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for all of them (default: %(default)s)"
    )
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that clients may use for this host; IP addresses, localhost and the --host are always allowed; "
        "repeat the option for more names",
    )
    parser.add_argument("--port", type=int, default=8080, help="0 for a free one (default: %(default)s)")
    parser.add_argument("--certfile", type=Path, metavar="FILE", help="certificate chain in PEM, for https")
    parser.add_argument("--keyfile", type=Path, metavar="FILE", help="its private key, if not in the certfile")
    parser.add_argument("--key", default=DEFAULT_KEY, help="subscription key to accept (default: %(default)s)")
    parser.add_argument("--token", default=DEFAULT_BEARER, help="bearer token to accept (default: %(default)s)")
    parser.add_argument(
        "--images", type=Path, metavar="DIR", help="folder of images; a file's name without suffix is its id"
    )
    parser.add_argument(
        "--outcome",
        choices=OUTCOMES,
        help="play an attempt with this outcome in each session (default: wait for the control call)",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="SPEC",
        help="a fault, such as status=503,retry-after=1,times=2 or drop or html,status=502 or truncate=1000, "
        'or a JSON object, such as {"status": 403, "error": {"code": "A", "innererror": {"code": "B"}}}; '
        "repeat the option for the faults of further requests",
    )
    parser.add_argument(
        "--requests-per-second",
        type=float,
        metavar="N",
        help="rate limit; requests above it get a 429 with Retry-After (default: no limit)",
    )
    return parser


def _welcome(emulator: Emulator, certfile: Path | None) -> str:
    curl = f"curl --cacert {shlex.quote(str(certfile))}" if certfile else "curl"
    header = shlex.quote(f"Ocp-Apim-Subscription-Key: {emulator.key}")
    session = '{"livenessOperationMode": "Passive", "deviceCorrelationId": "a-device", "enableSessionImage": true}'
    face, sessions = f"{emulator.endpoint}/face/v1.2", f"{emulator.endpoint}/_emulator/sessions"
    from face_emulator.page import PAGE  # needs the extra

    page = f"page          {emulator.endpoint}/\n" if PAGE.exists() else ""
    return f"""\
endpoint      {emulator.endpoint}
sample image  {SAMPLE_IMAGE_ID}
key           {emulator.key}
{page}
Try:   {curl} -H {header} {face}/sessionImages/{SAMPLE_IMAGE_ID} -o session.jpg
Start: {curl} -H {header} {_JSON} {shlex.quote(session)} {face}/detectLiveness-sessions
Play:  {curl} {_JSON} {shlex.quote('{"outcome": "realface"}')} {sessions}/SESSION_ID/attempts
Stop:  Ctrl-C"""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _warning(emulator: Emulator) -> str:
    warning = "face-emulator: other machines can reach this port, and need no key to add faults and play devices"
    if emulator.key == DEFAULT_KEY or emulator.token == DEFAULT_BEARER:
        warning += "; everybody knows the default key and token, so set --key and --token for --images that are private"
    return warning


if __name__ == "__main__":
    sys.exit(main())
