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
        query = gql("""
            query BrokenInPullRequest($pullRequest: Int!, $platform: Platform!) {
              pullRequest(number: $pullRequest) {
                url
                latest {
                  commit
                  status
                  run(platform: $platform) {
                    id
                    comparison {
                      base {
                        id
                      }
                      counts {
                        brokenHere
                        fixedHere
                        failingDifferently
                        failingIdentically
                      }
                      coverage {
                        warnings
                      }
                      onlyHere: changes(onlyHere: true) {
                        verdict
                        head {
                          regressionId
                          status
                          failureKind
                          resultMessage
                        }
                      }
                    }
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "pullRequest": pull_request,
            "platform": platform,
        }
        response = await self.execute(
            query=query,
            operation_name="BrokenInPullRequest",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return BrokenInPullRequest.model_validate(data)

    async def broken(self, run_id: int, **kwargs: Any) -> Broken:
        query = gql("""
            query Broken($runId: Int!) {
              run(id: $runId) {
                comparison {
                  base {
                    id
                  }
                  baseReason
                  counts {
                    brokenHere
                    fixedHere
                    failingDifferently
                    failingIdentically
                    notRerun
                    unchangedPass
                  }
                  coverage {
                    compared
                    warnings
                  }
                  changes {
                    verdict
                    regressionTest {
                      id
                      command
                    }
                    head {
                      status
                      resultMessage
                    }
                  }
                  onlyHere: changes(onlyHere: true) {
                    regressionTest {
                      id
                    }
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"runId": run_id}
        response = await self.execute(
            query=query, operation_name="Broken", variables=variables, **kwargs
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
        query = gql("""
            query Changes($runId: Int!, $verdicts: [ChangeVerdict!] = [BROKEN_HERE, FAILING_DIFFERENTLY, NOT_RERUN], $onlyHere: Boolean) {
              run(id: $runId) {
                comparison {
                  changes(verdicts: $verdicts, onlyHere: $onlyHere) {
                    verdict
                    regressionTest {
                      id
                      command
                    }
                    head {
                      status
                      failureKind
                      resultMessage
                    }
                    base {
                      status
                    }
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "runId": run_id,
            "verdicts": verdicts,
            "onlyHere": only_here,
        }
        response = await self.execute(
            query=query, operation_name="Changes", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Changes.model_validate(data)

    async def elsewhere(self, run_id: int, regression_id: int, **kwargs: Any) -> Elsewhere:
        query = gql("""
            query Elsewhere($runId: Int!, $regressionId: Int!) {
              sample(runId: $runId, regressionId: $regressionId) {
                failureKind
                verdict
                triage
                occurrences {
                  runs
                  pullRequests
                  onMaster
                  first {
                    runId
                  }
                  latest {
                    runId
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"runId": run_id, "regressionId": regression_id}
        response = await self.execute(
            query=query, operation_name="Elsewhere", variables=variables, **kwargs
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
        query = gql("""
            query Since($regressionId: Int!, $platform: Platform = LINUX, $branch: String = "master", $fork: String = "CCExtractor/ccextractor", $last: Int = 100, $first: Int = 5) {
              insights(
                filter: {platform: $platform, branch: $branch, fork: $fork}
                last: $last
              ) {
                tests(filter: {regressionIds: [$regressionId]}) {
                  nodes {
                    results
                    failures
                    failingSince {
                      id
                      commit
                      startedAt
                    }
                    lastPass {
                      id
                    }
                  }
                }
              }
              regressionTest(id: $regressionId) {
                history(
                  first: $first
                  filter: {platform: $platform, branch: $branch, fork: $fork}
                ) {
                  nodes {
                    runId
                    status
                    failureKind
                    failureFingerprint
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "regressionId": regression_id,
            "platform": platform,
            "branch": branch,
            "fork": fork,
            "last": last,
            "first": first,
        }
        response = await self.execute(
            query=query, operation_name="Since", variables=variables, **kwargs
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
        query = gql("""
            query Flaky($regressionId: Int!, $platform: Platform = LINUX, $branch: String = "master", $fork: String = "CCExtractor/ccextractor", $last: Int = 30) {
              insights(
                filter: {platform: $platform, branch: $branch, fork: $fork}
                last: $last
              ) {
                tests(filter: {regressionIds: [$regressionId]}) {
                  nodes {
                    isFlaky
                    results
                    failures
                    statusChanges
                    statuses
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "regressionId": regression_id,
            "platform": platform,
            "branch": branch,
            "fork": fork,
            "last": last,
        }
        response = await self.execute(
            query=query, operation_name="Flaky", variables=variables, **kwargs
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
        query = gql("""
            query Unstable($platform: Platform = LINUX, $branch: String = "master", $fork: String = "CCExtractor/ccextractor", $startedAfter: DateTime, $last: Int = 50, $first: Int = 10) {
              insights(
                filter: {platform: $platform, branch: $branch, fork: $fork, startedAfter: $startedAfter}
                last: $last
              ) {
                runs {
                  id
                  startedAt
                }
                flaky: tests(
                  filter: {isFlaky: true}
                  orderBy: MOST_STATUS_CHANGES
                  first: $first
                ) {
                  nodes {
                    regressionTest {
                      id
                      command
                    }
                    statusChanges
                    statuses
                  }
                }
                failsNow: tests(
                  filter: {failsNow: true}
                  orderBy: LONGEST_FAILING
                  first: $first
                ) {
                  totalCount
                  nodes {
                    regressionTest {
                      id
                    }
                    failingSince {
                      id
                      startedAt
                    }
                    lastPass {
                      id
                    }
                    passRate
                  }
                }
                slower: tests(orderBy: LARGEST_SLOWDOWN, first: 5) {
                  nodes {
                    regressionTest {
                      id
                    }
                    runtimeMs {
                      p50
                      p95
                      slowdown
                    }
                  }
                }
                points(interval: WEEK) {
                  startedAt
                  passRate
                  failures
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "platform": platform,
            "branch": branch,
            "fork": fork,
            "startedAfter": started_after,
            "last": last,
            "first": first,
        }
        response = await self.execute(
            query=query, operation_name="Unstable", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Unstable.model_validate(data)

    async def differs(self, run_id: int, regression_id: int, **kwargs: Any) -> Differs:
        query = gql("""
            query Differs($runId: Int!, $regressionId: Int!) {
              sample(runId: $runId, regressionId: $regressionId) {
                resultMessage
                outputs {
                  outputId
                  status
                  filename
                  expectedHash
                  actualHash
                  acceptedVariants
                  matchedVariant
                }
              }
            }
            """)
        variables: dict[str, object] = {"runId": run_id, "regressionId": regression_id}
        response = await self.execute(
            query=query, operation_name="Differs", variables=variables, **kwargs
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
        query = gql("""
            query Lines($runId: Int!, $regressionId: Int!, $maxHunks: Int = 50) {
              sample(runId: $runId, regressionId: $regressionId) {
                outputs {
                  diff(maxHunks: $maxHunks) {
                    status
                    addedLines
                    removedLines
                    unified
                  }
                  expected {
                    encoding
                    size
                    downloadUrl
                  }
                  actual {
                    encoding
                    size
                    downloadUrl
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "runId": run_id,
            "regressionId": regression_id,
            "maxHunks": max_hunks,
        }
        response = await self.execute(
            query=query, operation_name="Lines", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Lines.model_validate(data)

    async def last_good(self, regression_id: int, platform: Platform, **kwargs: Any) -> LastGood:
        query = gql("""
            query LastGood($regressionId: Int!, $platform: Platform!) {
              regressionTest(id: $regressionId) {
                lastPassed(platform: $platform) {
                  id
                  commit
                  sample(regressionId: $regressionId) {
                    runtimeMs
                    exitCode
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "regressionId": regression_id,
            "platform": platform,
        }
        response = await self.execute(
            query=query, operation_name="LastGood", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return LastGood.model_validate(data)

    async def waiting(
        self,
        first: int | UnsetType | None = UNSET,
        after: str | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> Waiting:
        query = gql("""
            query Waiting($first: Int = 20, $after: String) {
              linux: queue(platform: LINUX) {
                isPaused
                depth
                running
              }
              windows: queue(platform: WINDOWS) {
                isPaused
                depth
                running
              }
              queue {
                runs(first: $first, after: $after) {
                  nodes {
                    id
                    platform
                    status
                    queuePosition
                    estimatedFinish
                    pullRequest
                    url
                  }
                  pageInfo {
                    hasNextPage
                    endCursor
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"first": first, "after": after}
        response = await self.execute(
            query=query, operation_name="Waiting", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Waiting.model_validate(data)

    async def in_progress(
        self,
        first: int | UnsetType | None = UNSET,
        after: str | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> InProgress:
        query = gql("""
            query InProgress($first: Int = 10, $after: String) {
              runs(filter: {states: [PREPARATION, TESTING]}, first: $first, after: $after) {
                nodes {
                  id
                  status
                  startedAt
                  estimatedFinish
                  summary {
                    total
                    completed
                    completedRatio
                    fail
                  }
                }
                pageInfo {
                  hasNextPage
                  endCursor
                }
              }
            }
            """)
        variables: dict[str, object] = {"first": first, "after": after}
        response = await self.execute(
            query=query, operation_name="InProgress", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return InProgress.model_validate(data)

    async def watch_run(self, run_id: int, **kwargs: Any) -> AsyncIterator[WatchRun]:
        query = gql("""
            subscription WatchRun($runId: Int!) {
              runProgress(id: $runId) {
                completed
                total
                newSamples {
                  regressionId
                  status
                  resultMessage
                }
                run {
                  status
                  estimatedFinish
                }
              }
            }
            """)
        variables: dict[str, object] = {"runId": run_id}
        async for data in self.execute_ws(
            query=query, operation_name="WatchRun", variables=variables, **kwargs
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
        query = gql("""
            query FailsToday($platform: Platform = LINUX, $branch: String = "master", $fork: String = "CCExtractor/ccextractor", $first: Int = 100, $after: String) {
              runs(
                first: 1
                filter: {platform: $platform, branch: $branch, fork: $fork, states: [COMPLETED]}
              ) {
                nodes {
                  id
                  previous {
                    id
                  }
                  samples(
                    filter: {statuses: [FAIL, MISSING_OUTPUT]}
                    orderBy: SLOWEST_FIRST
                    first: $first
                    after: $after
                  ) {
                    totalCount
                    nodes {
                      regressionId
                      category
                      runtimeMs
                      resultMessage
                    }
                    pageInfo {
                      hasNextPage
                      endCursor
                    }
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "platform": platform,
            "branch": branch,
            "fork": fork,
            "first": first,
            "after": after,
        }
        response = await self.execute(
            query=query, operation_name="FailsToday", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return FailsToday.model_validate(data)

    async def report(self, run_id: int, **kwargs: Any) -> Report:
        query = gql("""
            query Report($runId: Int!) {
              run(id: $runId) {
                status
                durationSeconds
                summary {
                  pass
                  total
                  byCategory {
                    category {
                      name
                    }
                    pass
                    total
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"runId": run_id}
        response = await self.execute(
            query=query, operation_name="Report", variables=variables, **kwargs
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
        query = gql("""
            query Failures($regressionId: Int!, $first: Int = 50, $after: String) {
              regressionTest(id: $regressionId) {
                history(
                  filter: {statuses: [FAIL, MISSING_OUTPUT]}
                  first: $first
                  after: $after
                ) {
                  nodes {
                    run {
                      id
                      platform
                      commit
                    }
                    resultMessage
                  }
                  pageInfo {
                    hasNextPage
                    endCursor
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "regressionId": regression_id,
            "first": first,
            "after": after,
        }
        response = await self.execute(
            query=query, operation_name="Failures", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Failures.model_validate(data)

    async def platforms(self, run_id: int, **kwargs: Any) -> Platforms:
        query = gql("""
            query Platforms($runId: Int!) {
              run(id: $runId) {
                revision {
                  commit
                  status
                  runs {
                    id
                    platform
                    status
                  }
                  platformDifferences {
                    regressionTest {
                      id
                      command
                    }
                    samples {
                      run {
                        platform
                      }
                      status
                      failureKind
                    }
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"runId": run_id}
        response = await self.execute(
            query=query, operation_name="Platforms", variables=variables, **kwargs
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
        query = gql("""
            query PullRequest($pullRequest: Int!, $first: Int = 20, $after: String) {
              runs(filter: {pullRequest: $pullRequest}, first: $first, after: $after) {
                nodes {
                  id
                  platform
                  status
                  url
                  commit
                }
                pageInfo {
                  hasNextPage
                  endCursor
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "pullRequest": pull_request,
            "first": first,
            "after": after,
        }
        response = await self.execute(
            query=query, operation_name="PullRequest", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return PullRequest.model_validate(data)

    async def current_status(self, run_id: int, **kwargs: Any) -> CurrentStatus:
        query = gql("""
            query CurrentStatus($runId: Int!) {
              run(id: $runId) {
                status
              }
            }
            """)
        variables: dict[str, object] = {"runId": run_id}
        response = await self.execute(
            query=query, operation_name="CurrentStatus", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return CurrentStatus.model_validate(data)

    async def run_progress(self, run_id: int, **kwargs: Any) -> AsyncIterator[RunProgress]:
        query = gql("""
            subscription RunProgress($runId: Int!) {
              runProgress(id: $runId) {
                completed
                total
                run {
                  status
                }
              }
            }
            """)
        variables: dict[str, object] = {"runId": run_id}
        async for data in self.execute_ws(
            query=query, operation_name="RunProgress", variables=variables, **kwargs
        ):
            yield RunProgress.model_validate(data)

    async def verdicts(
        self,
        run_id: int,
        verdicts: list[ChangeVerdict] | UnsetType | None = UNSET,
        **kwargs: Any,
    ) -> Verdicts:
        query = gql("""
            query Verdicts($runId: Int!, $verdicts: [ChangeVerdict!]) {
              run(id: $runId) {
                status
                pageUrl
                comparison {
                  base {
                    id
                  }
                  baseReason
                  coverage {
                    warnings
                  }
                  changes(verdicts: $verdicts) {
                    verdict
                    regressionTest {
                      id
                      command
                    }
                    head {
                      resultMessage
                    }
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"runId": run_id, "verdicts": verdicts}
        response = await self.execute(
            query=query, operation_name="Verdicts", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Verdicts.model_validate(data)
