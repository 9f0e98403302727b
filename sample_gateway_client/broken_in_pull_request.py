from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import (
    ChangeVerdict,
    ComparisonWarning,
    FailureKind,
    RunStatus,
    SampleStatus,
)


class BrokenInPullRequest(BaseModel):
    pull_request: Optional["BrokenInPullRequestPullRequest"] = Field(alias="pullRequest")


class BrokenInPullRequestPullRequest(BaseModel):
    url: str
    latest: "BrokenInPullRequestPullRequestLatest"


class BrokenInPullRequestPullRequestLatest(BaseModel):
    commit: str
    status: RunStatus
    run: Optional["BrokenInPullRequestPullRequestLatestRun"]


class BrokenInPullRequestPullRequestLatestRun(BaseModel):
    id: int
    comparison: Optional["BrokenInPullRequestPullRequestLatestRunComparison"]


class BrokenInPullRequestPullRequestLatestRunComparison(BaseModel):
    base: Optional["BrokenInPullRequestPullRequestLatestRunComparisonBase"]
    counts: "BrokenInPullRequestPullRequestLatestRunComparisonCounts"
    coverage: "BrokenInPullRequestPullRequestLatestRunComparisonCoverage"
    only_here: list["BrokenInPullRequestPullRequestLatestRunComparisonOnlyHere"] | None = Field(
        alias="onlyHere"
    )


class BrokenInPullRequestPullRequestLatestRunComparisonBase(BaseModel):
    id: int


class BrokenInPullRequestPullRequestLatestRunComparisonCounts(BaseModel):
    broken_here: int = Field(alias="brokenHere")
    fixed_here: int = Field(alias="fixedHere")
    failing_differently: int = Field(alias="failingDifferently")
    failing_identically: int = Field(alias="failingIdentically")


class BrokenInPullRequestPullRequestLatestRunComparisonCoverage(BaseModel):
    warnings: list[ComparisonWarning]


class BrokenInPullRequestPullRequestLatestRunComparisonOnlyHere(BaseModel):
    verdict: ChangeVerdict
    head: Optional["BrokenInPullRequestPullRequestLatestRunComparisonOnlyHereHead"]


class BrokenInPullRequestPullRequestLatestRunComparisonOnlyHereHead(BaseModel):
    regression_id: int = Field(alias="regressionId")
    status: SampleStatus
    failure_kind: FailureKind | None = Field(alias="failureKind")
    result_message: str | None = Field(alias="resultMessage")


BrokenInPullRequest.model_rebuild()
BrokenInPullRequestPullRequest.model_rebuild()
BrokenInPullRequestPullRequestLatest.model_rebuild()
BrokenInPullRequestPullRequestLatestRun.model_rebuild()
BrokenInPullRequestPullRequestLatestRunComparison.model_rebuild()
BrokenInPullRequestPullRequestLatestRunComparisonOnlyHere.model_rebuild()
