from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import Platform


class Failures(BaseModel):
    regression_test: Optional["FailuresRegressionTest"] = Field(alias="regressionTest")


class FailuresRegressionTest(BaseModel):
    history: Optional["FailuresRegressionTestHistory"]


class FailuresRegressionTestHistory(BaseModel):
    nodes: list["FailuresRegressionTestHistoryNodes"]
    page_info: "FailuresRegressionTestHistoryPageInfo" = Field(alias="pageInfo")


class FailuresRegressionTestHistoryNodes(BaseModel):
    run: "FailuresRegressionTestHistoryNodesRun"
    result_message: str | None = Field(alias="resultMessage")


class FailuresRegressionTestHistoryNodesRun(BaseModel):
    id: int
    platform: Platform | None
    commit: str | None


class FailuresRegressionTestHistoryPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: str | None = Field(alias="endCursor")


Failures.model_rebuild()
FailuresRegressionTest.model_rebuild()
FailuresRegressionTestHistory.model_rebuild()
FailuresRegressionTestHistoryNodes.model_rebuild()
