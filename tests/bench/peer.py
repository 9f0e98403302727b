"""The peer: PostGraphile 5, which serves GraphQL from a PostgreSQL database as well.

It knows the tables and none of the platform's rules, so it is asked for what they hold. Of both
answers those facts are compared that both give.
"""

import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson

from tests.bench.limit import hash_or_none
from tests.support.paths import ROOT

SOURCE = Path(__file__).with_name("postgraphile")
INSTALLED = ROOT / ".venv/postgraphile"

# What PostGraphile calls the order of the document below in its cursors.
_ORDER = "b7556b593f"

_RESULT = """
fragment Result on TestResult {
  testId regressionTestId runtime exitCode expectedRc
  regressionTestByRegressionTestId {
    command sampleId
    regressionTestCategoriesByRegressionId { nodes { categoryByCategoryId { name } } }
    sampleBySampleId { sampleTagAssociationsBySampleId { nodes { tagByTagId { name } } } }
  }
  files { nodes { regressionTestOutputId expected got } }
}"""

DOCUMENTS = {
    "Sample": """
query Sample($runId: Int!, $regressionId: Int!) {
  testResultByTestIdAndRegressionTestId(testId: $runId, regressionTestId: $regressionId) {
    ...Result
  }
}"""
    + _RESULT,
    "Run": """
query Run($id: Int!) {
  testByRowId(rowId: $id) { testResultsByTestId { nodes { ...Result } } }
}"""
    + _RESULT,
    "LightRun": """
query LightRun($id: Int!) {
  testByRowId(rowId: $id) {
    platform branch
    testResultsByTestId {
      nodes {
        testId regressionTestId runtime exitCode expectedRc
        regressionTestByRegressionTestId { command sampleId }
        files { nodes { regressionTestOutputId expected got } }
      }
    }
  }
}""",
    "Runs": """
query Runs($first: Int!, $after: Cursor) {
  allTests(first: $first, after: $after, orderBy: [ROW_ID_DESC]) {
    nodes {
      rowId platform branch commit prNr
      testProgressesByTestId(first: 1, orderBy: [ROW_ID_ASC]) { nodes { timestamp } }
    }
    pageInfo { hasNextPage endCursor }
  }
}""",
    "RawHistory": """
query RawHistory($id: Int!) {
  regressionTestByRowId(rowId: $id) {
    rowId command
    testResultsByRegressionTestId(first: 100, orderBy: [TEST_ID_DESC]) {
      nodes { testId runtime exitCode expectedRc }
    }
  }
}""",
}


def cursor(run_id: int) -> str:
    """The cursor of a run."""
    return b64encode(orjson.dumps([_ORDER, run_id])).decode()


def command() -> list[str] | None:
    """The command that runs the peer, which is installed first; None without npm."""
    if shutil.which("npm") is None:
        return None
    INSTALLED.mkdir(exist_ok=True)
    for file in SOURCE.iterdir():
        shutil.copy(file, INSTALLED)
    if not (INSTALLED / "node_modules").exists():
        print("Installing PostGraphile: about a minute.", flush=True)
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"]
        subprocess.run(install, cwd=INSTALLED, check=True)
    return [str(INSTALLED / "node_modules/.bin/node"), str(INSTALLED / "server.mjs")]


Facts = Callable[[Any], Any]


def _of_results(results: Iterable[Any]) -> dict[int, Any]:
    return _reported(
        {
            result["regressionTestId"]: (
                _runtime(result["runtime"]),
                result["exitCode"],
                result["expectedRc"],
                result["regressionTestByRegressionTestId"]["command"],
                result["regressionTestByRegressionTestId"]["sampleId"],
                {
                    file["regressionTestOutputId"]: produced
                    for file in result["files"]["nodes"]
                    if (produced := hash_or_none(file["got"]))
                },
            )
            for result in results
        }
    )


def _of_samples(samples: Iterable[Any]) -> dict[int, Any]:
    return _reported(
        {
            sample["regressionId"]: (
                sample["runtimeMs"],
                sample["exitCode"],
                sample["expectedExitCode"],
                sample["command"],
                sample["sampleId"],
                {
                    output["outputId"]: output["actualHash"]
                    for output in sample["outputs"]
                    if output["actualHash"]
                },
            )
            for sample in samples
        }
    )


def _reported(facts: dict[int, Any]) -> dict[int, Any]:
    """The facts of results: samples that have none have no runtime and no exit code."""
    return {id: fact for id, fact in facts.items() if fact[:2] != (None, None)}


def _runtime(value: int | None) -> int | None:
    return value if value is not None and value >= 0 else None


_RUN = ("platform", "branch", "commit")

# The facts of the peer's answer, and those of the gateway's.
FACTS: dict[str, tuple[Facts, Facts]] = {
    "Sample": (
        lambda data: _of_results([data["testResultByTestIdAndRegressionTestId"]]),
        lambda data: _of_samples([data["sample"]]),
    ),
    "Run": (
        lambda data: _of_results(data["testByRowId"]["testResultsByTestId"]["nodes"]),
        lambda data: _of_samples(data["run"]["samples"]["nodes"]),
    ),
    "LightRun": (
        lambda data: _of_results(data["testByRowId"]["testResultsByTestId"]["nodes"]),
        lambda data: _of_samples(data["run"]["samples"]["nodes"]),
    ),
    "Runs": (
        lambda data: [
            (run["rowId"], run["prNr"] or None, *(run[name].lower() for name in _RUN))
            for run in data["allTests"]["nodes"]
        ],
        lambda data: [
            (run["id"], run["pullRequest"], *(run[name].lower() for name in _RUN))
            for run in data["runs"]["nodes"]
        ],
    ),
    "RawHistory": (
        lambda data: _reported(
            {
                result["testId"]: (_runtime(result["runtime"]), result["exitCode"])
                for result in data["regressionTestByRowId"]["testResultsByRegressionTestId"][
                    "nodes"
                ]
            }
        ),
        lambda data: _reported(
            {
                entry["runId"]: (entry["runtimeMs"], entry["exitCode"])
                for entry in data["regressionTest"]["history"]["nodes"]
            }
        ),
    ),
}


def agree(operation: str, gateway: Any, peer: Any) -> bool:
    """Whether the facts of both answers are equal; a history may be longer at the peer's."""
    of_peer, of_gateway = FACTS[operation]
    theirs, ours = of_peer(peer["data"]), of_gateway(gateway["data"])
    if operation == "RawHistory":
        theirs = {run: fact for run, fact in theirs.items() if run in ours}
    return bool(theirs == ours)
