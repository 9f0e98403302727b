"""Packages of npm that tests run against the gateway."""

import fcntl
import subprocess
from pathlib import Path

from tests.support.programs import require

INSTALL = [
    *("npm", "install", "--no-package-lock", "--ignore-scripts"),
    *("--prefer-offline", "--no-audit", "--no-fund"),
]


def install(directory: Path) -> None:
    """Install what a package.json names, unless that has been done since it was changed."""
    require("npm")
    description = directory / "package.json"
    installed = directory / "node_modules" / ".package-lock.json"
    with description.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Several processes run tests.
        if not installed.exists() or installed.stat().st_mtime < description.stat().st_mtime:
            subprocess.run(INSTALL, cwd=directory, check=True, capture_output=True)
            installed.touch()
