"""Writes the Python client, from the schema and the named queries: `make client`."""

import subprocess
import sys
import tempfile
from pathlib import Path

from gql.explorer import COOKBOOK
from gql.named_queries.documents import cookbook_document
from tests.support.paths import ROOT

PACKAGE = "sample_gateway_client"
GENERATOR = ROOT / ".venv/codegen/bin/ariadne-codegen"

CONFIGURATION = """\
[tool.ariadne-codegen]
schema_path = "{root}/schema.graphql"
queries_path = "operations.graphql"
target_package_name = "{package}"
target_package_path = "{target}"
client_name = "Client"
include_comments = "none"
include_all_inputs = false
include_all_enums = false
include_typename = false
plugins = ["ariadne_codegen.contrib.extract_operations.ExtractOperationsPlugin"]

[tool.ariadne-codegen.scalars.DateTime]
type = "datetime.datetime"

[tool.ariadne-codegen.scalars.Sha256]
type = "str"
"""


def generate(target: Path) -> None:
    """Write the package into a directory."""
    operations = [cookbook_document(recipe).text for recipe in COOKBOOK]
    operations.append((ROOT / "gql/cli/operations.graphql").read_text())
    with tempfile.TemporaryDirectory() as directory:
        configuration = Path(directory, "pyproject.toml")
        configuration.write_text(
            CONFIGURATION.format(root=ROOT, package=PACKAGE, target=target.resolve())
        )
        Path(directory, "operations.graphql").write_text("\n\n".join(operations))
        done = subprocess.run(
            [GENERATOR], cwd=directory, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check", "--fix-only", "--unsafe-fixes", "--quiet"], ["format", "--quiet"]):
        subprocess.run(
            [ruff, *command, "--config", ROOT / "pyproject.toml", target / PACKAGE], check=True
        )


if __name__ == "__main__":
    generate(ROOT)
