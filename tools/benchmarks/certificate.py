"""Creates the server's certificate, and the file of certificate authorities for the contestants."""

from pathlib import Path

import certifi
import trustme


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Returns a PEM file with key and certificate of 127.0.0.1, and one with all authorities.

    The second also contains the public authorities, since loading them is part of the cost of a first connection.
    """
    folder.mkdir(parents=True, exist_ok=True)
    certificate, authorities = folder / "server.pem", folder / "authorities.pem"
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    certificate.chmod(0o600)
    authorities.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + authority.cert_pem.bytes())
    return certificate, authorities
