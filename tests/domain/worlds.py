"""Small random databases of runs, and what the rules make of them, restated in plain Python.

Change a rule here too when you change it in `gql/domain`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import delete, insert

from gql.database import tables
from tests.support.platform import Platform
from tests.support.rows import BASELINE, DIFFERENT, TIMESTAMP, VARIANT

MAIN, OTHER_NAME_OF_MAIN, ANOTHER = 1, 2, 3
FORKS = {
    MAIN: "https://github.com/CCExtractor/ccextractor.git",
    OTHER_NAME_OF_MAIN: "https://github.com/CCExtractor/ccextractor",
    ANOTHER: "https://github.com/somebody/ccextractor.git",
}
CODES = {
    "SEGFAULT": (139, -11, -1073741819, 3221225477),
    "ABORT": (134, -6),
    "TIMEOUT": (124, 143, -15),
}
KINDS = [*CODES, "MISSING_OUTPUT", "EXIT_CODE_MISMATCH", "OUTPUT_DIFF"]
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

    def revision_key(self) -> Any:
        return (self.fork, self.commit, self.pull_request)

    def is_main(self) -> bool:
        is_of_main = self.fork in (MAIN, OTHER_NAME_OF_MAIN) and self.branch == "master"
        return self.trigger == "commit" and is_of_main

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

    def stored_runtime(self, test: int, run: int) -> int | None:
        return [None, -1, 0, 100, 150, 200, 1000, 40_000][(run * 5 + test * 3) % 8]

    def started_at(self, run: int) -> datetime:
        return TIMESTAMP + timedelta(days=3 * run)

    # The rules, restated.

    def runtime(self, test: int, run: int) -> int | None:
        """The runtime of a result in a run; None without any."""
        runtime = self.stored_runtime(test, run)
        has_one = test in self.runs[run].exit_codes and runtime is not None and runtime >= 0
        return runtime if has_one else None

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

    def fails(self, test: int, run: int) -> Any:
        """The failure of a result; nothing if it passed or there is none."""
        its = self.runs[run]
        return its.failure(test, self.variants) if test in its.exit_codes else []

    def triage(self, test: int, head: int, last: int) -> str | None:
        run = self.runs[head]
        if not self.fails(test, head):
            return None
        before = [
            bool(self.fails(test, id_))
            for id_, other in sorted(self.runs.items(), reverse=True)
            if id_ < head
            and test in other.exit_codes
            and other.platform == run.platform
            and (
                other.is_main()
                or (run.trigger == other.trigger == "pr" and run.pull_request == other.pull_request)
            )
        ][:last]
        changes = sum(one != another for one, another in pairwise(before))
        if changes >= 2:
            return "FLAKY"
        if not before:
            return "NO_HISTORY"
        if not before[0]:
            return "NEW_REGRESSION"
        return "NEVER_PASSED" if all(before) else "STILL_FAILING"

    def with_the_same_failure(self, test: int, head: int, last: int) -> list[int]:
        """The other ones of the newest completed runs of the platform."""
        newest = [
            id_
            for id_, other in sorted(self.runs.items(), reverse=True)
            if other.state == "completed" and other.platform == self.runs[head].platform
        ][:last]
        failure = self.fails(test, head)
        return sorted(id_ for id_ in newest if id_ != head and self.fails(test, id_) == failure)

    def occurrences(self, test: int, head: int, last: int) -> Any:
        if not self.fails(test, head):
            return None
        others = self.with_the_same_failure(test, head, last)
        numbers = {self.runs[id_].pull_request for id_ in others if self.runs[id_].trigger == "pr"}
        return {
            "runs": len(others),
            "pullRequests": sorted(numbers),
            "onMaster": any(self.runs[id_].is_main() for id_ in others),
            "first": {"runId": others[0], "regressionId": test} if others else None,
            "latest": {"runId": others[-1], "regressionId": test} if others else None,
        }

    def is_only_here(self, test: int, head: int) -> bool:
        run = self.runs[head]
        others = [self.runs[id_] for id_ in self.with_the_same_failure(test, head, 200)]
        return bool(self.fails(test, head)) and all(
            run.trigger == other.trigger == "pr" and run.pull_request == other.pull_request
            for other in others
        )

    def sample_status(self, test: int, run: int) -> str | None:
        """The status of a result; None without one."""
        if test not in self.runs[run].exit_codes:
            return None
        failure = dict(self.fails(test, run))
        if "missing" in failure.values():
            return "MISSING_OUTPUT"
        return "FAIL" if failure else "PASS"

    def run_status(self, id_: int) -> str:
        run = self.runs[id_]
        if run.state is None:
            return "QUEUED"
        if run.state in ("preparation", "testing"):
            return "RUNNING"
        if run.state == "canceled":
            return "CANCELED"
        if run.state != "completed":
            return "INCOMPLETE"
        if not run.exit_codes:
            return "ERROR"
        if any(self.fails(test, id_) for test in run.exit_codes):
            return "FAIL"
        return "INCOMPLETE" if run.samples() - run.exit_codes.keys() else "PASS"

    def revision(self, id_: int) -> list[int]:
        """The runs of the same fork, commit and pull request, the newest first."""
        key = self.runs[id_].revision_key()
        return sorted(
            (o for o, run in self.runs.items() if run.revision_key() == key), reverse=True
        )

    def latest_of_revision(self, id_: int) -> dict[str, int]:
        """The latest run of a revision on each platform."""
        runs = sorted(self.revision(id_))
        return dict(sorted({self.runs[each].platform: each for each in runs}.items()))

    def revision_status(self, id_: int) -> str:
        order = ["FAIL", "ERROR", "INCOMPLETE", "CANCELED", "RUNNING", "QUEUED", "PASS"]
        statuses = {self.run_status(run) for run in self.latest_of_revision(id_).values()}
        return next(status for status in order if status in statuses)

    def platform_differences(self, id_: int) -> dict[int, list[int]]:
        """The runs with a result of each test that does not end alike in all of them."""
        differences = {}
        for test in TESTS:
            runs = [
                run
                for run in self.latest_of_revision(id_).values()
                if test in self.runs[run].exit_codes
            ]
            if len({self.kind(test, run) for run in runs}) > 1:
                differences[test] = runs
        return differences

    def kind(self, test: int, head: int) -> str | None:
        failure = self.fails(test, head)
        if not failure:
            return None
        wrong = dict(failure)
        for kind, codes in CODES.items():
            if wrong.get("exit") in codes:
                return kind
        if "missing" in wrong.values():
            return "MISSING_OUTPUT"
        return "EXIT_CODE_MISMATCH" if "exit" in wrong else "OUTPUT_DIFF"

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


WRONG_CODES = [1, None, *(code for codes in CODES.values() for code in codes if code < 2**31)]
STATES = [
    [],
    ["preparation"],
    ["testing"],
    ["testing", "canceled"],
    ["testing", "Completed"],
    *([["testing", "completed"]] * 9),
]


@dataclass
class Result:
    """A result of a test, and the output files that it reports."""

    exit_codes: tuple[int | None, int | None]
    got: dict[int, str | None]


def outputs_of(test: int) -> list[int]:
    return [output for output, its_test in TEST_OF_OUTPUT.items() if its_test == test]


def random_result(random: Random, test: int) -> Result:
    got = {
        output: random.choice([None, None, "", BASELINE, VARIANT, DIFFERENT, "a,b:c"])
        for output in outputs_of(test)
        if random.randrange(6)
    }
    if random.randrange(8) == 0:
        got[-1] = "error"
    code = random.choice([0, 0, 0, *WRONG_CODES])
    return Result((code, random.choice([0, 0, 0, 139, None])), got)


def random_run(random: Random, usual_failures: dict[int, Result]) -> Run:
    trigger = random.choice(["commit", "commit", "pr"])
    passes = {test: Result((0, 0), dict.fromkeys(outputs_of(test))) for test in TESTS}
    results = {
        test: random.choice(
            [passes[test]] * 3 + [usual_failures[test]] * 3 + [random_result(random, test)]
        )
        for test in TESTS
    }
    return Run(
        platform=random.choice(["linux"] * 5 + ["windows"]),
        trigger=trigger,
        fork=random.choice([MAIN] * 6 + [OTHER_NAME_OF_MAIN, ANOTHER, None]),
        branch=random.choice(["master", "master", "master", "fix"]),
        pull_request=random.choice([1, 1, 2]) if trigger == "pr" else 0,
        commit=random.choice(["a" * 40, "b" * 40]),
        states=random.choice(STATES),
        customized=set(random.sample(TESTS, random.choice([0, 0, 2, 4]))),
        # A file can be there before its result is.
        exit_codes={
            test: results[test].exit_codes
            for test in random.sample(TESTS, random.choice([0, 1, 3, 4, 4, 4]))
        },
        got={
            (test, output): got
            for test, result in results.items()
            for output, got in result.got.items()
        },
    )


def random_world(seed: int) -> World:
    # Drawn evenly, unlike what Hypothesis draws, so that runs have much in common.
    random = Random(seed)
    usual_failures = {test: random_result(random, test) for test in TESTS}
    runs = [random_run(random, usual_failures) for _ in range(random.randint(1, 12))]
    return World(dict(enumerate(runs, 1)), variants=random.choice([set(), {VARIANT}]))


worlds = st.integers(0, 2**32).map(random_world)


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
            {"test_id": id_, "status": state, "timestamp": world.started_at(id_), "message": ""}
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
            {
                "test_id": id_,
                "regression_test_id": test,
                "exit_code": code,
                "expected_rc": wanted,
                "runtime": world.stored_runtime(test, id_),
            }
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
