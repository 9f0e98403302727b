"""What assistants need is in an extra, which only the setting MCP needs."""

import subprocess
import sys

import pytest

WITHOUT_EXTRA = """
import sys
sys.modules["mcp"] = None
from gql.cli.main import main
main()
"""


@pytest.mark.parametrize(
    ("value", "status", "printed"),
    [
        ("true", 1, "Error: MCP: takes an extra: pip install 'sample-gateway[mcp]'\n"),
        ("false", 0, ""),
    ],
)
def test_extra_is_required_only_for_assistants(
    value: str, status: int, printed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP", value)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRA, "token", "create", "--user-id", "1"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (status, printed)


def test_extra_is_not_imported_unless_the_setting_is_on() -> None:
    script = "import sys, gql.app; sys.exit('mcp' in sys.modules or 'mcp_types' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
