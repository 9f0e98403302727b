"""Operations whose results are streamed, over WebSocket or as server-sent events."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from inspect import isawaitable
from typing import Any, cast

import strawberry
from graphql import GraphQLError
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext, StreamResult
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from gql.context import Context
from gql.errors import BadInput
from gql.graphql_errors import told


class Execution(StrawberryGraphQLCoreExecutionContext):
    """An execution that goes on to its end although the client has left.

    Broken off, it would leave coroutines behind that nobody awaits. It ends soon: its context
    is closed, and gives it no more.
    """

    def execute_operation(self, serially: bool | None = None) -> Any:
        result = super().execute_operation(serially)
        return asyncio.shield(result) if isawaitable(result) else result


class StreamingSchema(strawberry.Schema):
    async def execute(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        """The result of an operation that has one; raises BadInput for a subscription."""
        kwargs["allowed_operation_types"] = {OperationType.QUERY, OperationType.MUTATION}
        try:
            return await super().execute(*args, **kwargs)
        except InvalidOperationTypeError as error:
            raise BadInput(
                "A subscription is answered over WebSocket, or to Accept: text/event-stream."
            ) from error

    async def stream(self, *args: Any, **kwargs: Any) -> StreamResult:
        """The results of any operation, each read at a moment of its own.

        Operations that share a connection share nothing else: each gets a context for itself.
        However slow the client is, no connection to the database waits for it.
        """
        return self._apart(*args, **kwargs)

    async def _apart(
        self, *args: Any, context_value: Context, **kwargs: Any
    ) -> AsyncGenerator[ExecutionResult, None]:
        await context_value.release()
        kwargs["context_value"] = context = context_value.another()
        try:
            async with aclosing(await super().stream(*args, **kwargs)) as results:
                async for result in cast("AsyncGenerator[ExecutionResult, None]", results):
                    await context.release()
                    if result.errors:
                        result.errors = [told(error) for error in result.errors]
                    yield result
        except GraphQLError as error:  # Strawberry expects none where a cached parse raises it.
            yield PreExecutionError(data=None, errors=[told(error)])
        finally:
            await context.close()
