"""`sample-gateway doctor` on the store of files and the program `diff`."""

from pathlib import Path

import pytest

from gql.cli.doctor.check_result import CheckResult, Severity
from gql.cli.doctor.files import check_files
from gql.settings import Settings
from tests.support.files import PLATFORM_URL, Folder

pytestmark = pytest.mark.quick


async def examined(**changes: str) -> list[CheckResult]:
    chosen = Settings(**{"files_url": None, "platform_url": PLATFORM_URL} | changes)
    return await check_files(chosen)


async def test_doctor_is_content_with_a_folder_of_outputs(folder: Folder) -> None:
    folder.output(b"a caption")

    [result] = await examined(files_url=folder.url)

    assert (result.severity, result.message) == (Severity.OK, f"{folder.url} answers")


async def test_doctor_says_what_is_missing_without_settings() -> None:
    results = await check_files(Settings(files_url=None, platform_url=None))

    assert [result.severity for result in results] == [Severity.INFO] * 2
    assert "FILES_URL is not set" in results[0].message
    assert "PLATFORM_URL is not set" in results[1].message


async def test_doctor_warns_of_a_folder_without_outputs(folder: Folder) -> None:
    [result] = await examined(files_url=folder.url)

    assert result.severity is Severity.WARNING


async def test_doctor_fails_without_the_folder(folder: Folder) -> None:
    folder.root.rmdir()

    [result] = await examined(files_url=folder.url)

    assert result.severity is Severity.ERROR
    assert "is not a folder" in result.message


@pytest.mark.parametrize("program", [None, "#!/bin/sh\nexit 2\n", "#!/bin/sh\necho no numbers\n"])
async def test_doctor_fails_without_gnu_diff(
    program: str | None, folder: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder.output(b"a caption")
    if program is not None:
        (tmp_path / "diff").write_text(program)
        (tmp_path / "diff").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    [_, result] = await examined(files_url=folder.url)

    assert (result.severity, result.remedy) == (Severity.ERROR, "Install GNU diffutils.")
