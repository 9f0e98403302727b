"""Why a run is the base of a comparison, how old it is and what it covers, in a sentence."""

from datetime import timedelta

from gql.database.tables import RunTrigger
from gql.domain.base_selection import ENOUGH_PERCENT, MAX_CANDIDATES, BaseSelection
from gql.domain.github import MAIN_BRANCH, MAIN_REPOSITORY_NAME
from gql.loaders.base_run import PickedBase
from gql.loaders.run import RunRow


def reason_of_named_base(head: RunRow, base: RunRow, *, covered: int, samples: int) -> str:
    """The sentence for a base that the client named."""
    covers = f"it covers {covered} of {samples} tests of the head"
    return f"You named run {base.id} in the query: {covers}{_age(head, base)}."


def reason_of_picked_base(head: RunRow, base: PickedBase | None, selection: BaseSelection) -> str:
    """The sentence for a base that was picked, or for why none was."""
    runs = f"of {_branch(head)} on {head.platform or 'this platform'}"
    if selection is BaseSelection.BEFORE:
        runs += f" before run {head.id}"
    if base is None:
        return f"There is no completed run with results {runs}."
    share = f"at least {ENOUGH_PERCENT} % of the head's tests"
    if base.covers_enough:
        rule = f"Run {base.run.id} is the newest completed run {runs} that covers {share}"
    else:
        rule = (
            f"Of the newest {MAX_CANDIDATES} completed runs {runs} none covers {share}, and run "
            f"{base.run.id} covers most"
        )
    return f"{rule}: {base.covered} of {base.samples}{_age(head, base.run)}."


def _branch(head: RunRow) -> str:
    if head.trigger is RunTrigger.PULL_REQUEST:
        return f"{MAIN_BRANCH} of {MAIN_REPOSITORY_NAME}"
    return f"{head.branch} of the same fork"


def _age(head: RunRow, base: RunRow) -> str:
    if base.started_at is None:
        return ""
    if head.started_at is None:
        return f"; it started on {base.started_at:%Y-%m-%d}"
    age = head.started_at - base.started_at
    if abs(age) < timedelta(minutes=1):
        return "; both started at the same time"
    return f"; it started {_rounded(abs(age))} {'earlier' if age > timedelta() else 'later'}"


def _rounded(time: timedelta) -> str:
    for unit, seconds in (("day", 86_400), ("hour", 3_600)):
        if time.total_seconds() >= 2 * seconds:
            return f"{round(time.total_seconds() / seconds)} {unit}s"
    minutes = round(time.total_seconds() / 60)
    return f"{minutes} minute{'s' if minutes != 1 else ''}"
