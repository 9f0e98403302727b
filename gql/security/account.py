"""What a request is charged for, and the work that is done for it."""

import math
import time
from contextvars import ContextVar
from dataclasses import dataclass

from gql.security.rate_limit import RateLimiter, RateLimitWindow
from gql.security.work_budget import CHARGE_SECONDS, UsedWork, WorkBudget
from gql.telemetry.request_log import current_record


@dataclass(frozen=True, slots=True)
class ChargedCost:
    """What a request costs, in charges of CHARGE_SECONDS; `reset_at` is in Unix seconds."""

    requested: int
    actual: int
    remaining: int
    reset_at: int


class Account:
    """The charges of one request, and the work that is done for it.

    The client is charged for an estimate before the work is done. So much of its user's budget is
    reserved meanwhile; afterwards the work itself is recorded, in full.
    """

    def __init__(
        self, client: str, user: str | None, limiter: RateLimiter, budget: WorkBudget | None
    ) -> None:
        self.user = user
        self.window: RateLimitWindow | None = None
        self._client = client
        self._user = user or ""
        self._limiter = limiter
        self._budget = budget if user is not None else None
        self._used: UsedWork | None = None
        self._requested = 0
        self._work_seconds = 0.0
        self._recorded_seconds = 0.0
        self._is_ended = False
        self._record = current_record()

    async def charge(self, requests: int) -> None:
        """Charge the client for requests.

        Raises RateLimited if its rate limit does not cover them, or if its user has no budget left.
        """
        await self._hit(requests)
        if self._budget is not None:
            if not self._requested:
                await self.require_budget()
            self._budget.reserve(self._user, requests * CHARGE_SECONDS)
        self._add_requests(requests)

    async def charge_event(self, requests: int) -> None:
        """Charge the client for a further event of a stream, whose first one has ended.

        Raises as `charge` does.
        """
        await self._hit(requests)
        await self.require_budget()
        self._add_requests(requests)

    async def _hit(self, requests: int) -> None:
        self.window = await self._limiter.hit(self._client, requests)
        self.window.require()

    def _add_requests(self, requests: int) -> None:
        self._requested += requests
        if self._record is not None:
            self._record.cost += requests

    async def require_budget(self) -> None:
        """Raise RateLimited if the user has no budget left."""
        if self._budget is not None:
            self._used = await self._budget.used(self._user)
            window = self._used.window()
            if window.is_exceeded:
                self.window = window
                window.require()

    def add_work(self, seconds: float) -> None:
        """Add work that was done for the request."""
        self._work_seconds += seconds

    def add_late_work(self, seconds: float) -> None:
        """Add work that may have been done after the request itself has ended."""
        self.add_work(seconds)
        if self._is_ended:
            self.settle()

    def settle(self) -> None:
        """Record the work that was done, in place of what was charged."""
        if self._record is not None:
            self._record.work_ms = round(self._work_seconds * 1000, 2)
        if self._budget is None:
            return
        if not self._is_ended:
            self._is_ended = True
            self._budget.release(self._user, self._requested * CHARGE_SECONDS)
        seconds = self._work_seconds - self._recorded_seconds
        if seconds > 0:
            self._recorded_seconds += seconds
            self._budget.record(self._user, seconds)

    def cost(self, shared_seconds: float = 0) -> ChargedCost:
        """The cost so far, with further work that is not added yet."""
        seconds = self._work_seconds + shared_seconds
        actual = math.ceil(seconds / CHARGE_SECONDS)
        if self._used is not None:
            unrecorded = math.ceil((seconds - self._recorded_seconds) / CHARGE_SECONDS)
            remaining = self._used.remaining_charges - unrecorded
            reset_at = math.ceil(time.time() + self._used.resets_in)
        else:
            remaining = self.window.remaining if self.window else 0
            reset_at = self.window.reset_at if self.window else 0
        return ChargedCost(self._requested, actual, max(0, remaining), reset_at)


_current: ContextVar[Account | None] = ContextVar("account", default=None)


def set_current_account(account: Account) -> None:
    """Let what follows in this task be charged to the account."""
    _current.set(account)


def current_account() -> Account | None:
    """The account of the current request; None for work that belongs to nobody's."""
    return _current.get()
