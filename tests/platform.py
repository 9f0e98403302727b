"""A platform that a test fills with what it is about, in one line a thing."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, delete, insert
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from gql.database import tables
from gql.security import tokens

BASELINE = "a" * 64
VARIANT = "b" * 64
DIFFERENT = "c" * 64

MOMENT = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


class Platform:
    """Adds rows to the platform's tables, as the platform would."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.token = "spci_" + "t" * 43
        self.writer = create_async_engine(url)
        self._session = async_sessionmaker(self.writer)

    async def create_tables(self) -> None:
        async with self.writer.begin() as connection:
            await connection.run_sync(tables.Base.metadata.create_all)
        await self._reset()

    async def clear(self) -> None:
        async with self.writer.begin() as connection:
            for table in reversed(tables.Base.metadata.sorted_tables):
                await connection.execute(delete(table))
        await self._reset()

    async def _reset(self) -> None:
        await self.add(tables.User(id=1, name="tester"))
        await self.add_token(self.token)

    async def close(self) -> None:
        await self.writer.dispose()

    async def add(self, *rows: Any) -> None:
        async with self._session.begin() as session:
            for row in rows:
                session.add(row)
                await session.flush()

    async def add_token(self, token: str, **changes: Any) -> None:
        columns = {
            "user_id": 1,
            "token_name": "test",
            "token_hash": tokens.hash_of(token),
            "token_prefix": token[: tokens.PREFIX_LENGTH],
            "scopes_json": '["runs:read"]',
            "created_at": MOMENT,
            "expires_at": FAR_AHEAD,
        }
        await self.add(tables.ApiToken(**columns | changes))

    async def add_test(self, id: int, *, outputs: tuple[int, ...] = (), **columns: Any) -> None:
        """A regression test that expects exit code 0 and the outputs, each with a baseline."""
        defaults = {"command": f"--test {id}", "active": True, "expected_rc": 0}
        await self.add(tables.RegressionTest(id=id, **defaults | columns))
        for output in outputs:
            await self.add_output(output, test=id)

    async def add_media(self, id: int, **columns: Any) -> None:
        defaults = {"sha": f"{id:064x}", "extension": "ts", "original_name": f"media {id}"}
        await self.add(tables.MediaFile(id=id, **defaults | columns))

    async def add_output(self, id: int, *, test: int, **columns: Any) -> None:
        defaults = {"correct": BASELINE, "correct_extension": ".srt"}
        await self.add(tables.RegressionTestOutput(id=id, regression_id=test, **defaults | columns))

    async def add_variant(self, output: int, hash: str = VARIANT) -> None:
        await self.add(
            tables.RegressionTestOutputFiles(regression_test_output_id=output, file_hashes=hash)
        )

    async def add_run(self, id: int, *states: str, message: str = "", **columns: Any) -> None:
        """A run that reported the states, in their order."""
        defaults = {
            "platform": "linux",
            "test_type": "commit",
            "branch": "master",
            "commit": "f" * 40,
            "pr_nr": 0,
        }
        await self.add(tables.Test(id=id, **defaults | columns))
        for state in states:
            await self.add(
                tables.TestProgress(test_id=id, status=state, timestamp=MOMENT, message=message)
            )

    async def add_result(self, run: int, test: int, **columns: Any) -> None:
        """A result with the exit code that was expected."""
        defaults = {"exit_code": 0, "expected_rc": 0, "runtime": 1500}
        await self.add(
            tables.TestResult(test_id=run, regression_test_id=test, **defaults | columns)
        )

    async def add_file(self, run: int, test: int, output: int, **columns: Any) -> None:
        """An output file as expected; `got` makes it differ."""
        defaults = {"expected": BASELINE, "got": None}
        await self.add(
            tables.TestResultFile(
                test_id=run,
                regression_test_id=test,
                regression_test_output_id=output,
                **defaults | columns,
            )
        )

    async def duplicate_category(self, *, test: int, category: int) -> None:
        row = {"regression_id": test, "category_id": category}
        async with self.writer.begin() as connection:
            await connection.execute(insert(tables.RegressionTestCategory), [row, row])

    async def add_queued_runs(self, ids: range) -> None:
        rows = [
            {
                "id": id,
                "platform": "linux",
                "test_type": "commit",
                "branch": "master",
                "commit": "f" * 40,
                "pr_nr": 0,
            }
            for id in ids
        ]
        async with self.writer.begin() as connection:
            await connection.execute(insert(tables.Test), rows)
