"""DocumentCache whose results are streamed, over WebSocket or as server-sent events."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from functools import partial
from inspect import isawaitable
from typing import Any, cast

import orjson
from graphql import (
    GraphQLError,
    execute,
    get_operation_ast,
)
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from typing_extensions import override

from gql.compat.strawberry import (
    ExecutionOptions,
    StreamResult,
    core_schema,
    optimized_is_awaitable,
)
from gql.errors import BadInput, Overloaded, RateLimited
from gql.execution.documents import (
    CachedDocumentExtension,
    DocumentCache,
    ExecutionPolicy,
    OperationRejected,
    cost_extension,
)
from gql.execution.masked_errors import masked_errors, rejection, without_schema
from gql.request.context import Context
from gql.security.account import Account, current_account


class StreamingSchema(ExecutionOptions):
    """A schema whose operations are executed under a policy, and can all be streamed."""

    def __init__(self, policy: ExecutionPolicy, **options: Any) -> None:
        super().__init__(**options, extensions=[lambda: CachedDocumentExtension(self.documents)])
        self.documents = DocumentCache(core_schema(self), policy)
        self._has_introspection = policy.introspection
        self.execution_options = {"hide_suggestions": not policy.introspection}

    @override
    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """The result of an operation that has one; raises BadInput for a subscription.

        Strawberry would call hooks for extensions, which takes about as long as a plan. The only
        one is for streams: it passes on the document that is passed on here.
        """
        document = self.documents.parse(query or "").document
        operation = get_operation_ast(document, operation_name)
        if operation is not None and operation.operation.value == OperationType.SUBSCRIPTION.value:
            raise BadInput(
                "A subscription needs WebSocket, or the header Accept: text/event-stream."
            )
        try:
            result = execute(
                core_schema(self),
                document,
                root_value,
                context_value,
                variable_values,
                operation_name,
                executor_class=self.execution_context_class,
                is_awaitable=cast("Any", optimized_is_awaitable),
                **self.execution_options,
            )
            done = await result if isawaitable(result) else result
        except Exception as error:  # noqa: BLE001  (it is an error of the operation)
            errors = [GraphQLError(str(error), original_error=error)]
            self.process_errors(errors)
            return self._shown(PreExecutionError(data=None, errors=errors))
        if done.errors:
            self.process_errors(done.errors)
        return self._shown(ExecutionResult(data=done.data, errors=done.errors))

    def _shown(self, result: ExecutionResult) -> ExecutionResult:
        """The result, whose errors may name parts of the schema only with introspection."""
        if result.errors and not self._has_introspection:
            result.errors = [without_schema(error) for error in result.errors]
        return result

    async def stream(self, *args: Any, **kwargs: Any) -> StreamResult:
        """The results of any operation, each from a snapshot of its own.

        Operations over one WebSocket share nothing else: each gets its own context. No connection
        to the database waits for a slow client.
        """
        return self._stream_apart(*args, **kwargs)

    async def _stream_apart(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        *,
        context_value: Context,
        operation_name: str | None = None,
        **kwargs: Any,
    ) -> AsyncGenerator[ExecutionResult, None]:
        await context_value.release()
        context = context_value.clone()
        variables = orjson.dumps(variable_values, option=orjson.OPT_SORT_KEYS)
        context.selection = query, operation_name, variables, context.scopes
        account, paid = current_account(), 0.0
        try:
            with context_value.streams.stream(account.user if account else None):
                requests = await self.documents.authorize(
                    query or "", operation_name, variable_values
                )
                context.admit_event = partial(_admit_event, context_value, account, requests)
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
                        if self._shown(result).errors:
                            result.errors = masked_errors(result.errors or ())
                        if account is not None:
                            account.add_work(context.work_seconds - paid)
                            paid = context.work_seconds
                            result.extensions = cost_extension(account.cost())
                        yield result
                        if account is not None:
                            account.settle()
                            await account.require_budget()
        except OperationRejected as rejected:
            yield PreExecutionError(data=None, errors=masked_errors(rejected.errors))
        except (RateLimited, Overloaded) as error:
            yield PreExecutionError(data=None, errors=masked_errors([rejection(error)]))
        finally:
            await context.close()
            if account is not None:
                account.add_late_work(context.work_seconds - paid)


async def _admit_event(context: Context, account: Account | None, requests: int) -> None:
    """Admit a further event of a stream as if the client had sent its operation again."""
    await context.reauthenticate()
    if account is not None:
        await account.charge_event(requests)
