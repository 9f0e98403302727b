from typing import Optional

from .base_model import BaseModel
from .enums import RunStatus


class CurrentStatus(BaseModel):
    run: Optional["CurrentStatusRun"]


class CurrentStatusRun(BaseModel):
    status: RunStatus


CurrentStatus.model_rebuild()
