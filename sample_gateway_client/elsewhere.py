from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import ChangeVerdict, FailureKind, Triage


class Elsewhere(BaseModel):
    sample: Optional["ElsewhereSample"]


class ElsewhereSample(BaseModel):
    failure_kind: FailureKind | None = Field(alias="failureKind")
    verdict: ChangeVerdict | None
    triage: Triage | None
    occurrences: Optional["ElsewhereSampleOccurrences"]


class ElsewhereSampleOccurrences(BaseModel):
    runs: int
    pull_requests: list[int] = Field(alias="pullRequests")
    on_master: bool = Field(alias="onMaster")
    first: Optional["ElsewhereSampleOccurrencesFirst"]
    latest: Optional["ElsewhereSampleOccurrencesLatest"]


class ElsewhereSampleOccurrencesFirst(BaseModel):
    run_id: int = Field(alias="runId")


class ElsewhereSampleOccurrencesLatest(BaseModel):
    run_id: int = Field(alias="runId")


Elsewhere.model_rebuild()
ElsewhereSample.model_rebuild()
ElsewhereSampleOccurrences.model_rebuild()
