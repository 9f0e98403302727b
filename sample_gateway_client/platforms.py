from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import FailureKind, Platform, RunStatus, SampleStatus


class Platforms(BaseModel):
    run: Optional["PlatformsRun"]


class PlatformsRun(BaseModel):
    revision: "PlatformsRunRevision"


class PlatformsRunRevision(BaseModel):
    commit: str
    status: RunStatus
    runs: list["PlatformsRunRevisionRuns"]
    platform_differences: list["PlatformsRunRevisionPlatformDifferences"] = Field(
        alias="platformDifferences"
    )


class PlatformsRunRevisionRuns(BaseModel):
    id: int
    platform: Platform | None
    status: RunStatus


class PlatformsRunRevisionPlatformDifferences(BaseModel):
    regression_test: "PlatformsRunRevisionPlatformDifferencesRegressionTest" = Field(
        alias="regressionTest"
    )
    samples: list["PlatformsRunRevisionPlatformDifferencesSamples"]


class PlatformsRunRevisionPlatformDifferencesRegressionTest(BaseModel):
    id: int
    command: str | None


class PlatformsRunRevisionPlatformDifferencesSamples(BaseModel):
    run: "PlatformsRunRevisionPlatformDifferencesSamplesRun"
    status: SampleStatus
    failure_kind: FailureKind | None = Field(alias="failureKind")


class PlatformsRunRevisionPlatformDifferencesSamplesRun(BaseModel):
    platform: Platform | None


Platforms.model_rebuild()
PlatformsRun.model_rebuild()
PlatformsRunRevision.model_rebuild()
PlatformsRunRevisionPlatformDifferences.model_rebuild()
PlatformsRunRevisionPlatformDifferencesSamples.model_rebuild()
