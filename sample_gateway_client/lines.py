from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import DiffStatus


class Lines(BaseModel):
    sample: Optional["LinesSample"]


class LinesSample(BaseModel):
    outputs: list["LinesSampleOutputs"]


class LinesSampleOutputs(BaseModel):
    diff: Optional["LinesSampleOutputsDiff"]
    expected: Optional["LinesSampleOutputsExpected"]
    actual: Optional["LinesSampleOutputsActual"]


class LinesSampleOutputsDiff(BaseModel):
    status: DiffStatus
    added_lines: int = Field(alias="addedLines")
    removed_lines: int = Field(alias="removedLines")
    unified: str


class LinesSampleOutputsExpected(BaseModel):
    encoding: str | None
    size: int | None
    download_url: str | None = Field(alias="downloadUrl")


class LinesSampleOutputsActual(BaseModel):
    encoding: str | None
    size: int | None
    download_url: str | None = Field(alias="downloadUrl")


Lines.model_rebuild()
LinesSample.model_rebuild()
LinesSampleOutputs.model_rebuild()
