from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import Platform, RunStatus


class PullRequest(BaseModel):
    runs: Optional["PullRequestRuns"]


class PullRequestRuns(BaseModel):
    nodes: list["PullRequestRunsNodes"]
    page_info: "PullRequestRunsPageInfo" = Field(alias="pageInfo")


class PullRequestRunsNodes(BaseModel):
    id: int
    platform: Platform | None
    status: RunStatus
    url: str | None
    commit: str | None


class PullRequestRunsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: str | None = Field(alias="endCursor")


PullRequest.model_rebuild()
PullRequestRuns.model_rebuild()
