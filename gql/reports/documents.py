"""What the reports ask for."""

TESTS = """\
query ReportTests($runId: Int!, $after: String) {
  run(id: $runId) {
    id
    platform
    commit
    branch
    pullRequest
    status
    startedAt
    pageUrl
    samples(first: 500, after: $after) {
      nodes {
        regressionId
        category
        command
        status
        runtimeMs
        exitCode
        expectedExitCode
        resultMessage
        failureKind
        verdict
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""

SUMMARY = """\
query ReportSummary($runId: Int!) {
  run(id: $runId) {
    id
    platform
    commit
    branch
    pullRequest
    status
    url
    pageUrl
    summary { total pass fail missingOutput skipped }
    comparison {
      base { id commit pageUrl }
      baseReason
      counts {
        brokenHere
        fixedHere
        failingDifferently
        failingIdentically
        notRerun
        noReference
        unchangedPass
      }
      coverage { warnings }
      changes(
        verdicts: [BROKEN_HERE, FAILING_DIFFERENTLY, NOT_RERUN, FIXED_HERE, FAILING_IDENTICALLY]
      ) {
        verdict
        regressionTest { id command }
        head { resultMessage outputs { outputId diffUrl } }
      }
    }
  }
}
"""

DOCUMENTS = {"ReportTests": TESTS, "ReportSummary": SUMMARY}
"""The documents by the names of their operations."""
