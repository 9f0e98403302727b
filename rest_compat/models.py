"""The documents of the REST API: their attributes and maxima, as the API's reference has them."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from gql.domain.status import OutputStatus, SampleStatus

MAX_CATEGORY = 100
MAX_COMMAND = 500
MAX_TAGS = 50
MAX_TAG = 50
MAX_OUTPUTS = 20
MAX_MESSAGE = 500

_HASH = r"^[a-fA-F0-9]{64}$"

Id = Annotated[int, Field(ge=1)]
Hash = Annotated[str, Field(pattern=_HASH)]


def _promising(*attributes: str) -> ConfigDict:
    """Describes only these attributes as required: more are always sent, no more are promised."""
    return ConfigDict(json_schema_extra={"required": list(attributes)})


class Output(BaseModel):
    model_config = _promising("output_id", "status")

    output_id: Id
    status: OutputStatus
    expected_hash: Hash | None
    actual_hash: Hash | None


class SampleResult(BaseModel):
    """Regression test result details."""

    model_config = _promising("run_id", "sample_id", "regression_id", "status")

    run_id: Id
    sample_id: Id
    regression_id: Id
    category: Annotated[str, Field(max_length=MAX_CATEGORY)] = Field(default_factory=str)
    command: Annotated[str, Field(max_length=MAX_COMMAND)]
    status: SampleStatus = Field(
        description="Computed from TestResult, TestResultFile, expected exit code, and multiple "
        "acceptable baselines. Not a stored column."
    )
    runtime_ms: Annotated[int, Field(ge=0)] | None
    exit_code: int | None
    expected_exit_code: int | None
    result_message: Annotated[str, Field(max_length=MAX_MESSAGE)] | None
    tags: Annotated[list[Annotated[str, Field(max_length=MAX_TAG)]], Field(max_length=MAX_TAGS)]
    outputs: Annotated[list[Output], Field(max_length=MAX_OUTPUTS)] = Field(
        description="One entry per expected output file. got=null in the DB means output matched "
        "expected; no actual file is stored. The dummy (-1,-1,-1,'','error') row is translated to "
        "status=missing_output and is never exposed here."
    )


class Error(BaseModel):
    code: str = Field(max_length=100, description="Machine-readable error code (snake_case)")
    message: str = Field(max_length=MAX_MESSAGE, description="Human-readable error summary")
    details: dict[str, Any] = Field(
        description="Structured context for the error. Always an object, never null. Empty "
        "object {} when no additional detail is available."
    )
