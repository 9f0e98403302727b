"""The React app of docs/frontend.md, made by its steps from an empty folder, in a browser."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.docs.documents import DOCS, blocks
from tests.support import npm, rows
from tests.support.databases import only_on
from tests.support.platform import Platform
from tests.support.programs import require
from tests.support.server import Server, address, free_port, serving

FRONTEND = Path(__file__).parents[1] / "frontend"
REACT = FRONTEND / "react"
DOCUMENTED_GATEWAY = "http://127.0.0.1:8000"


def packages(directory: Path) -> dict[str, Any]:
    description = json.loads((directory / "package.json").read_text())
    versions: dict[str, Any] = description["dependencies"] | description["devDependencies"]
    return versions


@pytest.fixture
def gateway(platform: Platform, tmp_path: Path) -> Iterator[Server]:
    with serving(
        tmp_path, database_url=address(platform.url), subscription_poll_interval_seconds=0.05
    ) as server:
        yield server


@pytest.fixture
def app(gateway: Server, tmp_path: Path) -> Path:
    """The template with the files of the document, before the gateway."""
    require("npm")
    npm.install(REACT)
    modules = REACT / "node_modules"
    create = [modules / ".bin/create-vite", "app", "--template", "react-ts", "--no-interactive"]
    subprocess.run(create, cwd=tmp_path, check=True, capture_output=True)
    app = tmp_path / "app"
    (app / "node_modules").symlink_to(modules)
    shutil.copy(FRONTEND / "src/apollo.ts", app / "src")
    for path in [*REACT.glob("*.ts"), *REACT.glob("src/*")]:
        copy = app / path.relative_to(REACT)
        copy.write_text(path.read_text().replace(DOCUMENTED_GATEWAY, gateway.origin))
    return app


def succeed(app: Path, *command: str, **environment: str) -> None:
    done = subprocess.run(
        [app / "node_modules/.bin" / command[0], *command[1:]],
        cwd=app,
        env=os.environ | environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture
def origin(app: Path, platform: Platform) -> Iterator[str]:
    """Where the app is served by Vite, after its types were generated and checked."""
    succeed(app, "graphql-codegen", ACCESS_TOKEN=platform.token)
    succeed(app, "tsc", "--build")
    succeed(app, "vite", "build")
    port = free_port()
    command = ["node", "node_modules/vite/bin/vite.js", "--host=127.0.0.1", f"--port={port}"]
    # In a CI, Vite would print its address with colours in it.
    plain = os.environ | {"NO_COLOR": "1"}
    with subprocess.Popen(command, cwd=app, env=plain, stdout=subprocess.PIPE, text=True) as vite:
        try:
            assert vite.stdout
            assert any("Local:" in line for line in vite.stdout)
            yield f"http://127.0.0.1:{port}"
        finally:
            vite.kill()


def test_documented_lines_install_the_packages_that_are_tested() -> None:
    lines = "".join(blocks(DOCS / "frontend.md", "console"))
    [runtime] = re.findall(r"^\$ npm install (?!--)(.+)$", lines, re.MULTILINE)
    [development] = re.findall(r"^\$ npm install --save-dev (.+)$", lines, re.MULTILINE)
    of_template = {
        "react",
        "react-dom",
        "typescript",
        "vite",
        "@vitejs/plugin-react",
        "create-vite",
    }
    types = {name for name in packages(REACT) if name.startswith("@types/")}

    assert {*runtime.split(), *development.split()} == {*packages(REACT)} - of_template - types


@only_on("sqlite")
async def test_react_app_shows_a_run_with_live_progress(
    origin: str, platform: Platform, browser: Browser
) -> None:
    await platform.add(rows.regression_test(1), rows.run(1, "testing"))
    async with await browser.new_context() as context:
        page = await context.new_page()
        page.on("dialog", lambda dialog: dialog.accept(platform.token))
        await page.goto(origin)
        run = page.get_by_role("listitem")

        await expect(run).to_have_text("Run 1 on LINUX: RUNNING 0 of 1 tests")
        await platform.add(rows.result(1, 1))
        await expect(run).to_have_text("Run 1 on LINUX: RUNNING 1 of 1 tests")
        await platform.add(rows.progress(1, "completed"))
        await expect(run).to_have_text("Run 1 on LINUX: PASS")
