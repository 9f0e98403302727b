"""A sample with all that its document shows, in one statement.

It takes a third of the time of one statement each for the sample, its run and its parts. For a
whole run it is the other way round.
"""

from typing import Any, NamedTuple

from sqlalchemy import and_

from gql.database import DatabaseUnavailable, InvalidValue
from gql.database.json_rows import json_rows
from gql.database.row_classes import row_maker
from gql.database.tables import RegressionTest, Test
from gql.loaders.base import KeyPredicate, RowListLoader, Scope
from gql.loaders.category import CategoriesByRegressionTestIdLoader, CategoryRow
from gql.loaders.output import OutputRow, OutputsBySampleLoader
from gql.loaders.run import RUN, RunRow
from gql.loaders.sample import SampleLoader, SampleRow
from gql.loaders.tag import TagRow, TagsByMediaIdLoader


class CompleteSample(NamedTuple):
    """A sample, its run, and its parts, as their own loaders give them."""

    sample: SampleRow
    run: RunRow
    outputs: list[OutputRow]
    categories: list[CategoryRow]
    tags: list[TagRow]


def _is(*columns: Any) -> KeyPredicate:
    """The condition that a key is the one of the sample."""

    def holds(*key: Any) -> Any:
        return and_(*(part == column for part, column in zip(key, columns, strict=True)))

    return KeyPredicate(holds, lambda first: first == columns[0])


def _parts(loader: type[RowListLoader[Any, Any]], has_key: KeyPredicate) -> list[Any]:
    """The rows of a loader for a sample, as a column for each of its statements."""
    return json_rows(loader.build(has_key), Test, RegressionTest)


_RUN_COLUMNS = [column.label(f"run_{name}") for name, column in RUN.selected_columns.items()]
_make_run = row_maker(RUN.selected_columns.keys())

_REPORTED, _UNREPORTED = _parts(OutputsBySampleLoader, _is(Test.id, RegressionTest.id))
[_CATEGORIES] = _parts(CategoriesByRegressionTestIdLoader, _is(RegressionTest.id))
[_TAGS] = _parts(TagsByMediaIdLoader, _is(RegressionTest.sample_id))


class CompleteSampleLoader(SampleLoader[tuple[int, int], CompleteSample | None]):
    """Loads a complete sample by its run's and test's id.

    None for all of them if one of them does not exist or cannot be read so: that takes further
    statements, and everything that they read has to be of one snapshot.
    """

    scope = Scope.RUN
    key = (Test.id, RegressionTest.id)
    is_alone = True
    statement = SampleLoader.statement.add_columns(
        *_RUN_COLUMNS,
        _REPORTED.label("reported"),
        _UNREPORTED.label("unreported"),
        _CATEGORIES.label("categories"),
        _TAGS.label("tags"),
    )

    async def read(
        self, keys: list[tuple[int, int]]
    ) -> dict[tuple[int, int], CompleteSample | None]:
        try:
            rows_by_key = await self.rows_by_key(keys)
        except (DatabaseUnavailable, InvalidValue):
            raise
        except Exception:  # noqa: BLE001  (JSON cannot hold all that columns can)
            return dict.fromkeys(keys)
        if not all(rows_by_key.values()):
            return dict.fromkeys(keys)
        return {key: _complete(rows[0]) for key, rows in rows_by_key.items()}


_FIRST_OF_RUN = len(SampleLoader.statement.selected_columns)
_OF_RUN = slice(_FIRST_OF_RUN, _FIRST_OF_RUN + len(_RUN_COLUMNS))


def _complete(row: Any) -> CompleteSample:
    return CompleteSample(
        sample=row,
        run=_make_run(row[_OF_RUN]),
        outputs=OutputsBySampleLoader.arranged(row.reported + row.unreported),
        categories=CategoriesByRegressionTestIdLoader.arranged(row.categories),
        tags=TagsByMediaIdLoader.arranged(row.tags),
    )
