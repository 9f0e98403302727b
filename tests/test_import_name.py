"""The import name is also that of a client on PyPI: whoever wanted that one is told."""

import subprocess
import sys

import pytest

import gql

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("name", ["Client", "gql", "GraphQLRequest"])
def test_import_of_a_name_of_the_client_says_what_the_conflict_is(name: str) -> None:
    with pytest.raises(ImportError, match=f"{name} is a name of the GraphQL client that PyPI"):
        exec(f"from gql import {name}")


def test_unknown_attribute_is_no_attribute() -> None:
    assert not hasattr(gql, "unknown")


def test_package_runs_as_the_console_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gql", "--version"], capture_output=True, text=True, check=True
    )

    assert done.stdout.startswith("python -m gql, version ")
