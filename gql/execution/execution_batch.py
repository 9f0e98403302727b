"""Executions that begin together: their plan is executed once for all of them."""

import asyncio
from asyncio import Future
from collections.abc import Awaitable, Callable
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

    Those that join before the loop's next turn are executed at once, and within the limits of one.
    If that fails, each is executed by itself, by `execute_alone`: one request's invalid id or
    large answer is no error of the others.
    """

    def __init__(
        self,
        context: Context,
        execute: ExecutePlan,
        execute_alone: Callable[[Any], Awaitable[ExecutionResult]],
    ) -> None:
        self._context = context
        self._execute = execute
        self._execute_alone = execute_alone
        self._members: list[_Member] = []
        self._running = asyncio.ensure_future(self._run())

    def join(self, execution: Execution) -> Future[ExecutionResult]:
        """The result of an execution, which is under way with the others."""
        result: Future[ExecutionResult] = asyncio.get_running_loop().create_future()
        self._members.append(_Member(execution, result, copy_context()))
        return result

    async def _run(self) -> None:
        self._context.execution_batch = None
        executions = [member.execution for member in self._members]
        combined = copy(executions[0])
        combined.usage = usage = BatchUsage(combined.limits, [each.usage for each in executions])
        try:
            answers = await self._execute(combined, executions)
        except (DatabaseUnavailable, MemoryError) as error:
            self._share(usage)
            for member in self._members:
                member.result.set_exception(error)
        except Exception:  # noqa: BLE001  (each meets and reports its own again)
            await self._run_alone(usage.work_seconds / len(executions))
        else:
            self._share(usage)
            for member, answer in zip(self._members, answers, strict=True):
                member.result.set_result(ExecutionResult(answer, None))

    def _share(self, usage: BatchUsage) -> None:
        usage.share()
        for member in self._members:
            if member.execution.usage.reached:  # Its client has left, or its time was up.
                member.add_work(usage.work_seconds / len(self._members))

    async def _run_alone(self, wasted_seconds: float) -> None:
        async def run(member: _Member) -> None:
            try:
                member.result.set_result(await self._execute_alone(member.execution))
            except Exception as error:  # noqa: BLE001  (it is the execution's)
                member.result.set_exception(error)

        for member in self._members:
            member.add_work(wasted_seconds)
        loop = asyncio.get_running_loop()
        await asyncio.gather(
            *(loop.create_task(run(each), context=each.context) for each in self._members)
        )
