"""Certificates that a test's servers are known by, each of which is its own authority's."""

import subprocess
from pathlib import Path


def new_certificate(directory: Path, *, user: str | None = None) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 and its key, which are the user's."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    kind = ["-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    names = ["-days", "1", "-subj", "/CN=sample gateway", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        ["openssl", "req", *kind, *names, "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
        user=user,
    )
    return certificate, key
