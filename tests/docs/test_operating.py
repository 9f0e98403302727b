"""docs/operating.md lists every setting with its default."""

from typing import Any

import pytest

from gql.settings import Settings
from tests.docs.documents import DOCS, rows

pytestmark = pytest.mark.quick


def shown(default: Any) -> str:
    if default is None:
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_every_setting_is_listed_once_with_its_default() -> None:
    listed = [(name, default) for name, default, *_ in rows(DOCS / "operating.md", "Settings")]

    assert sorted(listed) == sorted(
        (name.upper(), shown(field.default)) for name, field in Settings.model_fields.items()
    )


def test_every_duration_and_size_has_its_unit() -> None:
    units = {name: unit for name, _, unit, _ in rows(DOCS / "operating.md", "Settings")}

    for suffix in ("SECONDS", "BYTES"):
        measured = {name for name in units if name.endswith(f"_{suffix}")}
        assert measured
        assert {units[name] for name in measured} == {suffix.lower()}
