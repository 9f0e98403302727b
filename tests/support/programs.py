"""Programs that tests need, and that a machine may lack."""

import os
import shutil
from pathlib import Path

import pytest


def require(program: str | Path) -> None:
    """Skip the test without the program, or fail it where CI is set."""
    if shutil.which(program) is None and not Path(program).exists():
        if os.environ.get("CI"):
            pytest.fail(f"CI is set, and {program} is not installed")
        pytest.skip(f"{program} is not installed")
