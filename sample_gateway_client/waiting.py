from datetime import datetime
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import Platform, RunStatus


class Waiting(BaseModel):
    linux: "WaitingLinux"
    windows: "WaitingWindows"
    queue: "WaitingQueue"


class WaitingLinux(BaseModel):
    is_paused: bool | None = Field(alias="isPaused")
    depth: int
    running: int


class WaitingWindows(BaseModel):
    is_paused: bool | None = Field(alias="isPaused")
    depth: int
    running: int


class WaitingQueue(BaseModel):
    runs: Optional["WaitingQueueRuns"]


class WaitingQueueRuns(BaseModel):
    nodes: list["WaitingQueueRunsNodes"]
    page_info: "WaitingQueueRunsPageInfo" = Field(alias="pageInfo")


class WaitingQueueRunsNodes(BaseModel):
    id: int
    platform: Platform | None
    status: RunStatus
    queue_position: int | None = Field(alias="queuePosition")
    estimated_finish: datetime | None = Field(alias="estimatedFinish")
    pull_request: int | None = Field(alias="pullRequest")
    url: str | None


class WaitingQueueRunsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: str | None = Field(alias="endCursor")


Waiting.model_rebuild()
WaitingQueue.model_rebuild()
WaitingQueueRuns.model_rebuild()
