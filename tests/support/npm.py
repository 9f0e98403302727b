"""Packages of npm that tests run against the gateway."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def install(directory: Path) -> None:
    """Install what a package.json names; without npm the test is left out, but for CI."""
    if not shutil.which("npm"):
        assert not os.environ.get("CI"), "CI is set, and there is no npm"
        pytest.skip("there is no npm")
    quiet = ["--no-package-lock", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"]
    subprocess.run(["npm", "install", *quiet], cwd=directory, check=True, capture_output=True)
