from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import OutputStatus


class Differs(BaseModel):
    sample: Optional["DiffersSample"]


class DiffersSample(BaseModel):
    result_message: str | None = Field(alias="resultMessage")
    outputs: list["DiffersSampleOutputs"]


class DiffersSampleOutputs(BaseModel):
    output_id: int = Field(alias="outputId")
    status: OutputStatus
    filename: str | None
    expected_hash: str | None = Field(alias="expectedHash")
    actual_hash: str | None = Field(alias="actualHash")
    accepted_variants: list[str] = Field(alias="acceptedVariants")
    matched_variant: str | None = Field(alias="matchedVariant")


Differs.model_rebuild()
DiffersSample.model_rebuild()
