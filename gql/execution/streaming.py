"""Operations whose results are streamed, over WebSocket or as server-sent events."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from inspect import isawaitable
from typing import Any, cast

import strawberry
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext, StreamResult
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from gql.errors import BadInput, RateLimited
from gql.execution.documents import Documents, Operations, Refused, Rules, extensions_of
from gql.execution.masked_errors import all_told, refusal
from gql.request.context import Context
from gql.telemetry import metrics


class Execution(StrawberryGraphQLCoreExecutionContext):
    """An execution that goes on to its end although the client has left.

    Broken off, it would leave coroutines behind that nobody awaits. It ends soon: its context
    is closed, and gives it no more.
    """

    def execute_operation(self, serially: bool | None = None) -> Any:
        result = super().execute_operation(serially)
        return asyncio.shield(result) if isawaitable(result) else result


class StreamingSchema(strawberry.Schema):
    """A schema of which operations are executed by the rules, and any of them streamed."""

    def __init__(self, rules: Rules, **options: Any) -> None:
        super().__init__(**options, extensions=[lambda: Documents(self.operations)])
        self.operations = Operations(self._schema, rules)
        self._hide_suggestions = not rules.introspection

    def _get_custom_context_kwargs(self, *arguments: Any, **options: Any) -> dict[str, Any]:
        kwargs = super()._get_custom_context_kwargs(*arguments, **options)
        return kwargs | {"hide_suggestions": self._hide_suggestions}

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
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        *,
        context_value: Context,
        operation_name: str | None = None,
        **kwargs: Any,
    ) -> AsyncGenerator[ExecutionResult, None]:
        await context_value.release()
        context = context_value.another()
        metrics.streams.inc()
        try:
            requests = await self.operations.admit(
                context_value.charge, query or "", operation_name, variable_values
            )
            results = await super().stream(
                query,
                variable_values,
                context_value=context,
                operation_name=operation_name,
                **kwargs,
            )
            async with aclosing(cast("AsyncGenerator[ExecutionResult, None]", results)):
                async for result in cast("AsyncGenerator[ExecutionResult, None]", results):
                    await context.release()
                    if result.errors:
                        result.errors = all_told(result.errors)
                    result.extensions = extensions_of(requests)
                    yield result
        except Refused as refused:
            yield PreExecutionError(data=None, errors=all_told(refused.errors))
        except RateLimited as error:
            yield PreExecutionError(data=None, errors=all_told([refusal(error)]))
        finally:
            metrics.streams.dec()
            await context.close()
