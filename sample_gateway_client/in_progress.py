from datetime import datetime
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import RunStatus


class InProgress(BaseModel):
    runs: Optional["InProgressRuns"]


class InProgressRuns(BaseModel):
    nodes: list["InProgressRunsNodes"]
    page_info: "InProgressRunsPageInfo" = Field(alias="pageInfo")


class InProgressRunsNodes(BaseModel):
    id: int
    status: RunStatus
    started_at: datetime | None = Field(alias="startedAt")
    estimated_finish: datetime | None = Field(alias="estimatedFinish")
    summary: "InProgressRunsNodesSummary"


class InProgressRunsNodesSummary(BaseModel):
    total: int
    completed: int
    completed_ratio: float = Field(alias="completedRatio")
    fail: int


class InProgressRunsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: str | None = Field(alias="endCursor")


InProgress.model_rebuild()
InProgressRuns.model_rebuild()
InProgressRunsNodes.model_rebuild()
