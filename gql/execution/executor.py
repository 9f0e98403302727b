"""graphql-core's execution, within limits and in small steps."""

import asyncio
from inspect import isawaitable
from typing import Any, ClassVar, Self, cast

import orjson
from graphql import ExecutionResult as Result
from graphql import GraphQLInt, ResponsePath, get_named_type, is_leaf_type, is_non_null_type
from typing_extensions import override

from gql.compat.strawberry import StrawberryGraphQLCoreExecutionContext
from gql.execution.masked_errors import rejection
from gql.execution.usage import MIN_FIELD_BYTES, ExecutionLimits, LimitReached, Usage
from gql.pacing import pause
from gql.security.account import current_account

# A shorter list is completed at once: it takes less than to pause.
LONG_LIST = 10

# What an Int of GraphQL can be.
INT_RANGE = range(-(2**31), 2**31)


class Execution(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's execution, within limits and in small steps.

    Its answer is JSON already, so that every transport sends what was measured. An execution
    whose client has left ends with the next object that it makes: broken off, it would leave
    coroutines behind that nobody awaits.
    """

    limits: ClassVar[ExecutionLimits]
    usage: Usage
    has_root: asyncio.Event | None = None
    """Set when a root field is resolved, if anything waits for it."""

    @classmethod
    def within(cls, limits: ExecutionLimits) -> type[Self]:
        """The same execution with these limits, for Strawberry, which makes it by its class."""
        return type(cls.__name__, (cls,), {"limits": limits})

    @override
    def execute_operation(self, serially: bool | None = None) -> Any:
        self.usage = Usage(self.limits)
        return self._within_limits(serially)

    async def _within_limits(self, serially: bool | None) -> Result:
        execution = self._begin(serially)
        execution.add_done_callback(_retrieve)
        try:
            done, _ = await asyncio.wait([execution], timeout=self.limits.seconds)
            if not done:
                return _exceeding(self.usage.end())
            result = execution.result()
            if result.data is not None:
                answer = orjson.dumps(result.data)
                self.usage.check_answer(answer)
                result.data = orjson.Fragment(answer)  # type: ignore[assignment]
        except LimitReached as reached:
            return _exceeding(reached)
        except asyncio.CancelledError:  # Its client has left.
            self.usage.end()
            raise
        finally:
            if account := current_account():
                account.add_work(self.usage.work_seconds)
        if self.usage.reached:
            return _exceeding(self.usage.reached)
        return result

    def _begin(self, serially: bool | None) -> asyncio.Future[Result]:
        return asyncio.ensure_future(self._execute(serially))

    async def _execute(self, serially: bool | None) -> Result:
        result: Any = super().execute_operation(serially)
        return cast("Result", await result if isawaitable(result) else result)

    @override
    def complete_object_value(self, *args: Any, **kwargs: Any) -> Any:
        self.usage.add(objects=1)
        return super().complete_object_value(*args, **kwargs)

    @override
    def execute_fields(
        self,
        parent_type: Any,
        source_value: Any,
        path: Any,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        self.usage.add(
            bytes=sum(map(len, grouped_field_set)) + MIN_FIELD_BYTES * len(grouped_field_set)
        )
        return super().execute_fields(
            parent_type, source_value, path, grouped_field_set, position_context
        )

    @override
    def complete_leaf_value(self, return_type: Any, result: Any) -> Any:  # type: ignore[override]
        if return_type is GraphQLInt and isinstance(result, int) and result not in INT_RANGE:
            return None  # A database may hold larger ones.
        completed = super().complete_leaf_value(return_type, result)
        if isinstance(completed, str):
            self.usage.add(bytes=len(completed))
        return completed

    @override
    async def complete_awaitable_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        try:
            await pause()
        except BaseException:
            self.settle_in_background([result])
            raise
        return await super().complete_awaitable_value(
            return_type, field_details_list, info, path, result, position_context
        )

    @override
    def complete_iterable_value(
        self,
        item_type: Any,
        field_details_list: Any,
        info: Any,
        path: ResponsePath,
        items: Any,
        position_context: Any,
    ) -> Any:
        items = list(items)
        self.usage.require(objects=len(items))
        rest = field_details_list, info, path, items, position_context
        if len(items) < LONG_LIST or is_leaf_type(get_named_type(item_type)):
            return super().complete_iterable_value(item_type, *rest)
        # Siblings that fail cancel this one, whose items would be left behind unawaited.
        completing = asyncio.ensure_future(self._complete_long_list(item_type, *rest))
        completing.add_done_callback(_retrieve)
        return asyncio.shield(completing)

    async def _complete_long_list(
        self,
        item_type: Any,
        field_details_list: Any,
        info: Any,
        path: ResponsePath,
        items: list[Any],
        position_context: Any,
    ) -> list[Any]:
        completed: list[Any] = []
        pending: list[int] = []
        try:
            for index, item in enumerate(items):
                await pause()
                if self.complete_list_item_value(
                    item,
                    completed,
                    item_type,
                    field_details_list,
                    info,
                    path.add_key(index, None),
                    position_context,
                ):
                    pending.append(index)
        except Exception:
            self.settle_in_background([completed[index] for index in pending])
            raise
        values = await asyncio.gather(*(completed[index] for index in pending))
        for index, value in zip(pending, values, strict=True):
            completed[index] = value
        return completed

    @override
    def handle_field_error(self, raw_error: Exception, return_type: Any, *where: Any) -> None:
        # One error says it, rather than one of each field that was under way.
        if isinstance(raw_error, LimitReached):
            if is_non_null_type(return_type):
                raise raw_error
            return
        super().handle_field_error(raw_error, return_type, *where)


def _retrieve(execution: asyncio.Future[Any]) -> None:
    """Keep asyncio from logging the error of an execution that nobody waits for any more."""
    if not execution.cancelled():
        execution.exception()


def _exceeding(reached: LimitReached) -> Result:
    return Result(None, [rejection(reached)])
