from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import ChangeVerdict, FailureKind, SampleStatus


class Changes(BaseModel):
    run: Optional["ChangesRun"]


class ChangesRun(BaseModel):
    comparison: Optional["ChangesRunComparison"]


class ChangesRunComparison(BaseModel):
    changes: list["ChangesRunComparisonChanges"] | None


class ChangesRunComparisonChanges(BaseModel):
    verdict: ChangeVerdict
    regression_test: "ChangesRunComparisonChangesRegressionTest" = Field(alias="regressionTest")
    head: Optional["ChangesRunComparisonChangesHead"]
    base: Optional["ChangesRunComparisonChangesBase"]


class ChangesRunComparisonChangesRegressionTest(BaseModel):
    id: int
    command: str | None


class ChangesRunComparisonChangesHead(BaseModel):
    status: SampleStatus
    failure_kind: FailureKind | None = Field(alias="failureKind")
    result_message: str | None = Field(alias="resultMessage")


class ChangesRunComparisonChangesBase(BaseModel):
    status: SampleStatus


Changes.model_rebuild()
ChangesRun.model_rebuild()
ChangesRunComparison.model_rebuild()
ChangesRunComparisonChanges.model_rebuild()
