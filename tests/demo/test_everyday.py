"""What fails on master for a while fails in every run of that while."""

import pytest

from gql.demo.everyday import PAIRS_PER_ERA, UNSTEADY_TESTS, Kind, failures_by_chance

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("era", range(20, 26))
def test_failure_of_master_lasts_without_a_gap(era):
    pairs = range(era * PAIRS_PER_ERA, (era + 1) * PAIRS_PER_ERA)
    failing = {pair: steady_failures(2 * pair) for pair in pairs}

    for test in set().union(*failing.values()):
        fails_in = [pair for pair in pairs if test in failing[pair]]
        assert fails_in == list(range(fails_in[0], fails_in[-1] + 1))


def test_failure_of_master_is_the_same_on_both_systems():
    linux, windows = 2 * PAIRS_PER_ERA - 1, 2 * PAIRS_PER_ERA

    assert steady_failures(linux) == steady_failures(windows)


def steady_failures(run_id):
    failures = failures_by_chance(run_id, Kind.MASTER, seed=1)
    return {test: failure for test, failure in failures.items() if test not in UNSTEADY_TESTS}
