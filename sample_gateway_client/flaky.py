from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import SampleStatus


class Flaky(BaseModel):
    insights: Optional["FlakyInsights"]


class FlakyInsights(BaseModel):
    tests: Optional["FlakyInsightsTests"]


class FlakyInsightsTests(BaseModel):
    nodes: list["FlakyInsightsTestsNodes"]


class FlakyInsightsTestsNodes(BaseModel):
    is_flaky: bool = Field(alias="isFlaky")
    results: int
    failures: int
    status_changes: int = Field(alias="statusChanges")
    statuses: list[SampleStatus | None]


Flaky.model_rebuild()
FlakyInsights.model_rebuild()
FlakyInsightsTests.model_rebuild()
