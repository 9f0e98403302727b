"""When runs will end: those in progress, and those that wait for a worker."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from gql.database.tables import MAX_ID
from gql.domain.estimate import Execution, Experience, finish_of_waiting
from gql.loaders.base import Loader, Scope
from gql.loaders.execution import (
    ExecutionByRunIdLoader,
    PastRunIdsLoader,
    UnfinishedRunsByPlatformLoader,
)
from gql.loaders.maintenance import AveragesByPlatformLoader, IsPausedByPlatformLoader
from gql.pacing import pause

MAX_WAITING = 100
"""A run has an estimate if it is one of the first so many of its queue."""

_MAX_IN_PROGRESS = 50

_Queue = tuple[list[int], list[int]]


class EstimatedFinishByRunIdLoader(Loader[int, datetime | None]):
    """Loads when a run will be completed; None if it has ended, and if nothing is known.

    A run in progress takes as long as the completed runs before it. A run that waits takes as long
    as the newest ones, and begins when workers have taken up all before it.
    """

    scope = Scope.ALL_RUNS

    async def read(self, keys: list[int]) -> dict[int, datetime | None]:
        executions = ExecutionByRunIdLoader(self.snapshot)
        asked = _found(await executions.load_many(keys))
        queues = await self._queues({run.platform for run in asked if run.state is None})
        of_queues = [run_id for queue in queues.values() for ids in queue for run_id in ids]
        runs = {run.run_id: run for run in [*asked, *_found(await executions.load_many(of_queues))]}

        in_progress = {
            run_id: (run.platform, run_id)
            for run_id, run in runs.items()
            if run.state in {"preparation", "testing"}
        }
        experience = await self._experience(
            {*in_progress.values(), *((platform, MAX_ID) for platform in queues)}, executions
        )
        finish = {
            run_id: experience[key].finish(runs[run_id]) for run_id, key in in_progress.items()
        }

        now = datetime.now(UTC).replace(microsecond=0)
        for platform, (running, waiting) in queues.items():
            by_newest = experience[platform, MAX_ID]
            busy_until = [
                at
                for run_id in running
                if (at := finish.get(run_id))
                and not _is_lost(at, by_newest.seconds(runs[run_id]), now)
            ]
            seconds = [by_newest.seconds(runs[run_id]) for run_id in waiting]
            finish |= zip(waiting, finish_of_waiting(seconds, busy_until, now), strict=True)
        return {key: finish.get(key) for key in keys}

    async def _queues(self, platforms: Collection[str]) -> dict[str, _Queue]:
        """The runs in progress and those that wait, of each platform whose queue is not paused."""
        if not platforms:
            return {}
        paused = await IsPausedByPlatformLoader(self.snapshot).load_many(platforms)
        active = [each for each, is_paused in zip(platforms, paused, strict=True) if not is_paused]
        queues = await UnfinishedRunsByPlatformLoader(self.snapshot).load_many(active)
        return {
            platform: (running[-_MAX_IN_PROGRESS:], waiting[:MAX_WAITING])
            for platform, (running, waiting) in zip(active, queues, strict=True)
        }

    async def _experience(
        self, keys: Collection[tuple[str, int]], executions: ExecutionByRunIdLoader
    ) -> dict[tuple[str, int], Experience]:
        """The experience of the completed runs on a platform before a run's id."""
        past_ids = await PastRunIdsLoader(self.snapshot).load_many(keys)
        await executions.load_many({run_id for ids in past_ids for run_id in ids})
        averages = AveragesByPlatformLoader(self.snapshot)
        experience = {}
        for key, ids in zip(keys, past_ids, strict=True):
            await pause()
            past = _found(await executions.load_many(ids))
            experience[key] = Experience(past, await averages.load(key[0]))
        return experience


def _found(runs: Iterable[Execution | None]) -> list[Execution]:
    return [run for run in runs if run is not None]


def _is_lost(finish: datetime, seconds: float | None, now: datetime) -> bool:
    """Whether a run takes so much longer than usual that its worker has likely died."""
    return finish + timedelta(seconds=seconds or 0) < now
