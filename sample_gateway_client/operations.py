__all__ = [
    "BROKEN_GQL",
    "BROKEN_IN_PULL_REQUEST_GQL",
    "CHANGES_GQL",
    "CURRENT_STATUS_GQL",
    "DIFFERS_GQL",
    "ELSEWHERE_GQL",
    "FAILS_TODAY_GQL",
    "FAILURES_GQL",
    "FLAKY_GQL",
    "IN_PROGRESS_GQL",
    "LAST_GOOD_GQL",
    "LINES_GQL",
    "PLATFORMS_GQL",
    "PULL_REQUEST_GQL",
    "REPORT_GQL",
    "RUN_PROGRESS_GQL",
    "SINCE_GQL",
    "UNSTABLE_GQL",
    "VERDICTS_GQL",
    "WAITING_GQL",
    "WATCH_RUN_GQL",
]

BROKEN_IN_PULL_REQUEST_GQL = """
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
"""

BROKEN_GQL = """
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
"""

CHANGES_GQL = """
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
"""

ELSEWHERE_GQL = """
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
"""

SINCE_GQL = """
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
"""

FLAKY_GQL = """
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
"""

UNSTABLE_GQL = """
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
"""

DIFFERS_GQL = """
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
"""

LINES_GQL = """
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
"""

LAST_GOOD_GQL = """
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
"""

WAITING_GQL = """
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
"""

IN_PROGRESS_GQL = """
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
"""

WATCH_RUN_GQL = """
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
"""

FAILS_TODAY_GQL = """
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
"""

REPORT_GQL = """
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
"""

FAILURES_GQL = """
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
"""

PLATFORMS_GQL = """
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
"""

PULL_REQUEST_GQL = """
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
"""

CURRENT_STATUS_GQL = """
query CurrentStatus($runId: Int!) {
  run(id: $runId) {
    status
  }
}
"""

RUN_PROGRESS_GQL = """
subscription RunProgress($runId: Int!) {
  runProgress(id: $runId) {
    completed
    total
    run {
      status
    }
  }
}
"""

VERDICTS_GQL = """
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
"""
