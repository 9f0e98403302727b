"""What is remembered of runs is bounded."""

import tracemalloc
from types import SimpleNamespace

import pytest

from gql.loaders.run_lists import MAX_BYTES_OF_OUTCOMES, Catalogue, bytes_of_outcomes

pytestmark = pytest.mark.quick


def run(id: int, tests: int) -> SimpleNamespace:
    """A completed run in which the tests took some time, as lists."""
    results = ",".join(f"{test}:{id + test + 1000}" for test in range(tests))
    return SimpleNamespace(
        id=id, state="completed", is_finished=True, results=results, files=None, customized=None
    )


@pytest.mark.parametrize("tests", [240, 5_000])
def test_remembered_outcomes_take_a_bounded_number_of_bytes(tests: int) -> None:
    catalogue = Catalogue(frozenset(map(str, range(tests))), frozenset(), frozenset())
    remembered = MAX_BYTES_OF_OUTCOMES // bytes_of_outcomes(catalogue.outcomes(run(0, tests)))
    tracemalloc.start()
    try:
        for id in range(2 * remembered):
            catalogue.outcomes(run(id, tests))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert taken < 1.5 * MAX_BYTES_OF_OUTCOMES


def test_outcomes_that_are_too_large_to_remember_are_given() -> None:
    tests = MAX_BYTES_OF_OUTCOMES // 100
    catalogue = Catalogue(frozenset(map(str, range(tests))), frozenset(), frozenset())

    assert len(catalogue.outcomes(run(1, tests)).statuses) == tests
