from datetime import datetime
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import SampleStatus


class Unstable(BaseModel):
    insights: Optional["UnstableInsights"]


class UnstableInsights(BaseModel):
    runs: list["UnstableInsightsRuns"]
    flaky: Optional["UnstableInsightsFlaky"]
    fails_now: Optional["UnstableInsightsFailsNow"] = Field(alias="failsNow")
    slower: Optional["UnstableInsightsSlower"]
    points: list["UnstableInsightsPoints"]


class UnstableInsightsRuns(BaseModel):
    id: int
    started_at: datetime | None = Field(alias="startedAt")


class UnstableInsightsFlaky(BaseModel):
    nodes: list["UnstableInsightsFlakyNodes"]


class UnstableInsightsFlakyNodes(BaseModel):
    regression_test: "UnstableInsightsFlakyNodesRegressionTest" = Field(alias="regressionTest")
    status_changes: int = Field(alias="statusChanges")
    statuses: list[SampleStatus | None]


class UnstableInsightsFlakyNodesRegressionTest(BaseModel):
    id: int
    command: str | None


class UnstableInsightsFailsNow(BaseModel):
    total_count: int | None = Field(alias="totalCount")
    nodes: list["UnstableInsightsFailsNowNodes"]


class UnstableInsightsFailsNowNodes(BaseModel):
    regression_test: "UnstableInsightsFailsNowNodesRegressionTest" = Field(alias="regressionTest")
    failing_since: Optional["UnstableInsightsFailsNowNodesFailingSince"] = Field(
        alias="failingSince"
    )
    last_pass: Optional["UnstableInsightsFailsNowNodesLastPass"] = Field(alias="lastPass")
    pass_rate: float | None = Field(alias="passRate")


class UnstableInsightsFailsNowNodesRegressionTest(BaseModel):
    id: int


class UnstableInsightsFailsNowNodesFailingSince(BaseModel):
    id: int
    started_at: datetime | None = Field(alias="startedAt")


class UnstableInsightsFailsNowNodesLastPass(BaseModel):
    id: int


class UnstableInsightsSlower(BaseModel):
    nodes: list["UnstableInsightsSlowerNodes"]


class UnstableInsightsSlowerNodes(BaseModel):
    regression_test: "UnstableInsightsSlowerNodesRegressionTest" = Field(alias="regressionTest")
    runtime_ms: Optional["UnstableInsightsSlowerNodesRuntimeMs"] = Field(alias="runtimeMs")


class UnstableInsightsSlowerNodesRegressionTest(BaseModel):
    id: int


class UnstableInsightsSlowerNodesRuntimeMs(BaseModel):
    p_50: int = Field(alias="p50")
    p_95: int = Field(alias="p95")
    slowdown: float | None


class UnstableInsightsPoints(BaseModel):
    started_at: datetime | None = Field(alias="startedAt")
    pass_rate: float | None = Field(alias="passRate")
    failures: int


Unstable.model_rebuild()
UnstableInsights.model_rebuild()
UnstableInsightsFlaky.model_rebuild()
UnstableInsightsFlakyNodes.model_rebuild()
UnstableInsightsFailsNow.model_rebuild()
UnstableInsightsFailsNowNodes.model_rebuild()
UnstableInsightsSlower.model_rebuild()
UnstableInsightsSlowerNodes.model_rebuild()
