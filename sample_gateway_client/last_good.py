from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class LastGood(BaseModel):
    regression_test: Optional["LastGoodRegressionTest"] = Field(alias="regressionTest")


class LastGoodRegressionTest(BaseModel):
    last_passed: Optional["LastGoodRegressionTestLastPassed"] = Field(alias="lastPassed")


class LastGoodRegressionTestLastPassed(BaseModel):
    id: int
    commit: str | None
    sample: Optional["LastGoodRegressionTestLastPassedSample"]


class LastGoodRegressionTestLastPassedSample(BaseModel):
    runtime_ms: int | None = Field(alias="runtimeMs")
    exit_code: int | None = Field(alias="exitCode")


LastGood.model_rebuild()
LastGoodRegressionTest.model_rebuild()
LastGoodRegressionTestLastPassed.model_rebuild()
