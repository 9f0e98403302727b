"""docs/architecture.md and docs/decisions name what is there."""

import re

import pytest

from tests.docs.documents import DOCS, ROOT, rows

pytestmark = pytest.mark.quick

ARCHITECTURE = DOCS / "architecture.md"


def test_every_package_is_described() -> None:
    described = {
        path.rstrip("/")
        for first, *_ in rows(ARCHITECTURE, "Packages")
        for path in first.split(", ")
    }
    present = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "gql").iterdir()
        if (path.is_dir() and (path / "__init__.py").exists())
        or (path.suffix == ".py" and path.stem not in {"__init__", "__main__"})
    }

    assert described == present | {"rest_compat", "sample_gateway_client", "tests"}


def test_every_path_in_the_guide_exists() -> None:
    paths = re.findall(r"`((?:gql|rest_compat|tests)/[\w/.]*)`", ARCHITECTURE.read_text())

    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_class_in_the_guide_exists() -> None:
    packages = (ROOT / "gql", ROOT / "rest_compat")
    code = "".join(file.read_text() for package in packages for file in package.rglob("*.py"))
    named = re.findall(r"`([A-Z][a-z]\w+)`", ARCHITECTURE.read_text())

    assert named
    assert [name for name in named if f"class {name}" not in code] == []


def test_every_decision_is_in_the_index_and_is_short() -> None:
    decisions = sorted(path for path in (DOCS / "decisions").glob("[0-9]*.md"))
    index = (DOCS / "decisions/README.md").read_text()

    assert re.findall(r"\]\(([^)]+)\)", index) == [path.name for path in decisions]
    for path in decisions:
        lines = path.read_text().splitlines()
        assert [line for line in lines if line.startswith("## ")] == [
            "## Context",
            "## Decision",
            "## Consequences",
            "## Alternatives",
        ]
        assert len(lines) <= 45
