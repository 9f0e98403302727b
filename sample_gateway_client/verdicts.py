from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import ChangeVerdict, ComparisonWarning, RunStatus


class Verdicts(BaseModel):
    run: Optional["VerdictsRun"]


class VerdictsRun(BaseModel):
    status: RunStatus
    page_url: str | None = Field(alias="pageUrl")
    comparison: Optional["VerdictsRunComparison"]


class VerdictsRunComparison(BaseModel):
    base: Optional["VerdictsRunComparisonBase"]
    base_reason: str = Field(alias="baseReason")
    coverage: "VerdictsRunComparisonCoverage"
    changes: list["VerdictsRunComparisonChanges"] | None


class VerdictsRunComparisonBase(BaseModel):
    id: int


class VerdictsRunComparisonCoverage(BaseModel):
    warnings: list[ComparisonWarning]


class VerdictsRunComparisonChanges(BaseModel):
    verdict: ChangeVerdict
    regression_test: "VerdictsRunComparisonChangesRegressionTest" = Field(alias="regressionTest")
    head: Optional["VerdictsRunComparisonChangesHead"]


class VerdictsRunComparisonChangesRegressionTest(BaseModel):
    id: int
    command: str | None


class VerdictsRunComparisonChangesHead(BaseModel):
    result_message: str | None = Field(alias="resultMessage")


Verdicts.model_rebuild()
VerdictsRun.model_rebuild()
VerdictsRunComparison.model_rebuild()
VerdictsRunComparisonChanges.model_rebuild()
