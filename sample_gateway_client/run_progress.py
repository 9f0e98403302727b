from pydantic import Field

from .base_model import BaseModel
from .enums import RunStatus


class RunProgress(BaseModel):
    run_progress: "RunProgressRunProgress" = Field(alias="runProgress")


class RunProgressRunProgress(BaseModel):
    completed: int
    total: int
    run: "RunProgressRunProgressRun"


class RunProgressRunProgressRun(BaseModel):
    status: RunStatus


RunProgress.model_rebuild()
RunProgressRunProgress.model_rebuild()
