from datetime import datetime
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import FailureKind, SampleStatus


class Since(BaseModel):
    insights: Optional["SinceInsights"]
    regression_test: Optional["SinceRegressionTest"] = Field(alias="regressionTest")


class SinceInsights(BaseModel):
    tests: Optional["SinceInsightsTests"]


class SinceInsightsTests(BaseModel):
    nodes: list["SinceInsightsTestsNodes"]


class SinceInsightsTestsNodes(BaseModel):
    results: int
    failures: int
    failing_since: Optional["SinceInsightsTestsNodesFailingSince"] = Field(alias="failingSince")
    last_pass: Optional["SinceInsightsTestsNodesLastPass"] = Field(alias="lastPass")


class SinceInsightsTestsNodesFailingSince(BaseModel):
    id: int
    commit: str | None
    started_at: datetime | None = Field(alias="startedAt")


class SinceInsightsTestsNodesLastPass(BaseModel):
    id: int


class SinceRegressionTest(BaseModel):
    history: Optional["SinceRegressionTestHistory"]


class SinceRegressionTestHistory(BaseModel):
    nodes: list["SinceRegressionTestHistoryNodes"]


class SinceRegressionTestHistoryNodes(BaseModel):
    run_id: int = Field(alias="runId")
    status: SampleStatus
    failure_kind: FailureKind | None = Field(alias="failureKind")
    failure_fingerprint: str | None = Field(alias="failureFingerprint")


Since.model_rebuild()
SinceInsights.model_rebuild()
SinceInsightsTests.model_rebuild()
SinceInsightsTestsNodes.model_rebuild()
SinceRegressionTest.model_rebuild()
SinceRegressionTestHistory.model_rebuild()
