"""The platform's tables, under the platform's own names, except that a sample is a `MediaFile`.

The gateway owns none of them and never writes. Columns that hold secrets (`test.token`,
`user.password`, `user.github_token`) are not mapped, so that no statement can select them. Indexes
are those that InnoDB keeps for the keys.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from gql.database.column_types import EnumColumn, ExactText, Sha256
from gql.database.timestamps import UtcDateTime

# Every id is a signed integer of 32 bits.
MAX_ID = 2_147_483_647


class Platform(StrEnum):
    """The system that a run tests on."""

    LINUX = "linux"
    WINDOWS = "windows"


class RunTrigger(StrEnum):
    """What made the platform queue a run."""

    COMMIT = "commit"
    PULL_REQUEST = "pr"


def _id_of(table: str) -> Any:
    return mapped_column(ForeignKey(f"{table}.id"), index=True)


def _key_to(table: str) -> Any:
    return mapped_column(ForeignKey(f"{table}.id"), primary_key=True, index=True)


Id = Annotated[int, mapped_column(primary_key=True)]


class Base(DeclarativeBase):
    """The base of all tables, with the column type of each Python type."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: ExactText,
        datetime: UtcDateTime,
        Platform: EnumColumn(Platform),
        RunTrigger: EnumColumn(RunTrigger),
    }


class Fork(Base):
    """A repository on GitHub, by the URL that it is cloned from."""

    __tablename__ = "fork"

    id: Mapped[Id]
    github: Mapped[str | None] = mapped_column(ExactText(256), unique=True)


class Test(Base):
    """A run of the regression suite."""

    __tablename__ = "test"

    id: Mapped[Id]
    platform: Mapped[Platform]
    test_type: Mapped[RunTrigger]
    fork_id: Mapped[int | None] = _id_of("fork")
    branch: Mapped[str]
    commit: Mapped[str] = mapped_column(ExactText(64))
    pr_nr: Mapped[int]


class TestProgress(Base):
    """A state that a run reached; the newest row has the current one."""

    __tablename__ = "test_progress"

    id: Mapped[Id]
    test_id: Mapped[int | None] = _id_of("test")
    status: Mapped[str] = mapped_column(ExactText(50))
    timestamp: Mapped[datetime]
    message: Mapped[str]


class TestResult(Base):
    """A regression test's result in a run; `runtime` is in milliseconds."""

    __tablename__ = "test_result"

    test_id: Mapped[int] = mapped_column(ForeignKey("test.id"), primary_key=True)
    regression_test_id: Mapped[int] = _key_to("regression_test")
    runtime: Mapped[int | None]
    exit_code: Mapped[int | None]
    expected_rc: Mapped[int | None]


class TestResultFile(Base):
    """An output file that a run produced; `got` is NULL where it equals `expected`."""

    __tablename__ = "test_result_file"

    test_id: Mapped[int] = mapped_column(ForeignKey("test.id"), primary_key=True)
    regression_test_id: Mapped[int] = _key_to("regression_test")
    regression_test_output_id: Mapped[int] = _key_to("regression_test_output")
    expected: Mapped[str | None] = mapped_column(Sha256)
    got: Mapped[str | None] = mapped_column(Sha256)


class RegressionTest(Base):
    """The definition of a test: a command, and the exit code that it should end with."""

    __tablename__ = "regression_test"

    id: Mapped[Id]
    sample_id: Mapped[int | None] = _id_of("sample")
    command: Mapped[str]
    input_type: Mapped[str | None] = mapped_column(ExactText(50))
    output_type: Mapped[str | None] = mapped_column(ExactText(50))
    expected_rc: Mapped[int | None]
    active: Mapped[bool | None]
    last_passed_on_windows: Mapped[int | None] = _id_of("test")
    last_passed_on_linux: Mapped[int | None] = _id_of("test")
    description: Mapped[str | None] = mapped_column(ExactText(1024))


class RegressionTestOutput(Base):
    """An output file that a regression test is expected to produce."""

    __tablename__ = "regression_test_output"

    id: Mapped[Id]
    regression_id: Mapped[int | None] = _id_of("regression_test")
    correct: Mapped[str | None] = mapped_column(Sha256)
    correct_extension: Mapped[str] = mapped_column(ExactText(64))
    expected_filename: Mapped[str | None]
    ignore: Mapped[bool | None]


class RegressionTestOutputFiles(Base):
    """A variant: one more hash that is accepted for an output."""

    __tablename__ = "regression_test_output_files"

    id: Mapped[Id]
    file_hashes: Mapped[str | None] = mapped_column(Sha256)
    regression_test_output_id: Mapped[int | None] = _id_of("regression_test_output")


class Category(Base):
    """A subject that regression tests are grouped by."""

    __tablename__ = "category"

    id: Mapped[Id]
    name: Mapped[str | None] = mapped_column(ExactText(64), unique=True)
    description: Mapped[str]


class RegressionTestCategory(Base):
    """A category of a regression test."""

    __tablename__ = "regression_test_category"

    regression_id: Mapped[int | None] = _id_of("regression_test")
    category_id: Mapped[int | None] = _id_of("category")

    # The table has no primary key; the mapper needs one to be named.
    __mapper_args__ = {"primary_key": [regression_id, category_id]}  # noqa: RUF012


class MediaFile(Base):
    """A media file that regression tests read."""

    __tablename__ = "sample"

    id: Mapped[Id]
    sha: Mapped[str | None] = mapped_column(ExactText(128), unique=True)
    extension: Mapped[str] = mapped_column(ExactText(64))
    original_name: Mapped[str]


class MediaFileExtra(Base):
    """A file that belongs to a media file."""

    __tablename__ = "sample_extra"

    id: Mapped[Id]
    sample_id: Mapped[int | None] = _id_of("sample")
    original_name: Mapped[str]
    extension: Mapped[str] = mapped_column(ExactText(64))


class Tag(Base):
    """A word that media files are found by."""

    __tablename__ = "tag"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(ExactText(64), unique=True)
    description: Mapped[str | None] = mapped_column(ExactText(1024))


class MediaFileTag(Base):
    """A tag of a media file."""

    __tablename__ = "sample_tag_association"

    sample_id: Mapped[int] = mapped_column(ForeignKey("sample.id"), primary_key=True)
    tag_id: Mapped[int] = _key_to("tag")


class CustomizedTest(Base):
    """A test chosen for one run, in place of the whole suite."""

    __tablename__ = "customized_test"

    id: Mapped[Id]
    test_id: Mapped[int | None] = _id_of("test")
    regression_id: Mapped[int | None] = _id_of("regression_test")


class CCExtractorVersion(Base):
    """A release of the extractor."""

    __tablename__ = "ccextractor_version"

    id: Mapped[Id]
    version: Mapped[str | None] = mapped_column(ExactText(10), unique=True)
    released: Mapped[date | None]
    commit: Mapped[str | None] = mapped_column(ExactText(64), unique=True)


class User(Base):
    """A person with an account; only what a token needs is mapped."""

    __tablename__ = "user"

    id: Mapped[Id]
    name: Mapped[str | None] = mapped_column(ExactText(50), unique=True)
    email: Mapped[str | None] = mapped_column(ExactText(255))
    role: Mapped[str | None] = mapped_column(ExactText(50))


class ApiToken(Base):
    """A token, by its hash; `scopes_json` is a list of names of scopes."""

    __tablename__ = "api_token"

    id: Mapped[Id]
    user_id: Mapped[int] = _id_of("user")
    token_name: Mapped[str] = mapped_column(ExactText(50))
    token_hash: Mapped[str] = mapped_column(ExactText(255))
    token_prefix: Mapped[str] = mapped_column(ExactText(16), index=True)
    scopes_json: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Upload(Base):
    """How a media file came to the platform; `user_id` is personal data, which is never served."""

    __tablename__ = "upload"

    id: Mapped[Id]
    user_id: Mapped[int | None] = _id_of("user")
    sample_id: Mapped[int | None] = _id_of("sample")
    version_id: Mapped[int | None] = _id_of("ccextractor_version")
    platform: Mapped[str] = mapped_column(ExactText(50))
    parameters: Mapped[str]
    notes: Mapped[str]


class SampleIssue(Base):
    """A GitHub issue about a media file; `user` is the public name of its author on GitHub."""

    __tablename__ = "sample_issue"

    id: Mapped[Id]
    sample_id: Mapped[int | None] = _id_of("sample")
    issue_id: Mapped[int]
    title: Mapped[str]
    user: Mapped[str]
    created_at: Mapped[datetime]
    status: Mapped[str]


class GeneralData(Base):
    """What the platform keeps for itself by keys, such as average times in seconds."""

    __tablename__ = "general_data"

    id: Mapped[Id]
    key: Mapped[str | None] = mapped_column(ExactText(64), unique=True)
    value: Mapped[str]


class MaintenanceMode(Base):
    """Whether the platform takes up queued runs of a system."""

    __tablename__ = "maintenance_mode"

    id: Mapped[Id]
    platform: Mapped[Platform]
    disabled: Mapped[bool]


class TestFork(Base):
    """The user who queued a run of chosen tests."""

    __tablename__ = "test_fork"

    id: Mapped[Id]
    user_id: Mapped[int | None] = _id_of("user")
    test_id: Mapped[int | None] = _id_of("test")


# A platform may lack these; the gateway starts without them.
OPTIONAL_TABLES = [
    table.__table__ for table in (Upload, SampleIssue, GeneralData, MaintenanceMode, TestFork)
]

# api_token refers to users; the gateway asks nothing of them.
READ_TABLES = [
    table
    for table in Base.metadata.sorted_tables
    if table not in OPTIONAL_TABLES and table is not User.__table__
]
