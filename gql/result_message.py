"""Why a sample did not pass, in one or a few sentences."""

from collections.abc import Iterable
from typing import Any

from gql.status import FAILURES, SampleStatus

MAX_LENGTH = 500


def result_message(sample: Any, outputs: Iterable[Any], run: Any) -> str | None:
    """The message of a sample, given its outputs and its run; None where there is nothing to say.

    Every reason that holds is named, with ids and numbers, in at most 500 characters.
    """
    if sample.status is SampleStatus.SKIPPED:
        return _shorten(_why_skipped(run))
    if sample.status in FAILURES:
        return _shorten(" ".join(_why_failed(sample, list(outputs))))
    return None


def _why_skipped(run: Any) -> str:
    if run.state == "canceled":
        return f"Run canceled: {run.last_message}"
    if run.state == "completed":
        return "The run completed without a result of this test."
    return f"The run has no result of this test and is in an unknown state: {run.state}"


def _why_failed(sample: Any, outputs: list[Any]) -> Iterable[str]:
    if sample.exit_code != sample.expected_exit_code:
        exit_codes = map(_or_none, (sample.exit_code, sample.expected_exit_code))
        yield "Exit code {}, expected {}.".format(*exit_codes)
    if sample.status is SampleStatus.MISSING_OUTPUT:
        missing = [output.output_id for output in outputs if not output.is_reported]
        expected = sum(not output.ignored for output in outputs)
        yield (
            f"{len(missing)} of {expected} expected outputs missing: {_listed(missing)}."
            if missing
            else "An expected output was reported as missing."
        )
    differing = [
        output.output_id for output in outputs if not output.is_accepted and output.is_reported
    ]
    if differing:
        verb = "output differs" if len(differing) == 1 else "outputs differ"
        yield f"{len(differing)} {verb} from every accepted baseline: {_listed(differing)}."


def _or_none(exit_code: int | None) -> str:
    return "none" if exit_code is None else str(exit_code)


def _listed(ids: Iterable[int]) -> str:
    return ", ".join(map(str, ids))


def _shorten(message: str) -> str:
    return message if len(message) <= MAX_LENGTH else message[: MAX_LENGTH - 1] + "…"
