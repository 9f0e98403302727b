"""Settings come from the environment and a `.env` file; a bad one is named."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from gql.settings import Settings

pytestmark = pytest.mark.quick


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def problems(error: ValidationError) -> dict[str, str]:
    return {str(each["loc"][0]): each["msg"] for each in error.errors()}


def test_every_setting_has_a_default() -> None:
    settings = Settings()
    assert str(settings.database_url) == "sqlite+aiosqlite:///demo.sqlite"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.redis_url is None


def test_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    assert Settings().port == 9000


def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ALLOWED_ORIGINS", "https://A.example.org:443, http://localhost:5173,")
    assert Settings().cors_allowed_origins == {"https://a.example.org", "http://localhost:5173"}


def test_setting_is_read_from_a_dotenv_file() -> None:
    Path(".env").write_text("PORT=9000\nSOMETHING_ELSE=1\n")
    assert Settings().port == 9000


def test_environment_overrides_a_dotenv_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=9000\n")
    monkeypatch.setenv("PORT", "9001")
    assert Settings().port == 9001


@pytest.mark.parametrize("name", Settings.model_fields)
def test_empty_variable_gives_the_default(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name.upper(), "")
    assert name not in Settings().model_fields_set


@pytest.mark.parametrize(
    ("address", "driver"),
    [
        ("mysql://u:p@h/platform", "mysql+asyncmy"),
        ("mysql+pymysql://u:p@h/platform", "mysql+asyncmy"),
        ("mariadb://u:p@h/platform", "mysql+asyncmy"),
        ("postgresql://u:p@h/platform", "postgresql+asyncpg"),
        ("postgres://u:p@h/platform", "postgresql+asyncpg"),
        ("sqlite:///platform.sqlite", "sqlite+aiosqlite"),
        ("mysql://u:p@/platform?host=one:3306&host=another", "mysql+asyncmy"),
        ("sqlite:///a@b/c@d.sqlite", "sqlite+aiosqlite"),
    ],
)
def test_database_url_needs_no_driver(
    address: str, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    assert Settings().database_url.drivername == driver


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("platform", "must be an address such as mysql://"),
        ("mysql://user:p@ss:word@host/platform", "must have an @ in a password written as %40"),
        ("mysql://user:p@ss@host/platform", "must have an @ in a password written as %40"),
        ("mysql://user:p@ss/w#rd@host/platform", "must have an @ in a password written as %40"),
        ("mysql://user:p@ss/w?rd@host/platform", "must have an @ in a password written as %40"),
        ("mysql://us/er:secret@host/platform", "in a user's name too"),
        ("mysql://u@/platform?host=one:x&host=another", "must be an address such as mysql://"),
        ("oracle://host/platform", "'oracle' is not one of mysql, mariadb, postgresql, sqlite"),
        ("mysql://host", "must name a database, or the file of one"),
        ("sqlite://", "must name a database, or the file of one"),
        ("sqlite:///:memory:", "must name a database, or the file of one"),
    ],
)
def test_invalid_address_is_rejected_with_the_reason(
    address: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(ValidationError) as raised:
        Settings()
    assert problem in problems(raised.value)["database_url"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "0"),
        ("port", "65536"),
        ("port", "http"),
        ("database_pool_size", "0"),
        ("redis_url", "host:6379"),
        ("rate_limit_requests", "0"),
        ("rate_limit_window_seconds", "-1"),
    ],
)
def test_invalid_value_is_rejected_with_the_name_of_the_setting(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name.upper(), value)
    with pytest.raises(ValidationError) as raised:
        Settings()
    assert list(problems(raised.value)) == [name]


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("metrics_token", "short", "must have 16 characters at least, and has 5"),
        ("redis_url", "127.0.0.1:6379", "must be an address such as redis://host:6379/0"),
        ("redis_url", "http://127.0.0.1", "must be an address such as redis://host:6379/0"),
        ("files_url", "/srv/files", "must be file:///folder, gs://bucket/prefix or"),
        ("files_url", "file://host/srv/files", "must be file:///folder, gs://bucket/prefix or"),
        ("files_url", "file:srv/files", "must be file:///folder, gs://bucket/prefix or"),
        ("files_url", "s3://", "must be file:///folder, gs://bucket/prefix or s3://bucket"),
        ("files_url", "s3://key:secret@bucket", "must be file:///folder, gs://bucket/prefix or"),
        ("files_url", "ftp://host/files", "must be file:///folder, gs://bucket/prefix or"),
        ("files_url", "file:///srv/files#1", "has a ? or a #, which must be written %3F or %23"),
        ("files_url", "s3://bucket?region=x", "has a ? or a #, which must be written %3F or %23"),
        ("files_accel_redirect", "/internal/", "needs a FILES_URL that begins with file://"),
        ("files_accel_redirect", "internal", "should match pattern"),
        ("platform_url", "platform.example", "must be an address such as https://platform"),
        ("platform_url", "javascript:alert(1)", "must be an address such as https://platform"),
        ("platform_url", "https://host/?a=b", "must be an address such as https://platform"),
        ("root_path", "gateway", "must be a path such as /gateway"),
        ("root_path", "https://host/gateway", "must be a path such as /gateway"),
        ("root_path", '/"><script>', "must be a path such as /gateway"),
        ("token_help_url", "platform.example", "valid URL"),
        ("token_help_url", "javascript:alert(1)", "URL scheme should be 'http' or 'https'"),
        ("cors_allowed_origins", "ci.example.org", "must be * or origins such as https://"),
        ("cors_allowed_origins", "https://a.org,https://b.org/app", "must be * or origins"),
    ],
)
def test_invalid_value_is_described_in_terms_of_the_setting(
    name: str, value: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name.upper(), value)
    with pytest.raises(ValidationError) as raised:
        Settings()
    assert problem in problems(raised.value)[name]


@pytest.mark.parametrize(
    "url", ["file:///srv/files", "gs://bucket", "gs://bucket/a/prefix", "s3://bucket/prefix"]
)
def test_files_are_in_a_folder_or_a_bucket(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FILES_URL", url)
    assert Settings().files_url == url


def test_platform_url_is_without_a_slash_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATFORM_URL", "https://platform.example/root/")
    assert Settings().platform_url == "https://platform.example/root"


@pytest.mark.parametrize(("given", "path"), [("/gateway/", "/gateway"), ("/", "")])
def test_root_path_is_without_a_slash_at_the_end(
    given: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOT_PATH", given)
    assert Settings().root_path == path


def test_password_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://user:secret@host/platform")
    assert "secret" not in str(Settings().database_url)
    assert "secret" not in repr(Settings())
    monkeypatch.setenv("DATABASE_URL", "nothing://user:secret@host/platform")
    with pytest.raises(ValidationError) as raised:
        Settings()
    assert "secret" not in str(raised.value)


def test_blanks_around_the_address_of_files_are_ignored() -> None:
    assert Settings(files_url=" file:///srv/files ").files_url == "file:///srv/files"
