"""What an operation costs, in its response."""

from starlette.requests import Request
from starlette.responses import Response
from strawberry.types import ExecutionResult

from gql.execution.documents import cost_extension
from gql.security.account import ChargedCost


def show_cost(
    cost: ChargedCost, request: Request, result: ExecutionResult, sub_response: Response
) -> None:
    """Report the cost: over GET by headers, as a body that is always new could not be cached."""
    if request.method == "POST":
        result.extensions = cost_extension(cost)
    else:
        sub_response.headers.update(
            {
                "X-Cost-Requested": str(cost.requested),
                "X-Cost-Actual": str(cost.actual),
                "X-Cost-Remaining": str(cost.remaining),
                "X-Cost-Reset": str(cost.reset_at),
            }
        )
