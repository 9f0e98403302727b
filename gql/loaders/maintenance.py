"""What the platform says of its workers, in tables that it may lack."""

from typing import Any

from sqlalchemy import Select, String, false, func, select, type_coerce

from gql.database.tables import GeneralData, MaintenanceMode
from gql.domain.estimate import Averages, average_of
from gql.loaders.base import Loader, Scope


class IsPausedByPlatformLoader(Loader[str, bool | None]):
    """Loads whether the queue of a platform is paused; None if there is no such table."""

    scope = Scope.ALL_RUNS

    async def read(self, keys: list[str]) -> dict[str, bool | None]:
        rows = await self.snapshot.optional_rows({}, _select_maintenance)
        if rows is None:
            return dict.fromkeys(keys)
        # The platform looks at the first row.
        is_paused = {row.platform: bool(row.is_paused) for row in reversed(rows)}
        return {key: is_paused.get(key, False) for key in keys}


def _select_maintenance() -> Select[*tuple[Any, ...]]:
    return select(
        type_coerce(MaintenanceMode.platform, String).label("platform"),
        func.coalesce(MaintenanceMode.disabled, false()).label("is_paused"),
    ).order_by(MaintenanceMode.id)


class AveragesByPlatformLoader(Loader[str, Averages]):
    """Loads how long the platform's own averages are; there are none without their table."""

    scope = Scope.ALL_RUNS

    async def read(self, keys: list[str]) -> dict[str, Averages]:
        rows = await self.snapshot.optional_rows({}, _select_general_data)
        values = {row.key: average_of(row.value) for row in rows or ()}
        return {
            key: Averages(values.get(f"avg_prep_time_{key}"), values.get(f"average_time_{key}"))
            for key in keys
        }


def _select_general_data() -> Select[*tuple[Any, ...]]:
    return select(GeneralData.key, GeneralData.value)
