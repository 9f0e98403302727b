from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from .async_base_client import AsyncBaseClient
from .base_model import UNSET, UnsetType
from .broken import Broken
from .broken_in_pull_request import BrokenInPullRequest
from .changes import Changes
from .current_status import CurrentStatus
from .differs import Differs
from .elsewhere import Elsewhere
from .enums import ChangeVerdict, Platform
from .fails_today import FailsToday
from .failures import Failures
from .flaky import Flaky
from .in_progress import InProgress
from .last_good import LastGood
from .lines import Lines
from .operations import (
    BROKEN_GQL,
    BROKEN_IN_PULL_REQUEST_GQL,
    CHANGES_GQL,
    CURRENT_STATUS_GQL,
    DIFFERS_GQL,
    ELSEWHERE_GQL,
    FAILS_TODAY_GQL,
    FAILURES_GQL,
    FLAKY_GQL,
    IN_PROGRESS_GQL,
    LAST_GOOD_GQL,
    LINES_GQL,
    PLATFORMS_GQL,
    PULL_REQUEST_GQL,
    REPORT_GQL,
    RUN_PROGRESS_GQL,
    SINCE_GQL,
    UNSTABLE_GQL,
    VERDICTS_GQL,
    WAITING_GQL,
    WATCH_RUN_GQL,
)
from .platforms import Platforms
from .pull_request import PullRequest
from .report import Report
from .run_progress import RunProgress
from .since import Since
from .unstable import Unstable
from .verdicts import Verdicts
from .waiting import Waiting
from .watch_run import WatchRun


def gql(q: str) -> str:
    return q


class Client(AsyncBaseClient):
    async def broken_in_pull_request(
        self, pull_request: int, platform: Platform, **kwargs: Any
    ) -> BrokenInPullRequest:
        variables: dict[str, object] = {
            "pullRequest": pull_request,
            "platform": platform,
        }
        response = await self.execute(
            query=BROKEN_IN_PULL_REQUEST_GQL,
            operation_name="BrokenInPullRequest",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return BrokenInPullRequest.model_validate(data)

    async def broken(self, run_id: int, **kwargs: Any) -> Broken:
        variables: dict[str, object] = {"runId": run_id}
        response = await self.execute(
            query=BROKEN_GQL, operation_name="Broken", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Broken.model_validate(data)

    async def changes(
        self,
        run_id: int,
        verdicts: list[ChangeVerdict] | UnsetType | None = UNSET,
        only_here: bool | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> Changes:
        variables: dict[str, object] = {
            "runId": run_id,
            "verdicts": verdicts,
            "onlyHere": only_here,
        }
        response = await self.execute(
            query=CHANGES_GQL, operation_name="Changes", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Changes.model_validate(data)

    async def elsewhere(self, run_id: int, regression_id: int, **kwargs: Any) -> Elsewhere:
        variables: dict[str, object] = {"runId": run_id, "regressionId": regression_id}
        response = await self.execute(
            query=ELSEWHERE_GQL,
            operation_name="Elsewhere",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return Elsewhere.model_validate(data)

    async def since(
        self,
        regression_id: int,
        platform: Platform | UnsetType | None = UNSET,
        branch: str | UnsetType | None = UNSET,
        fork: str | UnsetType | None = UNSET,
        last: int | UnsetType | None = UNSET,
        first: int | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> Since:
        variables: dict[str, object] = {
            "regressionId": regression_id,
            "platform": platform,
            "branch": branch,
            "fork": fork,
            "last": last,
            "first": first,
        }
        response = await self.execute(
            query=SINCE_GQL, operation_name="Since", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Since.model_validate(data)

    async def flaky(
        self,
        regression_id: int,
        platform: Platform | UnsetType | None = UNSET,
        branch: str | UnsetType | None = UNSET,
        fork: str | UnsetType | None = UNSET,
        last: int | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> Flaky:
        variables: dict[str, object] = {
            "regressionId": regression_id,
            "platform": platform,
            "branch": branch,
            "fork": fork,
            "last": last,
        }
        response = await self.execute(
            query=FLAKY_GQL, operation_name="Flaky", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Flaky.model_validate(data)

    async def unstable(
        self,
        platform: Platform | UnsetType | None = UNSET,
        branch: str | UnsetType | None = UNSET,
        fork: str | UnsetType | None = UNSET,
        started_after: datetime | UnsetType | None = UNSET,
        last: int | UnsetType | None = UNSET,
        first: int | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> Unstable:
        variables: dict[str, object] = {
            "platform": platform,
            "branch": branch,
            "fork": fork,
            "startedAfter": started_after,
            "last": last,
            "first": first,
        }
        response = await self.execute(
            query=UNSTABLE_GQL, operation_name="Unstable", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Unstable.model_validate(data)

    async def differs(self, run_id: int, regression_id: int, **kwargs: Any) -> Differs:
        variables: dict[str, object] = {"runId": run_id, "regressionId": regression_id}
        response = await self.execute(
            query=DIFFERS_GQL, operation_name="Differs", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Differs.model_validate(data)

    async def lines(
        self,
        run_id: int,
        regression_id: int,
        max_hunks: int | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> Lines:
        variables: dict[str, object] = {
            "runId": run_id,
            "regressionId": regression_id,
            "maxHunks": max_hunks,
        }
        response = await self.execute(
            query=LINES_GQL, operation_name="Lines", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Lines.model_validate(data)

    async def last_good(self, regression_id: int, platform: Platform, **kwargs: Any) -> LastGood:
        variables: dict[str, object] = {
            "regressionId": regression_id,
            "platform": platform,
        }
        response = await self.execute(
            query=LAST_GOOD_GQL,
            operation_name="LastGood",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return LastGood.model_validate(data)

    async def waiting(
        self,
        first: int | UnsetType | None = UNSET,
        after: str | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> Waiting:
        variables: dict[str, object] = {"first": first, "after": after}
        response = await self.execute(
            query=WAITING_GQL, operation_name="Waiting", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Waiting.model_validate(data)

    async def in_progress(
        self,
        first: int | UnsetType | None = UNSET,
        after: str | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> InProgress:
        variables: dict[str, object] = {"first": first, "after": after}
        response = await self.execute(
            query=IN_PROGRESS_GQL,
            operation_name="InProgress",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return InProgress.model_validate(data)

    async def watch_run(self, run_id: int, **kwargs: Any) -> AsyncIterator[WatchRun]:
        variables: dict[str, object] = {"runId": run_id}
        async for data in self.execute_ws(
            query=WATCH_RUN_GQL,
            operation_name="WatchRun",
            variables=variables,
            **kwargs,
        ):
            yield WatchRun.model_validate(data)

    async def fails_today(
        self,
        platform: Platform | UnsetType | None = UNSET,
        branch: str | UnsetType | None = UNSET,
        fork: str | UnsetType | None = UNSET,
        first: int | UnsetType | None = UNSET,
        after: str | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> FailsToday:
        variables: dict[str, object] = {
            "platform": platform,
            "branch": branch,
            "fork": fork,
            "first": first,
            "after": after,
        }
        response = await self.execute(
            query=FAILS_TODAY_GQL,
            operation_name="FailsToday",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return FailsToday.model_validate(data)

    async def report(self, run_id: int, **kwargs: Any) -> Report:
        variables: dict[str, object] = {"runId": run_id}
        response = await self.execute(
            query=REPORT_GQL, operation_name="Report", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Report.model_validate(data)

    async def failures(
        self,
        regression_id: int,
        first: int | UnsetType | None = UNSET,
        after: str | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> Failures:
        variables: dict[str, object] = {
            "regressionId": regression_id,
            "first": first,
            "after": after,
        }
        response = await self.execute(
            query=FAILURES_GQL, operation_name="Failures", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Failures.model_validate(data)

    async def platforms(self, run_id: int, **kwargs: Any) -> Platforms:
        variables: dict[str, object] = {"runId": run_id}
        response = await self.execute(
            query=PLATFORMS_GQL,
            operation_name="Platforms",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return Platforms.model_validate(data)

    async def pull_request(
        self,
        pull_request: int,
        first: int | UnsetType | None = UNSET,
        after: str | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> PullRequest:
        variables: dict[str, object] = {
            "pullRequest": pull_request,
            "first": first,
            "after": after,
        }
        response = await self.execute(
            query=PULL_REQUEST_GQL,
            operation_name="PullRequest",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return PullRequest.model_validate(data)

    async def current_status(self, run_id: int, **kwargs: Any) -> CurrentStatus:
        variables: dict[str, object] = {"runId": run_id}
        response = await self.execute(
            query=CURRENT_STATUS_GQL,
            operation_name="CurrentStatus",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return CurrentStatus.model_validate(data)

    async def run_progress(self, run_id: int, **kwargs: Any) -> AsyncIterator[RunProgress]:
        variables: dict[str, object] = {"runId": run_id}
        async for data in self.execute_ws(
            query=RUN_PROGRESS_GQL,
            operation_name="RunProgress",
            variables=variables,
            **kwargs,
        ):
            yield RunProgress.model_validate(data)

    async def verdicts(
        self,
        run_id: int,
        verdicts: list[ChangeVerdict] | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> Verdicts:
        variables: dict[str, object] = {"runId": run_id, "verdicts": verdicts}
        response = await self.execute(
            query=VERDICTS_GQL, operation_name="Verdicts", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Verdicts.model_validate(data)
