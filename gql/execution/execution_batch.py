"""Executions that begin together: their plan is executed once for all of them."""

import asyncio
from asyncio import Future
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context as TaskContext
from contextvars import copy_context
from copy import copy
from typing import Any, NamedTuple

from graphql import ExecutionResult

from gql.database import DatabaseUnavailable
from gql.execution.columns import Column
from gql.execution.executor import Execution
from gql.execution.usage import BatchUsage
from gql.request.context import Context
from gql.security.account import current_account

ExecutePlan = Callable[[Any, Column], Awaitable[Column]]


class _Member(NamedTuple):
    execution: Execution
    result: Future[ExecutionResult]
    context: TaskContext

    def add_work(self, seconds: float) -> None:
        """Add work to what the request pays, even if it has ended."""
        if account := self.context.run(current_account):
            account.add_late_work(seconds)


class ExecutionBatch:
    """Executions of one plan, for requests that share a context and differ in ids only.

    Those that join before the loop's next turn are executed in two halves: while the database reads
    for one half, the gateway works on the other. What is read at once, in one statement, is
    executed as a whole. Either is within the limits of one execution. If it fails, each request is
    executed by itself, by `execute_alone`: one request's invalid id or large answer is no error of
    the others.
    """

    def __init__(
        self,
        context: Context,
        execute: ExecutePlan,
        execute_alone: Callable[[Any], Awaitable[ExecutionResult]],
        *,
        is_read_at_once: bool,
    ) -> None:
        self._context = context
        self._execute = execute
        self._execute_alone = execute_alone
        self._is_read_at_once = is_read_at_once
        self._members: list[_Member] = []
        self._running = asyncio.ensure_future(self._run())

    def join(self, execution: Execution) -> Future[ExecutionResult]:
        """The result of an execution, which is under way with the others."""
        result: Future[ExecutionResult] = asyncio.get_running_loop().create_future()
        self._members.append(_Member(execution, result, copy_context()))
        return result

    async def _run(self) -> None:
        self._context.execution_batch = None
        half = 0 if self._is_read_at_once else len(self._members) // 2
        has_first_root = asyncio.Event()

        async def run_others() -> None:
            await has_first_root.wait()
            await self._run_together(self._members[half:])

        if half:
            first = self._run_together(self._members[:half], has_first_root)
            await asyncio.gather(first, run_others())
        else:
            await self._run_together(self._members)

    async def _run_together(
        self, members: Sequence[_Member], has_root: asyncio.Event | None = None
    ) -> None:
        executions = [member.execution for member in members]
        combined = copy(executions[0])
        combined.has_root = has_root
        combined.usage = usage = BatchUsage(combined.limits, [each.usage for each in executions])
        try:
            try:
                answers = await self._execute(combined, executions)
            finally:
                if has_root:
                    has_root.set()
        except (DatabaseUnavailable, MemoryError) as error:
            _share(usage, members)
            for member in members:
                member.result.set_exception(error)
        except Exception:  # noqa: BLE001  (each meets and reports its own again)
            await self._run_alone(members, usage.work_seconds / len(members))
        else:
            _share(usage, members)
            for member, answer in zip(members, answers, strict=True):
                member.result.set_result(ExecutionResult(answer, None))

    async def _run_alone(self, members: Sequence[_Member], wasted_seconds: float) -> None:
        async def run(member: _Member) -> None:
            try:
                member.result.set_result(await self._execute_alone(member.execution))
            except Exception as error:  # noqa: BLE001  (it is the execution's)
                member.result.set_exception(error)

        for member in members:
            member.add_work(wasted_seconds)
        loop = asyncio.get_running_loop()
        await asyncio.gather(
            *(loop.create_task(run(each), context=each.context) for each in members)
        )


def _share(usage: BatchUsage, members: Sequence[_Member]) -> None:
    usage.share()
    for member in members:
        if member.execution.usage.reached:  # Its client has left, or its time was up.
            member.add_work(usage.work_seconds / len(members))
