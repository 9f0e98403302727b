"""Every verdict, base and previous run, however it is asked for, is what the rules say.

The rules are restated in plain Python and compared with the gateway over random small databases.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.domain.worlds import KINDS, TESTS, VERDICTS, World, worlds, write
from tests.support import rows
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

pytestmark = pytest.mark.quick


@pytest.fixture
async def gateway(platform: Platform) -> AsyncIterator[Client]:
    """A client that may ask for all comparisons of all runs at once."""
    unlimited = settings(platform.url, graphql_max_cost=10_000)
    async with running_app(unlimited, token=platform.token) as client:
        yield client


QUERY = """
query ($base: Int!, $against: BaseSelection!, $verdicts: [ChangeVerdict!]
  $kinds: [FailureKind!], $last: Int!) {
  runs(first: 100) {
    nodes {
      id
      previous { id }
      picked: comparison(against: $against) { ...all }
      named: comparison(base: $base) { ...all }
      samples {
        nodes {
          regressionId failureFingerprint failureKind verdict(against: $against)
          triage(last: $last)
          occurrences(last: $last) {
            runs pullRequests onMaster
            first { runId regressionId } latest { runId regressionId }
          }
        }
      }
      ofVerdicts: samples(filter: {verdicts: $verdicts}) { totalCount nodes { regressionId } }
      ofKinds: samples(filter: {failureKinds: $kinds}) { totalCount nodes { regressionId } }
      ofCodes: samples(filter: {exitCodes: [0, 139]}) { nodes { regressionId } }
    }
  }
}
fragment all on RunComparison {
  base { id }
  counts {
    brokenHere fixedHere failingDifferently failingIdentically notRerun noReference unchangedPass
  }
  coverage { compared headOnly baseOnly warnings }
  all: changes(
    verdicts: [BROKEN_HERE FIXED_HERE FAILING_DIFFERENTLY FAILING_IDENTICALLY NOT_RERUN
      NO_REFERENCE UNCHANGED_PASS]
  ) {
    verdict
    regressionTest { id }
    head { runId regressionId }
    base { runId regressionId }
  }
  changes(verdicts: $verdicts) { regressionTest { id } }
  onlyHere: changes(onlyHere: true) { regressionTest { id } }
  outputChanged { regressionTest { id } }
}
"""


@dataclass
class Asked:
    """What the queries ask for."""

    named: int
    against: str
    verdicts: set[str] | None
    kinds: set[str] | None
    last: int


def wanted(values: list[str]) -> st.SearchStrategy[set[str] | None]:
    return st.none() | st.sets(st.sampled_from(values))


asked_of_it = st.builds(
    Asked,
    named=st.integers(0, 11),
    against=st.sampled_from(["BEFORE", "LATEST"]),
    verdicts=wanted(VERDICTS),
    kinds=wanted(KINDS),
    last=st.integers(1, 12),
)


@hypothesis.settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(world=worlds, asked=asked_of_it)
async def test_every_comparison_follows_the_rules(
    world: World, asked: Asked, platform: Platform, gateway: Client
) -> None:
    await write(platform, world)
    named = asked.named % len(world.runs) + 1

    data = await gateway.ask(
        QUERY,
        base=named,
        against=asked.against,
        verdicts=None if asked.verdicts is None else sorted(asked.verdicts),
        kinds=None if asked.kinds is None else sorted(asked.kinds),
        last=asked.last,
    )

    fingerprints: dict[int, set[tuple[str, str]]] = {}
    for run in data["runs"]["nodes"]:
        head = run["id"]
        assert run["previous"] == ({"id": p} if (p := world.previous(head)) else None)
        check(world, head, world.base(head, asked.against), run["picked"], asked)
        check(world, head, named, run["named"], asked)
        check_filters(world, head, run, asked)
        for sample in run["samples"]["nodes"]:
            test = sample["regressionId"]
            assert sample["verdict"] == world.verdict(test, head, world.base(head, asked.against))
            assert sample["failureKind"] == world.kind(test, head)
            assert sample["triage"] == world.triage(test, head, asked.last)
            assert sample["occurrences"] == world.occurrences(test, head, asked.last)
            results = world.runs[head].exit_codes
            failure = world.runs[head].failure(test, world.variants) if test in results else None
            assert bool(sample["failureFingerprint"]) is bool(failure)
            fingerprints.setdefault(test, set()).add(
                (sample["failureFingerprint"], repr(failure or None))
            )
    for pairs in fingerprints.values():
        assert len({one for one, _ in pairs}) == len(pairs) == len({other for _, other in pairs})


def check_filters(world: World, head: int, run: Any, asked: Asked) -> None:
    samples = sorted(world.runs[head].samples())
    base = world.base(head, "BEFORE")
    of_verdicts = [
        test
        for test in samples
        if asked.verdicts is None or world.verdict(test, head, base) in asked.verdicts
    ]
    of_kinds = [
        test for test in samples if asked.kinds is None or world.kind(test, head) in asked.kinds
    ]
    for page, expected in ((run["ofVerdicts"], of_verdicts), (run["ofKinds"], of_kinds)):
        assert [node["regressionId"] for node in page["nodes"]] == expected
        assert page["totalCount"] == len(expected)
    codes = world.runs[head].exit_codes
    assert [node["regressionId"] for node in run["ofCodes"]["nodes"]] == [
        test for test in samples if codes.get(test, (None, None))[0] in (0, 139)
    ]


def check(world: World, head: int, base: int | None, comparison: Any, asked: Asked) -> None:
    assert comparison["base"] == ({"id": base} if base else None)
    verdicts = {
        test: verdict for test in TESTS if (verdict := world.verdict(test, head, base)) is not None
    }
    changes = comparison["all"]
    assert [(c["regressionTest"]["id"], c["verdict"]) for c in changes] == list(verdicts.items())
    for change in changes:
        test = change["regressionTest"]["id"]
        for name, run in (("head", head), ("base", base)):
            has_sample = run is not None and test in world.runs[run].samples()
            expected = {"runId": run, "regressionId": test} if has_sample else None
            assert change[name] == expected
    counts = Counter(verdicts.values())
    assert comparison["counts"] == {camel(verdict): counts[verdict] for verdict in VERDICTS}
    assert comparison["coverage"] == {
        "compared": len(verdicts) - counts["NO_REFERENCE"] - counts["NOT_RERUN"],
        "headOnly": counts["NO_REFERENCE"],
        "baseOnly": counts["NOT_RERUN"],
        "warnings": world.warnings(head, base),
    }
    shown = set(VERDICTS) - {"UNCHANGED_PASS"} if asked.verdicts is None else asked.verdicts
    assert listed(comparison["changes"]) == [
        t for t, verdict in verdicts.items() if verdict in shown
    ]
    assert listed(comparison["onlyHere"]) == [
        test for test in verdicts if world.is_only_here(test, head)
    ]
    assert listed(comparison["outputChanged"]) == [
        test
        for test, verdict in verdicts.items()
        if verdict not in ("NO_REFERENCE", "NOT_RERUN")
        and base is not None
        and world.runs[head].produced(test) != world.runs[base].produced(test)
    ]


def listed(changes: Any) -> list[int]:
    return [change["regressionTest"]["id"] for change in changes]


def camel(verdict: str) -> str:
    first, *rest = verdict.lower().split("_")
    return first + "".join(map(str.title, rest))


ONLY_HERE = """
{ run(id: 40) { comparison { onlyHere: changes(onlyHere: true) { regressionTest { id } } } } }
"""


async def test_only_here_looks_beyond_the_newest_few_runs(
    platform: Platform, gateway: Client
) -> None:
    """Test 1 fails as in the oldest run, 2 as in another run of the pull request, 3 as in none."""
    await platform.add(
        *(rows.regression_test(test, outputs=(10 + test,)) for test in (1, 2, 3)),
        rows.run(1, "completed"),
        rows.result(1, 1, exit_code=5),
        *(rows.run(run, "completed") for run in range(2, 39)),
        *(rows.result(run, test, exit_code=6) for run in range(2, 39) for test in (1, 2, 3)),
    )
    for run in (39, 40):
        await platform.add(rows.run(run, "completed", test_type="pr", pr_nr=7))
        await platform.add(*(rows.result(run, test, exit_code=5) for test in (1, 2)))
    await platform.add(rows.result(40, 3, exit_code=5))

    comparison = (await gateway.ask(ONLY_HERE))["run"]["comparison"]

    assert listed(comparison["onlyHere"]) == [2, 3]
