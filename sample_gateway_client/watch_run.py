from datetime import datetime

from pydantic import Field

from .base_model import BaseModel
from .enums import RunStatus, SampleStatus


class WatchRun(BaseModel):
    run_progress: "WatchRunRunProgress" = Field(alias="runProgress")


class WatchRunRunProgress(BaseModel):
    completed: int
    total: int
    new_samples: list["WatchRunRunProgressNewSamples"] = Field(alias="newSamples")
    run: "WatchRunRunProgressRun"


class WatchRunRunProgressNewSamples(BaseModel):
    regression_id: int = Field(alias="regressionId")
    status: SampleStatus
    result_message: str | None = Field(alias="resultMessage")


class WatchRunRunProgressRun(BaseModel):
    status: RunStatus
    estimated_finish: datetime | None = Field(alias="estimatedFinish")


WatchRun.model_rebuild()
WatchRunRunProgress.model_rebuild()
