from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import ChangeVerdict, ComparisonWarning, SampleStatus


class Broken(BaseModel):
    run: Optional["BrokenRun"]


class BrokenRun(BaseModel):
    comparison: Optional["BrokenRunComparison"]


class BrokenRunComparison(BaseModel):
    base: Optional["BrokenRunComparisonBase"]
    base_reason: str = Field(alias="baseReason")
    counts: "BrokenRunComparisonCounts"
    coverage: "BrokenRunComparisonCoverage"
    changes: list["BrokenRunComparisonChanges"] | None
    only_here: list["BrokenRunComparisonOnlyHere"] | None = Field(alias="onlyHere")


class BrokenRunComparisonBase(BaseModel):
    id: int


class BrokenRunComparisonCounts(BaseModel):
    broken_here: int = Field(alias="brokenHere")
    fixed_here: int = Field(alias="fixedHere")
    failing_differently: int = Field(alias="failingDifferently")
    failing_identically: int = Field(alias="failingIdentically")
    not_rerun: int = Field(alias="notRerun")
    unchanged_pass: int = Field(alias="unchangedPass")


class BrokenRunComparisonCoverage(BaseModel):
    compared: int
    warnings: list[ComparisonWarning]


class BrokenRunComparisonChanges(BaseModel):
    verdict: ChangeVerdict
    regression_test: "BrokenRunComparisonChangesRegressionTest" = Field(alias="regressionTest")
    head: Optional["BrokenRunComparisonChangesHead"]


class BrokenRunComparisonChangesRegressionTest(BaseModel):
    id: int
    command: str | None


class BrokenRunComparisonChangesHead(BaseModel):
    status: SampleStatus
    result_message: str | None = Field(alias="resultMessage")


class BrokenRunComparisonOnlyHere(BaseModel):
    regression_test: "BrokenRunComparisonOnlyHereRegressionTest" = Field(alias="regressionTest")


class BrokenRunComparisonOnlyHereRegressionTest(BaseModel):
    id: int


Broken.model_rebuild()
BrokenRun.model_rebuild()
BrokenRunComparison.model_rebuild()
BrokenRunComparisonChanges.model_rebuild()
BrokenRunComparisonOnlyHere.model_rebuild()
