"""Outputs of samples, and the outputs that regression tests are expected to produce."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Select,
    Text,
    and_,
    case,
    false,
    func,
    literal,
    null,
    select,
    true,
    type_coerce,
    union_all,
)
from typing_extensions import override

from gql.database.prepared_statements import Statement
from gql.database.tables import (
    RegressionTestOutput,
    RegressionTestOutputFiles,
    TestResult,
    TestResultFile,
)
from gql.database.text import as_utf8
from gql.domain.status import (
    OutputStatus,
    differs_today,
    is_accepted,
    is_accepted_today,
    is_blank,
    is_reported_output,
    is_unreported,
    is_variant,
    reported_output_status,
    unreported_output_status,
)
from gql.loaders.base import (
    KeyedLoader,
    KeyPredicate,
    Loader,
    Row,
    RowListLoader,
    Scope,
    SingleRowLoader,
    key_predicate,
)
from gql.pacing import pause


class OutputRow(Row):
    output_id: int
    status: OutputStatus
    expected_hash: str | None
    actual_hash: str | None
    ignored: bool
    is_reported: bool
    is_accepted: bool
    is_variant: bool
    correct_extension: str | None
    test_id: int
    regression_test_id: int


class ExpectedOutputRow(Row):
    id: int
    hash: str | None
    correct_extension: str | None
    filename: str | None
    ignored: bool


class VariantRow(Row):
    hash: str | None


class OutputsBySampleLoader(RowListLoader[tuple[int, int], OutputRow]):
    """Loads the outputs of a sample, by output id, for its run's and regression test's id."""

    scope = Scope.RUN
    key = (None, None)

    @classmethod
    def build(cls, has_key: KeyPredicate) -> Statement:
        reported = (
            select(
                TestResultFile.regression_test_output_id.label("output_id"),
                reported_output_status.label("status"),
                as_utf8(TestResultFile.expected).label("expected_hash"),
                TestResultFile.got.label("actual_hash"),
                func.coalesce(RegressionTestOutput.ignore, false()).label("ignored"),
                literal(value=True).label("is_reported"),
                is_accepted.label("is_accepted"),
                # Few have a hash of their own, and only of these a server needs to look further.
                and_(TestResultFile.got.is_not(None), is_variant).label("is_variant"),
                RegressionTestOutput.correct_extension,
                TestResultFile.test_id,
                TestResultFile.regression_test_id,
            )
            .outerjoin(
                RegressionTestOutput,
                RegressionTestOutput.id == TestResultFile.regression_test_output_id,
            )
            .where(
                is_reported_output,
                has_key(TestResultFile.test_id, TestResultFile.regression_test_id),
            )
        )
        unreported = (
            select(
                RegressionTestOutput.id,
                unreported_output_status,
                as_utf8(RegressionTestOutput.correct),
                null(),
                false(),
                literal(value=False),
                false(),
                false(),
                RegressionTestOutput.correct_extension,
                TestResult.test_id,
                TestResult.regression_test_id,
            )
            .join_from(
                TestResult,
                RegressionTestOutput,
                RegressionTestOutput.regression_id == TestResult.regression_test_id,
            )
            .where(
                is_unreported(TestResult.test_id),
                has_key(TestResult.test_id, TestResult.regression_test_id),
            )
        )
        return union_all(reported, unreported)

    @staticmethod
    @override
    def arranged(rows: list[OutputRow]) -> list[OutputRow]:
        # MariaDB would write the whole union to a temporary table to sort it.
        return sorted(rows, key=attrgetter("output_id")) if len(rows) > 1 else rows


# As they are in the table, where a hash that is none is null to readers.
_got = type_coerce(TestResultFile.got, Text)
_expected = type_coerce(TestResultFile.expected, Text)

produced_hash = case((is_blank(TestResultFile.got), as_utf8(_expected)), else_=as_utf8(_got))
"""The hash of a reported output, whatever was expected."""


class DiffersTodayBySampleLoader(KeyedLoader[tuple[int, int], bool]):
    """Loads whether an output of a sample is no baseline of today, by its run's and test's id."""

    scope = Scope.RUN
    statement = select(TestResultFile.regression_test_output_id).where(differs_today)
    key = (TestResultFile.test_id, TestResultFile.regression_test_id)

    async def read(self, keys: list[tuple[int, int]]) -> dict[tuple[int, int], bool]:
        return {key: bool(rows) for key, rows in (await self.rows_by_key(keys)).items()}


class AcceptedTodayByOutputLoader(Loader[tuple[int, int, int], bool | None]):
    """Loads whether a produced file is a baseline of today; None if the file is missing.

    The key is the id of its run, of its regression test and of its output.
    """

    scope = Scope.RUN

    async def read(
        self, keys: list[tuple[int, int, int]]
    ) -> dict[tuple[int, int, int], bool | None]:
        has_key, parameters = key_predicate({key[:2] for key in keys}, 2)
        rows = await self.snapshot.prepared_rows(parameters, _select_accepted_today, has_key)
        accepted = {tuple(ids): bool(is_accepted) for *ids, is_accepted in rows}
        return {key: accepted.get(key) for key in keys}


def _select_accepted_today(has_key: KeyPredicate) -> Select[*tuple[Any, ...]]:
    sample = (TestResultFile.test_id, TestResultFile.regression_test_id)
    return select(
        *sample, TestResultFile.regression_test_output_id, is_accepted_today.label("is_accepted")
    ).where(is_reported_output, has_key(*sample))


Hashes = Mapping[int, Mapping[int, str | None]]


class ProducedHashesByRunIdLoader(KeyedLoader[int, Hashes]):
    """Loads the hash of each output that a run produced, by regression id and output id."""

    scope = Scope.RUN
    statement = select(
        TestResultFile.regression_test_id.label("regression_id"),
        TestResultFile.regression_test_output_id.label("output_id"),
        produced_hash.label("hash"),
        is_accepted.label("is_accepted"),
    ).where(is_reported_output)
    key = (TestResultFile.test_id,)

    async def read(self, keys: list[int]) -> dict[int, Hashes]:
        produced: dict[int, Hashes] = {}
        for run_id, outputs in (await self.rows_by_key(keys)).items():
            await pause()
            hashes: dict[int, dict[int, str | None]] = defaultdict(dict)
            for output in outputs:
                if output.is_accepted or output.hash is not None:
                    hashes[output.regression_id][output.output_id] = output.hash
            produced[run_id] = hashes
        return produced


class ExpectedOutputsByRegressionTestIdLoader(RowListLoader[int, ExpectedOutputRow]):
    scope = Scope.CATALOGUE
    statement = (
        select(
            RegressionTestOutput.id,
            RegressionTestOutput.correct.label("hash"),
            RegressionTestOutput.correct_extension,
            RegressionTestOutput.expected_filename.label("filename"),
            RegressionTestOutput.ignore.is_(true()).label("ignored"),
        )
        .where(RegressionTestOutput.id >= 1)
        .order_by(RegressionTestOutput.id)
    )
    key = (RegressionTestOutput.regression_id,)


class BaselineByOutputIdLoader(SingleRowLoader[int, VariantRow]):
    """Loads today's baseline of an output."""

    scope = Scope.CATALOGUE
    statement = select(RegressionTestOutput.correct.label("hash"))
    key = (RegressionTestOutput.id,)


def hashes_of(variants: Iterable[VariantRow]) -> list[str]:
    """The hashes of variants, without invalid ones."""
    return [variant.hash for variant in variants if variant.hash is not None]


class VariantsByOutputIdLoader(RowListLoader[int, VariantRow]):
    scope = Scope.CATALOGUE
    statement = select(RegressionTestOutputFiles.file_hashes.label("hash")).order_by(
        RegressionTestOutputFiles.id
    )
    key = (RegressionTestOutputFiles.regression_test_output_id,)
