"""Every status, however it is asked for, is what the platform's rules say.

The rules are restated here in plain Python and compared with the gateway over random small
databases. Change a rule here too when you change it there.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from gql.database import tables
from tests.support.gateway import Client
from tests.support.platform import Platform
from tests.support.rows import BASELINE, DIFFERENT, TIMESTAMP, VARIANT

pytestmark = pytest.mark.quick

RUN, OTHER_RUN = 1, 2
FAILURES = ("FAIL", "MISSING_OUTPUT")
RUN_STATUSES = ["QUEUED", "RUNNING", "PASS", "FAIL", "CANCELED", "ERROR", "INCOMPLETE"]
STATUSES = ["PASS", "FAIL", "MISSING_OUTPUT", "SKIPPED", "RUNNING", "NOT_STARTED"]


def listed(ids: set[int]) -> str:
    return ", ".join(map(str, sorted(ids)))


def named(exit_code: int | None) -> str:
    return "none" if exit_code is None else str(exit_code)


@dataclass
class Output:
    ignore: bool | None
    correct: str | None
    variants: list[str]


@dataclass
class World:
    """A run, what it is tested against, and what was reported."""

    states: list[str]
    active: dict[int, bool | None]
    outputs: dict[int, tuple[int, Output]]
    customized: list[int | None]
    results: dict[int, tuple[int | None, int | None]]
    files: dict[tuple[int, int], tuple[str | None, str | None]] = field(default_factory=dict)

    # The rules, restated.

    @property
    def state(self) -> str | None:
        return self.states[-1] if self.states else None

    def samples(self) -> list[int]:
        if self.customized:
            chosen = {test for test in self.customized if test is not None}
        elif self.state not in ("completed", "canceled"):
            chosen = {test for test, is_active in self.active.items() if is_active}
        else:
            chosen = set()
        return sorted(chosen | set(self.results))

    def is_accepted(self, output: int, expected: str | None, got: str | None) -> bool:
        variants = self.outputs[output][1].variants
        return not got or got == expected or got in variants

    def is_accepted_today(self, output: int, expected: str | None, got: str | None) -> bool:
        definition = self.outputs[output][1]
        return (got or expected) in (definition.correct, *definition.variants)

    def status_today(self, test: int) -> str:
        return self.sample_status(test, self.is_accepted_today)

    def sample_status(self, test: int, is_accepted: Any = None) -> str:
        is_accepted = is_accepted or self.is_accepted
        if test not in self.results:
            if self.state in (None, "preparation"):
                return "NOT_STARTED"
            return "RUNNING" if self.state == "testing" else "SKIPPED"
        files = {o: file for (t, o), file in self.files.items() if t == test}
        for output, (its_test, definition) in self.outputs.items():
            if its_test == test and not definition.ignore and output not in files:
                return "MISSING_OUTPUT"
        if files.pop(-1, (None, None))[1] == "error":
            return "MISSING_OUTPUT"
        exit_code, expected_rc = self.results[test]
        if exit_code != expected_rc:
            return "FAIL"
        if any(not is_accepted(output, *file) for output, file in files.items()):
            return "FAIL"
        return "PASS"

    def output_statuses(self, test: int) -> dict[int, str]:
        statuses = {}
        for (its_test, output), (expected, got) in self.files.items():
            if its_test == test and output >= 1:
                accepted = self.is_accepted(output, expected, got)
                statuses[output] = "MATCH" if accepted else "DIFF_MISMATCH"
                if not expected:
                    statuses[output] = "MISSING_EXPECTED"
        if test in self.results:
            for output, (its_test, definition) in self.outputs.items():
                if its_test == test and not definition.ignore and output not in statuses:
                    has_baseline = bool(definition.correct)
                    statuses[output] = "MISSING_OUTPUT" if has_baseline else "MISSING_EXPECTED"
        return dict(sorted(statuses.items()))

    def message(self, test: int) -> str | None:
        status = self.sample_status(test)
        if status == "SKIPPED":
            return {
                "canceled": "Run canceled: no space left",
                "completed": "The run completed without a result of this test.",
            }.get(
                self.state or "",
                f"The run has no result of this test and is in an unknown state: {self.state}",
            )
        sentences = []
        if found := self.wrong_exit_code(test):
            sentences.append(f"Exit code {found}, expected {named(self.results[test][1])}.")
        if missing := self.missing(test):
            expected = {o for o in self.reported(test) if not self.outputs[o][1].ignore} | missing
            sentences.append(
                f"{len(missing)} of {len(expected)} expected outputs missing: {listed(missing)}."
            )
        elif status == "MISSING_OUTPUT":
            sentences.append("An expected output was reported as missing.")
        if differing := self.differing(test):
            verb = "output differs" if len(differing) == 1 else "outputs differ"
            sentences.append(
                f"{len(differing)} {verb} from every accepted baseline: {listed(differing)}."
            )
        return " ".join(sentences) if status in FAILURES else None

    def wrong_exit_code(self, test: int) -> str | None:
        exit_code, expected_rc = self.results.get(test, (0, 0))
        return None if exit_code == expected_rc else named(exit_code)

    def reported(self, test: int) -> dict[int, tuple[str | None, str | None]]:
        return {o: file for (t, o), file in self.files.items() if t == test and o >= 1}

    def missing(self, test: int) -> set[int]:
        counting = {o for o, (its, each) in self.outputs.items() if its == test and not each.ignore}
        return counting - set(self.reported(test))

    def differing(self, test: int) -> set[int]:
        return {o for o, file in self.reported(test).items() if not self.is_accepted(o, *file)}

    def run_status(self) -> str:
        if self.state is None:
            return "QUEUED"
        if self.state in ("preparation", "testing"):
            return "RUNNING"
        if self.state == "canceled":
            return "CANCELED"
        if self.state != "completed":
            return "INCOMPLETE"
        if not self.results:
            return "ERROR"
        statuses = {self.sample_status(test) for test in self.samples()}
        if statuses & set(FAILURES):
            return "FAIL"
        return "INCOMPLETE" if "SKIPPED" in statuses else "PASS"


hashes = st.sampled_from([None, "", BASELINE, VARIANT, DIFFERENT, "error"])
exit_codes = st.sampled_from([None, 0, 1])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    tests = list(range(1, draw(st.integers(0, 3)) + 1))
    outputs: dict[int, tuple[int, Output]] = {}
    for test in tests:
        for _ in range(draw(st.integers(0, 2))):
            outputs[len(outputs) + 1] = (
                test,
                Output(
                    ignore=draw(st.sampled_from([None, False, False, True])),
                    correct=draw(st.sampled_from([None, "", BASELINE, BASELINE])),
                    variants=draw(st.lists(st.sampled_from([VARIANT, DIFFERENT]), max_size=2)),
                ),
            )
    world = World(
        states=draw(
            st.lists(
                st.sampled_from(["preparation", "testing", "completed", "canceled", "unheard-of"]),
                max_size=3,
            )
        ),
        active={test: draw(st.sampled_from([None, False, True, True])) for test in tests},
        outputs=outputs,
        customized=draw(st.lists(st.sampled_from([None, *tests]), max_size=3)),
        results={
            test: (draw(exit_codes), draw(exit_codes)) for test in tests if draw(st.booleans())
        },
    )
    for test in tests:
        for output in outputs:
            is_likely = outputs[output][0] == test or draw(st.integers(0, 9)) == 0
            if is_likely and draw(st.booleans()):
                world.files[test, output] = (draw(hashes), draw(hashes))
        if draw(st.integers(0, 9)) == 0:
            world.files[test, -1] = ("", draw(st.sampled_from(["error", DIFFERENT])))
    return world


async def write(platform: Platform, world: World) -> None:
    rows: dict[type[tables.Base], list[dict[str, Any]]] = {
        tables.Test: [
            {
                "id": run,
                "platform": "linux",
                "test_type": "commit",
                "branch": "",
                "commit": "",
                "pr_nr": 0,
            }
            for run in (RUN, OTHER_RUN)
        ],
        tables.TestProgress: [
            {"test_id": RUN, "status": state, "timestamp": TIMESTAMP, "message": "no space left"}
            for state in world.states
        ],
        tables.RegressionTest: [
            {"id": test, "command": "", "active": is_active}
            for test, is_active in world.active.items()
        ],
        tables.RegressionTestOutput: [
            # What the dummy row refers to, where keys are enforced.
            {
                "id": -1,
                "regression_id": None,
                "correct": "",
                "ignore": None,
                "correct_extension": "",
            }
        ]
        + [
            {
                "id": id,
                "regression_id": test,
                "correct": output.correct,
                "ignore": output.ignore,
                "correct_extension": "",
            }
            for id, (test, output) in world.outputs.items()
        ],
        tables.RegressionTestOutputFiles: [
            {"regression_test_output_id": id, "file_hashes": variant}
            for id, (_, output) in world.outputs.items()
            for variant in output.variants
        ],
        tables.CustomizedTest: [
            {"test_id": RUN, "regression_id": test} for test in world.customized
        ],
        tables.TestResult: [
            {"test_id": RUN, "regression_test_id": test, "exit_code": got, "expected_rc": wanted}
            for test, (got, wanted) in world.results.items()
        ]
        # What another run has must not show in this one.
        + [{"test_id": OTHER_RUN, "regression_test_id": test} for test in world.active],
        tables.TestResultFile: [
            {
                "test_id": RUN,
                "regression_test_id": test,
                "regression_test_output_id": output,
                "expected": expected,
                "got": got,
            }
            for (test, output), (expected, got) in world.files.items()
        ],
    }
    async with platform.writer.begin() as connection:
        for table in reversed(rows):
            await connection.execute(delete(table))
        for table, its_rows in rows.items():
            for row in its_rows:
                await connection.execute(insert(table).values(**row))


QUERY = """
query ($run: Int!, $status: [SampleStatus!], $runStatus: [RunStatus!]) {
  runs(filter: {statuses: $runStatus}) { nodes { id } }
  run(id: $run) {
    filtered: samples(first: 500, filter: {statuses: $status}) {
      totalCount
      nodes { regressionId }
    }
    status
    summary { total pass fail missingOutput skipped running notStarted }
    more: summary { passToday byFailureKind { kind count } }
    samples(first: 500) {
      totalCount
      nodes {
        regressionId status statusToday resultMessage failureFingerprint failureKind
        outputs { outputId status acceptedToday }
      }
    }
  }
}
"""


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    world=worlds(),
    wanted=st.sets(st.sampled_from(STATUSES)),
    wanted_runs=st.sets(st.sampled_from(RUN_STATUSES)),
)
async def test_every_status_follows_the_rules(
    world: World, wanted: set[str], wanted_runs: set[str], platform: Platform, gateway: Client
) -> None:
    await write(platform, world)
    variables = {"status": list(wanted), "runStatus": list(wanted_runs)}
    data = await gateway.ask(QUERY, run=RUN, **variables)
    run = data["run"]

    expected = {test: world.sample_status(test) for test in world.samples()}
    assert {s["regressionId"]: s["status"] for s in run["samples"]["nodes"]} == expected
    assert run["samples"]["totalCount"] == run["summary"]["total"] == len(expected)

    with_wanted_status = [test for test, status in expected.items() if status in wanted]
    assert [s["regressionId"] for s in run["filtered"]["nodes"]] == with_wanted_status
    assert run["filtered"]["totalCount"] == len(with_wanted_status)

    counts = Counter(expected.values())
    summary = {name: count for name, count in run["summary"].items() if name != "total"}
    assert summary == {
        "pass": counts["PASS"],
        "fail": counts["FAIL"],
        "missingOutput": counts["MISSING_OUTPUT"],
        "skipped": counts["SKIPPED"],
        "running": counts["RUNNING"],
        "notStarted": counts["NOT_STARTED"],
    }
    assert run["more"]["passToday"] == sum(world.status_today(test) == "PASS" for test in expected)
    kinds = Counter(sample["failureKind"] for sample in run["samples"]["nodes"])
    del kinds[None]
    of_kinds = run["more"]["byFailureKind"]
    assert {row["kind"]: row["count"] for row in of_kinds} == kinds
    assert run["status"] == world.run_status()
    statuses_of_runs = {OTHER_RUN: "QUEUED", RUN: world.run_status()}
    assert [node["id"] for node in data["runs"]["nodes"]] == [
        id for id, status in statuses_of_runs.items() if status in wanted_runs
    ]

    for sample in run["samples"]["nodes"]:
        test = sample["regressionId"]
        statuses = {output["outputId"]: output["status"] for output in sample["outputs"]}
        assert statuses == world.output_statuses(test)
        assert sample["statusToday"] == world.status_today(test)
        assert {o["outputId"]: o["acceptedToday"] for o in sample["outputs"]} == {
            output: world.is_accepted_today(output, *file)
            if (file := world.files.get((test, output)))
            else None
            for output in statuses
        }
        assert sample["resultMessage"] == world.message(test)
        assert bool(sample["failureFingerprint"]) is (expected[test] in FAILURES)

        document = (await gateway.sample(RUN, test)).json()
        assert document["status"].upper() == expected[test]
        assert [o["status"].upper() for o in document["outputs"]] == list(statuses.values())
        assert document["result_message"] == sample["resultMessage"]
