"""The schema as a first version by a good team would be, for what the works ask.

Strawberry's own router, executor and types; SQLAlchemy's objects, read by a dataloader for each
relation in a session of its own; the rules in Python.
"""

import os
from asyncio import gather
from base64 import b64decode, b64encode
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

import strawberry
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from strawberry.dataloader import DataLoader
from strawberry.fastapi import BaseContext, GraphQLRouter

from gql.database import tables
from gql.database.tables import (
    CustomizedTest,
    MediaFileTag,
    RegressionTestCategory,
    RegressionTestOutput,
    RegressionTestOutputFiles,
    TestProgress,
    TestResult,
    TestResultFile,
)
from gql.settings import async_url

K = TypeVar("K", bound=Hashable)
Pair = tuple[int, int]

ENDED = ("completed", "canceled")


@strawberry.enum
class SampleStatus(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    SKIPPED = "skipped"
    MISSING_OUTPUT = "missing_output"
    RUNNING = "running"
    NOT_STARTED = "not_started"


@strawberry.enum
class OutputStatus(StrEnum):
    MATCH = "match"
    DIFF_MISMATCH = "diff_mismatch"
    MISSING_OUTPUT = "missing_output"
    MISSING_EXPECTED = "missing_expected"


@strawberry.enum
class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PASS = "pass"
    FAIL = "fail"
    CANCELED = "canceled"
    ERROR = "error"
    INCOMPLETE = "incomplete"


Platform = strawberry.enum(tables.Platform)


# The rules


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a test in a run."""

    status: SampleStatus
    message: str | None
    outputs: list["Output"]


def judge(
    progress: list[TestProgress],
    result: TestResult | None,
    files: list[TestResultFile],
    expected_outputs: list[RegressionTestOutput],
    variants: dict[int, set[str | None]],
) -> Verdict:
    ignored = {output.id for output in expected_outputs if output.ignore}
    reported = {file.regression_test_output_id for file in files}
    differing = [file.regression_test_output_id for file in files if not accepted(file, variants)]
    outputs = [
        Output(
            output_id=file.regression_test_output_id,
            status=OutputStatus.MISSING_EXPECTED
            if not file.expected
            else OutputStatus.MATCH
            if accepted(file, variants)
            else OutputStatus.DIFF_MISMATCH,
            expected_hash=file.expected,
            actual_hash=file.got,
        )
        for file in files
    ]
    missing = []
    if result is not None:
        for output in expected_outputs:
            if output.id not in reported and not output.ignore:
                missing.append(output.id)
                outputs.append(
                    Output(
                        output_id=output.id,
                        status=OutputStatus.MISSING_OUTPUT
                        if output.correct
                        else OutputStatus.MISSING_EXPECTED,
                        expected_hash=output.correct,
                        actual_hash=None,
                    )
                )
    outputs.sort(key=lambda output: output.output_id)
    status = sample_status(progress, result, missing, differing)
    message = None
    if status is SampleStatus.SKIPPED:
        message = why_skipped(progress[-1])
    elif result is not None and status is not SampleStatus.PASS:
        required = sum(output.output_id not in ignored for output in outputs)
        message = why_failed(result, missing, differing, required)
    return Verdict(status, message and message[:500], outputs)


def accepted(file: TestResultFile, variants: dict[int, set[str | None]]) -> bool:
    return (
        not file.got
        or file.got == file.expected
        or file.got in variants[file.regression_test_output_id]
    )


def sample_status(
    progress: list[TestProgress],
    result: TestResult | None,
    missing: list[int],
    differing: list[int],
) -> SampleStatus:
    if result is None:
        state = progress[-1].status if progress else None
        if state in {None, "preparation"}:
            return SampleStatus.NOT_STARTED
        return SampleStatus.RUNNING if state == "testing" else SampleStatus.SKIPPED
    if missing:
        return SampleStatus.MISSING_OUTPUT
    if result.exit_code != result.expected_rc or differing:
        return SampleStatus.FAIL
    return SampleStatus.PASS


def run_status(
    progress: list[TestProgress], counts: Counter[SampleStatus], *, has_results: bool
) -> RunStatus:
    match progress[-1].status if progress else None:
        case None:
            return RunStatus.QUEUED
        case "preparation" | "testing":
            return RunStatus.RUNNING
        case "canceled":
            return RunStatus.CANCELED
        case "completed" if not has_results:
            return RunStatus.ERROR
        case "completed" if counts[SampleStatus.FAIL] or counts[SampleStatus.MISSING_OUTPUT]:
            return RunStatus.FAIL
        case "completed" if not counts[SampleStatus.SKIPPED]:
            return RunStatus.PASS
        case _:
            return RunStatus.INCOMPLETE


def why_skipped(last: TestProgress) -> str:
    if last.status == "canceled":
        return f"Run canceled: {last.message}"
    return "The run completed without a result of this test."


def why_failed(result: TestResult, missing: list[int], differing: list[int], required: int) -> str:
    reasons = []
    if result.exit_code != result.expected_rc:
        reasons.append(f"Exit code {result.exit_code}, expected {result.expected_rc}.")
    if missing:
        ids = ", ".join(map(str, missing))
        reasons.append(f"{len(missing)} of {required} expected outputs missing: {ids}.")
    if differing:
        ids = ", ".join(map(str, differing))
        verb = "output differs" if len(differing) == 1 else "outputs differ"
        reasons.append(f"{len(differing)} {verb} from every accepted baseline: {ids}.")
    return " ".join(reasons)


# Loaders


class Loaders(BaseContext):
    """The dataloaders of a request."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        super().__init__()
        self.sessions = sessions
        self.tests_by_id = DataLoader(self.load_tests)
        self.progress_by_run = DataLoader(self.load_progress)
        self.customized_by_run = DataLoader(self.load_customized)
        self.results_by_run = DataLoader(self.load_results_of_runs)
        self.files_by_run = DataLoader(self.load_files_of_runs)
        self.result_by_sample = DataLoader(self.load_results)
        self.files_by_sample = DataLoader(self.load_files)
        self.outputs_by_test = DataLoader(self.load_outputs)
        self.variants_by_output = DataLoader(self.load_variants)
        self.categories_by_test = DataLoader(self.load_categories)
        self.tags_by_media = DataLoader(self.load_tags)
        self.verdict_by_sample = DataLoader(self.load_verdicts)
        self.summary_by_run = DataLoader(self.load_summaries)

    async def scalars(self, statement: Select[Any]) -> list[Any]:
        async with self.sessions() as session:
            return list(await session.scalars(statement))

    async def rows(self, statement: Select[Any]) -> list[Any]:
        async with self.sessions() as session:
            return list(await session.execute(statement))

    async def load_tests(self, keys: list[int]) -> list[tables.RegressionTest | None]:
        tests = await self.scalars(
            select(tables.RegressionTest).where(tables.RegressionTest.id.in_(keys))
        )
        tests_by_id = {test.id: test for test in tests}
        return [tests_by_id.get(key) for key in keys]

    async def load_progress(self, keys: list[int]) -> list[list[TestProgress]]:
        progress = await self.scalars(
            select(TestProgress).where(TestProgress.test_id.in_(keys)).order_by(TestProgress.id)
        )
        return grouped(keys, ((each.test_id, each) for each in progress))

    async def load_customized(self, keys: list[int]) -> list[list[int]]:
        customized = await self.scalars(
            select(CustomizedTest).where(CustomizedTest.test_id.in_(keys))
        )
        return grouped(keys, ((each.test_id, each.regression_id) for each in customized))

    async def load_results_of_runs(self, keys: list[int]) -> list[list[TestResult]]:
        results = await self.scalars(select(TestResult).where(TestResult.test_id.in_(keys)))
        return grouped(keys, ((result.test_id, result) for result in results))

    async def load_files_of_runs(self, keys: list[int]) -> list[list[TestResultFile]]:
        files = await self.scalars(select(TestResultFile).where(TestResultFile.test_id.in_(keys)))
        return grouped(keys, ((file.test_id, file) for file in files))

    async def load_results(self, keys: list[Pair]) -> list[TestResult | None]:
        sample = tuple_(TestResult.test_id, TestResult.regression_test_id)
        results = await self.scalars(select(TestResult).where(sample.in_(keys)))
        by_sample = {(result.test_id, result.regression_test_id): result for result in results}
        return [by_sample.get(key) for key in keys]

    async def load_files(self, keys: list[Pair]) -> list[list[TestResultFile]]:
        sample = tuple_(TestResultFile.test_id, TestResultFile.regression_test_id)
        files = await self.scalars(select(TestResultFile).where(sample.in_(keys)))
        return grouped(keys, (((file.test_id, file.regression_test_id), file) for file in files))

    async def load_outputs(self, keys: list[int]) -> list[list[RegressionTestOutput]]:
        outputs = await self.scalars(
            select(RegressionTestOutput)
            .where(RegressionTestOutput.regression_id.in_(keys))
            .order_by(RegressionTestOutput.id)
        )
        return grouped(keys, ((output.regression_id, output) for output in outputs))

    async def load_variants(self, keys: list[int]) -> list[set[str | None]]:
        output_id = RegressionTestOutputFiles.regression_test_output_id
        variants = await self.scalars(select(RegressionTestOutputFiles).where(output_id.in_(keys)))
        by_output = grouped(keys, ((v.regression_test_output_id, v.file_hashes) for v in variants))
        return [set(hashes) for hashes in by_output]

    async def load_categories(self, keys: list[int]) -> list[list[tables.Category]]:
        rows = await self.rows(
            select(RegressionTestCategory.regression_id, tables.Category)
            .join(tables.Category, tables.Category.id == RegressionTestCategory.category_id)
            .where(RegressionTestCategory.regression_id.in_(keys))
            .order_by(tables.Category.name)
        )
        return grouped(keys, rows)

    async def load_tags(self, keys: list[int]) -> list[list[tables.Tag]]:
        rows = await self.rows(
            select(MediaFileTag.sample_id, tables.Tag)
            .join(tables.Tag, tables.Tag.id == MediaFileTag.tag_id)
            .where(MediaFileTag.sample_id.in_(keys))
            .order_by(tables.Tag.name)
        )
        return grouped(keys, rows)

    async def load_verdicts(self, keys: list[Pair]) -> list[Verdict]:
        run_ids, test_ids = zip(*keys, strict=True)
        progress, results, files, outputs = await gather(
            self.progress_by_run.load_many(run_ids),
            self.result_by_sample.load_many(keys),
            self.files_by_sample.load_many(keys),
            self.outputs_by_test.load_many(test_ids),
        )
        variants = await self.variants_of(file for each in files for file in each)
        return [
            judge(*each, variants) for each in zip(progress, results, files, outputs, strict=True)
        ]

    async def variants_of(self, files: Iterable[TestResultFile]) -> dict[int, set[str | None]]:
        output_ids = list({file.regression_test_output_id for file in files})
        variants = await self.variants_by_output.load_many(output_ids)
        return dict(zip(output_ids, variants, strict=True))

    async def load_summaries(self, keys: list[int]) -> list["RunSummary"]:
        return await gather(*map(self.load_summary, keys))

    async def load_summary(self, run_id: int) -> "RunSummary":
        test_ids, progress, results, all_files = await gather(
            self.test_ids_of_run(run_id),
            self.progress_by_run.load(run_id),
            self.results_by_run.load(run_id),
            self.files_by_run.load(run_id),
        )
        outputs = await self.outputs_by_test.load_many(test_ids)
        variants = await self.variants_of(all_files)
        result_of = {result.regression_test_id: result for result in results}
        files_of = defaultdict(list)
        for file in all_files:
            files_of[file.regression_test_id].append(file)
        counts = Counter(
            judge(progress, result_of.get(id), files_of[id], expected, variants).status
            for id, expected in zip(test_ids, outputs, strict=True)
        )
        return RunSummary(
            status=run_status(progress, counts, has_results=bool(results)),
            total=counts.total(),
            passed=counts[SampleStatus.PASS],
            fail=counts[SampleStatus.FAIL],
            missing_output=counts[SampleStatus.MISSING_OUTPUT],
            skipped=counts[SampleStatus.SKIPPED],
            running=counts[SampleStatus.RUNNING],
            not_started=counts[SampleStatus.NOT_STARTED],
        )

    async def test_ids_of_run(self, run_id: int) -> list[int]:
        progress, customized, results = await gather(
            self.progress_by_run.load(run_id),
            self.customized_by_run.load(run_id),
            self.results_by_run.load(run_id),
        )
        test_ids = {result.regression_test_id for result in results} | set(customized)
        if not customized and not (progress and progress[-1].status in ENDED):
            active = tables.RegressionTest.active.is_(True)
            test_ids |= set(await self.scalars(select(tables.RegressionTest.id).where(active)))
        return sorted(test_ids)


def grouped(keys: list[K], pairs: Iterable[tuple[K, Any]]) -> list[list[Any]]:
    values: defaultdict[K, list[Any]] = defaultdict(list)
    for key, value in pairs:
        values[key].append(value)
    return [values[key] for key in keys]


# Types

Info = strawberry.Info[Loaders, None]


@strawberry.type
class Output:
    output_id: int
    status: OutputStatus
    expected_hash: str | None
    actual_hash: str | None


@strawberry.type
class Sample:
    run_id: int
    regression_id: int
    test: strawberry.Private[tables.RegressionTest]
    result: strawberry.Private[TestResult | None]

    @strawberry.field
    def sample_id(self) -> int | None:
        return self.test.sample_id

    @strawberry.field
    def command(self) -> str:
        return self.test.command

    @strawberry.field
    def runtime_ms(self) -> int | None:
        runtime = self.result.runtime if self.result else None
        return runtime if runtime is not None and runtime >= 0 else None

    @strawberry.field
    def exit_code(self) -> int | None:
        return self.result.exit_code if self.result else None

    @strawberry.field
    def expected_exit_code(self) -> int | None:
        return self.result.expected_rc if self.result else None

    @strawberry.field
    async def category(self, info: Info) -> str | None:
        categories = await info.context.categories_by_test.load(self.regression_id)
        return categories[0].name if categories else None

    @strawberry.field
    async def tags(self, info: Info) -> list[str]:
        if self.test.sample_id is None:
            return []
        return [tag.name for tag in await info.context.tags_by_media.load(self.test.sample_id)]

    @strawberry.field
    async def status(self, info: Info) -> SampleStatus:
        return (await self._verdict(info)).status

    @strawberry.field
    async def result_message(self, info: Info) -> str | None:
        return (await self._verdict(info)).message

    @strawberry.field
    async def outputs(self, info: Info) -> list[Output]:
        return (await self._verdict(info)).outputs

    async def _verdict(self, info: Info) -> Verdict:
        return await info.context.verdict_by_sample.load((self.run_id, self.regression_id))


@strawberry.type
class SampleConnection:
    nodes: list[Sample]


@strawberry.type
class RunSummary:
    status: strawberry.Private[RunStatus]
    total: int
    passed: int = strawberry.field(name="pass")
    fail: int
    missing_output: int
    skipped: int
    running: int
    not_started: int


@strawberry.type
class Run:
    run: strawberry.Private[tables.Test]

    @strawberry.field
    def id(self) -> int:
        return self.run.id

    @strawberry.field
    def platform(self) -> Platform | None:
        return self.run.platform

    @strawberry.field
    def branch(self) -> str:
        return self.run.branch

    @strawberry.field
    def commit(self) -> str:
        return self.run.commit

    @strawberry.field
    def pull_request(self) -> int | None:
        return self.run.pr_nr or None

    @strawberry.field
    async def started_at(self, info: Info) -> str | None:
        progress = await info.context.progress_by_run.load(self.run.id)
        return iso_8601(min(each.timestamp for each in progress)) if progress else None

    @strawberry.field
    async def status(self, info: Info) -> RunStatus:
        return (await info.context.summary_by_run.load(self.run.id)).status

    @strawberry.field
    async def summary(self, info: Info) -> RunSummary:
        return await info.context.summary_by_run.load(self.run.id)

    @strawberry.field
    async def samples(self, info: Info, first: int = 50) -> SampleConnection:
        test_ids = (await info.context.test_ids_of_run(self.run.id))[:first]
        return SampleConnection(
            nodes=await samples_of(info.context, [(self.run.id, id) for id in test_ids])
        )


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class RunConnection:
    nodes: list[Run]
    page_info: PageInfo


@strawberry.type
class RegressionTest:
    test: strawberry.Private[tables.RegressionTest]

    @strawberry.field
    def id(self) -> int:
        return self.test.id

    @strawberry.field
    def command(self) -> str:
        return self.test.command

    @strawberry.field
    async def history(self, info: Info, first: int = 50) -> SampleConnection:
        run_ids = await info.context.scalars(runs_with(self.test.id).limit(first))
        return SampleConnection(
            nodes=await samples_of(info.context, [(id, self.test.id) for id in run_ids])
        )


@strawberry.type
class Query:
    @strawberry.field
    async def sample(self, info: Info, run_id: int, regression_id: int) -> Sample | None:
        [sample] = await samples_of(info.context, [(run_id, regression_id)])
        is_in_run = sample.result or regression_id in await info.context.test_ids_of_run(run_id)
        return sample if is_in_run else None

    @strawberry.field
    async def run(self, info: Info, id: int) -> Run | None:
        runs = await info.context.scalars(select(tables.Test).where(tables.Test.id == id))
        return Run(run=runs[0]) if runs else None

    @strawberry.field
    async def runs(self, info: Info, first: int = 50, after: str | None = None) -> RunConnection:
        statement = select(tables.Test).order_by(tables.Test.id.desc()).limit(first + 1)
        if after is not None:
            statement = statement.where(tables.Test.id < run_id_of(after))
        runs = await info.context.scalars(statement)
        page = runs[:first]
        return RunConnection(
            nodes=[Run(run=run) for run in page],
            page_info=PageInfo(
                has_next_page=len(runs) > first, end_cursor=cursor_of(page[-1].id) if page else None
            ),
        )

    @strawberry.field
    async def regression_test(self, info: Info, id: int) -> RegressionTest | None:
        test = await info.context.tests_by_id.load(id)
        return RegressionTest(test=test) if test else None


async def samples_of(loaders: Loaders, keys: list[Pair]) -> list[Sample]:
    tests, results = await gather(
        loaders.tests_by_id.load_many([test_id for _, test_id in keys]),
        loaders.result_by_sample.load_many(keys),
    )
    return [
        Sample(run_id=run_id, regression_id=test_id, test=test, result=result)
        for (run_id, test_id), test, result in zip(keys, tests, results, strict=True)
    ]


def runs_with(test_id: int) -> Select[tuple[int]]:
    """The ids of the runs that have a sample of a test, newest first."""
    run, test = tables.Test, tables.RegressionTest
    state = (
        select(TestProgress.status)
        .where(TestProgress.test_id == run.id)
        .order_by(TestProgress.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    customized = exists().where(CustomizedTest.test_id == run.id)
    return (
        select(run.id)
        .where(
            or_(
                exists().where(
                    TestResult.test_id == run.id, TestResult.regression_test_id == test_id
                ),
                customized.where(CustomizedTest.regression_id == test_id),
                and_(
                    exists().where(test.id == test_id, test.active.is_(True)),
                    func.coalesce(state, "queued").not_in(ENDED),
                    ~customized,
                ),
            )
        )
        .order_by(run.id.desc())
    )


def iso_8601(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def cursor_of(run_id: int) -> str:
    return b64encode(f"run:[{run_id}]".encode()).decode()


def run_id_of(cursor: str) -> int:
    return int(b64decode(cursor).decode().removeprefix("run:[").removesuffix("]"))


# The server


def create_app() -> FastAPI:
    engine = create_async_engine(async_url(os.environ["DATABASE_URL"]))
    sessions = async_sessionmaker(engine)

    def loaders() -> Loaders:
        return Loaders(sessions)

    app = FastAPI()
    app.include_router(
        GraphQLRouter(strawberry.Schema(Query), context_getter=loaders), prefix="/graphql"
    )
    return app


if __name__ == "__main__":
    uvicorn.run(create_app(), port=int(os.environ["PORT"]), log_level="warning")
