"""The package's metadata names the licences of everything in it."""

import tomllib

import pytest
from packaging.licenses import canonicalize_license_expression

from tests.docs.documents import ROOT

pytestmark = pytest.mark.quick

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_licence_is_a_valid_expression_that_begins_with_ours() -> None:
    expression = PROJECT["license"]

    assert canonicalize_license_expression(expression) == expression
    assert expression.split(" AND ")[0] == "MIT"


def test_licence_files_cover_our_code_and_the_bundled_pages() -> None:
    files = PROJECT["license-files"]

    assert set(files) == {"LICENSE", "gql/explorer/dist/LICENSES.txt"}
    assert [file for file in files if not (ROOT / file).is_file()] == []
