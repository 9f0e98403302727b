from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class FailsToday(BaseModel):
    runs: Optional["FailsTodayRuns"]


class FailsTodayRuns(BaseModel):
    nodes: list["FailsTodayRunsNodes"]


class FailsTodayRunsNodes(BaseModel):
    id: int
    previous: Optional["FailsTodayRunsNodesPrevious"]
    samples: Optional["FailsTodayRunsNodesSamples"]


class FailsTodayRunsNodesPrevious(BaseModel):
    id: int


class FailsTodayRunsNodesSamples(BaseModel):
    total_count: int | None = Field(alias="totalCount")
    nodes: list["FailsTodayRunsNodesSamplesNodes"]
    page_info: "FailsTodayRunsNodesSamplesPageInfo" = Field(alias="pageInfo")


class FailsTodayRunsNodesSamplesNodes(BaseModel):
    regression_id: int = Field(alias="regressionId")
    category: str | None
    runtime_ms: int | None = Field(alias="runtimeMs")
    result_message: str | None = Field(alias="resultMessage")


class FailsTodayRunsNodesSamplesPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: str | None = Field(alias="endCursor")


FailsToday.model_rebuild()
FailsTodayRuns.model_rebuild()
FailsTodayRunsNodes.model_rebuild()
FailsTodayRunsNodesSamples.model_rebuild()
