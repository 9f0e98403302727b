from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import RunStatus


class Report(BaseModel):
    run: Optional["ReportRun"]


class ReportRun(BaseModel):
    status: RunStatus
    duration_seconds: int | None = Field(alias="durationSeconds")
    summary: "ReportRunSummary"


class ReportRunSummary(BaseModel):
    pass_: int = Field(alias="pass")
    total: int
    by_category: list["ReportRunSummaryByCategory"] = Field(alias="byCategory")


class ReportRunSummaryByCategory(BaseModel):
    category: "ReportRunSummaryByCategoryCategory"
    pass_: int = Field(alias="pass")
    total: int


class ReportRunSummaryByCategoryCategory(BaseModel):
    name: str | None


Report.model_rebuild()
ReportRun.model_rebuild()
ReportRunSummary.model_rebuild()
ReportRunSummaryByCategory.model_rebuild()
