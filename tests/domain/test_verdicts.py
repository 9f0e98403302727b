"""Every verdict, base and previous run, however it is asked for, is what the rules say.

The rules are restated here in plain Python and compared with the gateway over random small
databases. Change a rule here too when you change it there.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from gql.database import tables
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.rows import BASELINE, DIFFERENT, TIMESTAMP, VARIANT

pytestmark = pytest.mark.quick

MAIN, OTHER_NAME_OF_MAIN, ANOTHER = 1, 2, 3
FORKS = {
    MAIN: "https://github.com/CCExtractor/ccextractor.git",
    OTHER_NAME_OF_MAIN: "https://github.com/CCExtractor/ccextractor",
    ANOTHER: "https://github.com/somebody/ccextractor.git",
}
VERDICTS = [
    "BROKEN_HERE",
    "FIXED_HERE",
    "FAILING_DIFFERENTLY",
    "FAILING_IDENTICALLY",
    "NOT_RERUN",
    "NO_REFERENCE",
    "UNCHANGED_PASS",
]
TESTS = range(1, 5)
# Two outputs of the first test, the second of which may be missing; one of each other test.
TEST_OF_OUTPUT = {11: 1, 12: 1, 21: 2, 31: 3, 41: 4}
IGNORED = 12


@dataclass
class Run:
    platform: str
    trigger: str
    fork: int | None
    branch: str
    pull_request: int
    commit: str
    states: list[str]
    customized: set[int]
    exit_codes: dict[int, tuple[int | None, int | None]]
    got: dict[tuple[int, int], str | None] = field(default_factory=dict)

    @property
    def state(self) -> str | None:
        return self.states[-1] if self.states else None

    def samples(self) -> set[int]:
        chosen = self.customized
        if not chosen and self.state not in ("completed", "canceled"):
            chosen = set(TESTS)
        return chosen | self.exit_codes.keys()

    def failure(self, test: int, variants: set[str]) -> Any:
        """What is wrong with a result: nothing is if it passed."""
        wrong: list[Any] = []
        code, expected = self.exit_codes[test]
        if code != expected:
            wrong.append(("exit", code))
        for output, its_test in TEST_OF_OUTPUT.items():
            if its_test != test:
                continue
            if (test, output) not in self.got:
                if output != IGNORED:
                    wrong.append((output, "missing"))
            elif (hash_ := self.got[test, output]) not in {None, "", BASELINE} | variants:
                wrong.append((output, hash_))
        if (test, -1) in self.got:
            wrong.append((-1, "missing"))
        return wrong

    def produced(self, test: int) -> dict[int, str]:
        return {
            output: hash_ or BASELINE
            for (its_test, output), hash_ in self.got.items()
            if its_test == test and output > 0
        }


@dataclass
class World:
    runs: dict[int, Run]
    variants: set[str]

    # The rules, restated.

    def previous(self, head: int) -> int | None:
        run = self.runs[head]

        def is_like(other: Run) -> bool:
            if other.platform != run.platform or other.trigger != run.trigger:
                return False
            if run.trigger == "pr":
                return other.pull_request == run.pull_request
            return run.fork is not None and other.fork == run.fork and other.branch == run.branch

        return max((id_ for id_, r in self.runs.items() if id_ < head and is_like(r)), default=None)

    def base(self, head: int, against: str) -> int | None:
        run = self.runs[head]
        forks = (MAIN, OTHER_NAME_OF_MAIN) if run.trigger == "pr" else (run.fork,)
        branch = "master" if run.trigger == "pr" else run.branch
        candidates = [
            id_
            for id_, other in sorted(self.runs.items(), reverse=True)
            if other.state == "completed"
            and other.exit_codes
            and other.platform == run.platform
            and other.trigger == "commit"
            and other.fork in forks
            and other.fork is not None
            and other.branch == branch
            and (id_ < head if against == "BEFORE" else id_ != head)
        ]
        for id_ in candidates:
            if self.covered(head, id_) >= 0.9 * len(run.samples()):
                return id_
        return max(candidates, key=lambda id_: (self.covered(head, id_), id_), default=None)

    def covered(self, head: int, base: int) -> int:
        return len(self.runs[head].samples() & self.runs[base].exit_codes.keys())

    def verdict(self, test: int, head: int, base: int | None) -> str | None:
        h, b = self.runs[head], self.runs[base] if base else None
        if b is None or test not in b.exit_codes:
            return "NO_REFERENCE" if test in h.exit_codes else None
        if test not in h.exit_codes:
            return "NOT_RERUN"
        of_head, of_base = h.failure(test, self.variants), b.failure(test, self.variants)
        if of_head and of_base:
            return "FAILING_IDENTICALLY" if of_head == of_base else "FAILING_DIFFERENTLY"
        if of_head:
            return "BROKEN_HERE"
        return "FIXED_HERE" if of_base else "UNCHANGED_PASS"

    def warnings(self, head: int, base: int | None) -> list[str]:
        h = self.runs[head]
        lacks = h.samples() - h.exit_codes.keys()
        if base is None:
            return ["NO_BASE", *(["HEAD_INCOMPLETE"] if lacks else [])]
        b = self.runs[base]
        holds = {
            "LOW_COVERAGE": self.covered(head, base) < 0.9 * len(h.samples()),
            "HEAD_INCOMPLETE": lacks,
            "BASE_INCOMPLETE": b.samples() - b.exit_codes.keys(),
            "OTHER_PLATFORM": h.platform != b.platform,
            "SAME_COMMIT": h.commit == b.commit,
        }
        return [warning for warning, does_hold in holds.items() if does_hold]


@pytest.fixture
async def gateway(platform: Platform) -> AsyncIterator[Client]:
    """A client that may ask for all comparisons of all runs at once."""
    unlimited = settings(platform.url, graphql_max_cost=10_000)
    async with running_app(unlimited, token=platform.token) as client:
        yield client


exit_codes = st.sampled_from([(0, 0), (0, 0), (0, 0), (1, 0), (139, 0), (None, 0), (None, None)])
hashes = st.sampled_from([None, None, None, "", BASELINE, VARIANT, DIFFERENT, "error", "a,b:c"])


@st.composite
def runs(draw: st.DrawFn) -> Run:
    results = {test: draw(exit_codes) for test in draw(st.sets(st.sampled_from(TESTS)))}
    got: dict[tuple[int, int], str | None] = {
        (test, output): draw(hashes)
        for output, test in TEST_OF_OUTPUT.items()
        if draw(st.integers(0, 5))
    }
    if draw(st.integers(0, 5)) == 0:
        got[draw(st.sampled_from(TESTS)), -1] = "error"
    trigger = draw(st.sampled_from(["commit", "commit", "pr"]))
    return Run(
        platform=draw(st.sampled_from(["linux", "linux", "windows"])),
        trigger=trigger,
        fork=draw(st.sampled_from([MAIN, MAIN, MAIN, OTHER_NAME_OF_MAIN, ANOTHER, None])),
        branch=draw(st.sampled_from(["master", "master", "fix"])),
        pull_request=draw(st.integers(1, 2)) if trigger == "pr" else 0,
        commit=draw(st.sampled_from(["a" * 40, "b" * 40])),
        states=draw(
            st.sampled_from(
                [
                    [],
                    ["preparation"],
                    ["testing"],
                    ["testing", "canceled"],
                    ["testing", "completed"],
                    ["testing", "completed"],
                    ["testing", "completed"],
                    ["testing", "unheard-of"],
                ]
            )
        ),
        customized=draw(st.sets(st.sampled_from(TESTS))),
        exit_codes=results,
        got=got,
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    drawn = draw(st.lists(runs(), min_size=1, max_size=7))
    return World(runs=dict(enumerate(drawn, 1)), variants=draw(st.sampled_from([set(), {VARIANT}])))


async def write(platform: Platform, world: World) -> None:
    output = {"correct": BASELINE, "correct_extension": "", "ignore": False}
    rows: dict[type[tables.Base], list[dict[str, Any]]] = {
        tables.Fork: [{"id": id_, "github": url} for id_, url in FORKS.items()],
        tables.Test: [
            {
                "id": id_,
                "platform": run.platform,
                "test_type": run.trigger,
                "fork_id": run.fork,
                "branch": run.branch,
                "commit": run.commit,
                "pr_nr": run.pull_request,
            }
            for id_, run in world.runs.items()
        ],
        tables.TestProgress: [
            {"test_id": id_, "status": state, "timestamp": TIMESTAMP, "message": ""}
            for id_, run in world.runs.items()
            for state in run.states
        ],
        tables.RegressionTest: [{"id": test, "command": "", "active": True} for test in TESTS],
        tables.RegressionTestOutput: [
            {"id": -1, "regression_id": None, **output},
            *(
                {"id": id_, "regression_id": test, **output, "ignore": id_ == IGNORED}
                for id_, test in TEST_OF_OUTPUT.items()
            ),
        ],
        tables.RegressionTestOutputFiles: [
            {"regression_test_output_id": id_, "file_hashes": variant}
            for id_ in TEST_OF_OUTPUT
            for variant in world.variants
        ],
        tables.CustomizedTest: [
            {"test_id": id_, "regression_id": test}
            for id_, run in world.runs.items()
            for test in run.customized
        ],
        tables.TestResult: [
            {"test_id": id_, "regression_test_id": test, "exit_code": code, "expected_rc": wanted}
            for id_, run in world.runs.items()
            for test, (code, wanted) in run.exit_codes.items()
        ],
        tables.TestResultFile: [
            {
                "test_id": id_,
                "regression_test_id": test,
                "regression_test_output_id": output_id,
                "expected": BASELINE,
                "got": got,
            }
            for id_, run in world.runs.items()
            for (test, output_id), got in run.got.items()
        ],
    }
    async with platform.writer.begin() as connection:
        for table in reversed(rows):
            await connection.execute(delete(table))
        for table, its_rows in rows.items():
            if its_rows:
                await connection.execute(insert(table), its_rows)


QUERY = """
query ($base: Int!, $against: BaseSelection!, $verdicts: [ChangeVerdict!]) {
  runs(first: 100) {
    nodes {
      id
      previous { id }
      picked: comparison(against: $against) { ...all }
      named: comparison(base: $base) { ...all }
      samples { nodes { regressionId failureFingerprint } }
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
  outputChanged { regressionTest { id } }
}
"""


@hypothesis.settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    world=worlds(),
    named=st.integers(0, 6),
    against=st.sampled_from(["BEFORE", "LATEST"]),
    wanted=st.none() | st.sets(st.sampled_from(VERDICTS)),
)
async def test_every_comparison_follows_the_rules(
    world: World,
    named: int,
    against: str,
    wanted: set[str] | None,
    platform: Platform,
    gateway: Client,
) -> None:
    await write(platform, world)
    named = named % len(world.runs) + 1
    verdicts = None if wanted is None else sorted(wanted)

    data = await gateway.ask(QUERY, base=named, against=against, verdicts=verdicts)

    fingerprints: dict[int, set[tuple[str, str]]] = {}
    for run in data["runs"]["nodes"]:
        head = run["id"]
        assert run["previous"] == ({"id": p} if (p := world.previous(head)) else None)
        check(world, head, world.base(head, against), run["picked"], wanted)
        check(world, head, named, run["named"], wanted)
        for sample in run["samples"]["nodes"]:
            test = sample["regressionId"]
            results = world.runs[head].exit_codes
            failure = world.runs[head].failure(test, world.variants) if test in results else None
            assert bool(sample["failureFingerprint"]) is bool(failure)
            fingerprints.setdefault(test, set()).add(
                (sample["failureFingerprint"], repr(failure or None))
            )
    for pairs in fingerprints.values():
        assert len({one for one, _ in pairs}) == len(pairs) == len({other for _, other in pairs})


def check(
    world: World, head: int, base: int | None, comparison: Any, wanted: set[str] | None
) -> None:
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
    shown = set(VERDICTS) - {"UNCHANGED_PASS"} if wanted is None else wanted
    assert listed(comparison["changes"]) == [
        t for t, verdict in verdicts.items() if verdict in shown
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
