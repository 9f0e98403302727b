"""The states that a run goes through, as its worker or the platform reports them."""

from typing import Final, NamedTuple


class Step(NamedTuple):
    status: str
    message: str


PREPARATION: Final = Step(
    "preparation",
    "Loaded variables, created log file and checking for CCExtractor build artifact",
)
TESTING: Final = Step("testing", "Running tests")
COMPLETED: Final = Step("completed", "Ran all tests")
DUPLICATE: Final = Step("canceled", "Duplicate Entries")


class Course(NamedTuple):
    """How a run went: its steps, and the share of its tests that have a result."""

    steps: tuple[Step, ...]
    share: float = 1
    is_restarted: bool = False


QUEUED: Final = Course((), 0)
PREPARING: Final = Course((PREPARATION,), 0)
WHOLE: Final = Course((PREPARATION, TESTING, COMPLETED))
RESTARTED: Final = Course(WHOLE.steps, is_restarted=True)
DUPLICATED: Final = Course((*WHOLE.steps, DUPLICATE))


def canceled(message: str, share: float) -> Course:
    """The course of a run that was canceled when a share of its tests had a result."""
    begin = (PREPARATION, TESTING) if share else ()
    return Course((*begin, Step("canceled", message)), share)
