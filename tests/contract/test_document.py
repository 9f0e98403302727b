"""The document of `GET /runs/{run_id}/samples/{sample_id}`, sentence by sentence.

`DOCUMENT` is what the reference says of the 200 body. Each sentence of it must hold for
samples that push every limit as far as a database lets them, and the published OpenAPI
description must say the same.
"""

import re
from collections.abc import AsyncIterator
from types import NoneType
from typing import Any

import pytest

from gql.database import tables
from tests.support import rows
from tests.support.databases import new_database
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.rows import BASELINE, DIFFERENT, VARIANT

pytestmark = pytest.mark.quick

HASH = "^[a-fA-F0-9]{64}$"
MOST = 2**31 - 1

SAMPLE_STATUSES = ("pass", "fail", "skipped", "missing_output", "running", "not_started")
OUTPUT_STATUSES = ("match", "diff_mismatch", "missing_output", "missing_expected")

DOCUMENT: dict[str, dict[str, Any]] = {
    "run_id": {"type": ("integer",), "minimum": 1},
    "sample_id": {"type": ("integer",), "minimum": 1},
    "regression_id": {"type": ("integer",), "minimum": 1},
    "category": {"type": ("string",), "maxLength": 100},
    "command": {"type": ("string",), "maxLength": 500},
    "status": {"type": ("string",), "enum": SAMPLE_STATUSES},
    "runtime_ms": {"type": ("integer", "null"), "minimum": 0},
    "exit_code": {"type": ("integer", "null")},
    "expected_exit_code": {"type": ("integer", "null")},
    "result_message": {"type": ("string", "null"), "maxLength": 500},
    "tags": {"type": ("array",), "maxItems": 50},
    "tags[]": {"type": ("string",), "maxLength": 50},
    "outputs": {"type": ("array",), "maxItems": 20},
    "outputs[]": {"type": ("object",)},
    "outputs[].output_id": {"type": ("integer",), "minimum": 1},
    "outputs[].status": {"type": ("string",), "enum": OUTPUT_STATUSES},
    "outputs[].expected_hash": {"type": ("string", "null"), "pattern": HASH},
    "outputs[].actual_hash": {"type": ("string", "null"), "pattern": HASH},
}


ATTRIBUTES = {path for path in DOCUMENT if not re.search(r"[.[]", path)}
OUTPUT_ATTRIBUTES = {path.partition("].")[2] for path in DOCUMENT if "." in path}


def in_words(limit: Any) -> str:
    return " or ".join(limit) if isinstance(limit, tuple) else str(limit)


SENTENCES = [
    pytest.param(path, keyword, limit, id=f"{path} {keyword} {in_words(limit)}")
    for path, constraints in DOCUMENT.items()
    for keyword, limit in constraints.items()
]

JSON_TYPES = {
    NoneType: "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}

HOLDS = {
    "type": lambda value, types: JSON_TYPES[type(value)] in types,
    "minimum": lambda value, least: value >= least,
    "maxLength": lambda value, most: len(value) <= most,
    "maxItems": lambda value, most: len(value) <= most,
    "pattern": lambda value, pattern: re.fullmatch(pattern, value),
    "enum": lambda value, values: value in values,
}

EXTREME = {
    "type": lambda values: {JSON_TYPES[type(value)] for value in values},
    "minimum": min,
    "maxLength": lambda values: max(map(len, values)),
    "maxItems": lambda values: max(map(len, values)),
    "enum": set,
}

# The column of a category's name is shorter than the document allows it to be.
NEAREST = {("category", "maxLength"): 64}


def values_at(path: str, body: dict[str, Any]) -> list[Any]:
    """What a body has at a path such as `outputs[].status`: one value, several or none."""
    values = [body]
    for step in path.split("."):
        name = step.removesuffix("[]")
        values = [value[name] for value in values if name in value]
        if step.endswith("[]"):
            values = [item for value in values for item in value]
    return values


def given(values: list[Any], keyword: str) -> list[Any]:
    """The values that a keyword speaks of: all but null, save for the type."""
    return [value for value in values if keyword == "type" or value is not None]


async def add_a_sample_of_the_most(platform: Platform) -> None:
    await platform.add(
        tables.MediaFile(id=1, sha=BASELINE, extension="ts", original_name=""),
        *(tables.Tag(id=tag, name=f"{tag:064}") for tag in range(1, 81)),
        *(tables.MediaFileTag(sample_id=1, tag_id=tag) for tag in range(1, 81)),
        *(tables.Category(id=each, name=f"{each:064}", description="") for each in range(1, 4)),
        rows.regression_test(1, sample_id=1, command="é" * 10_000, outputs=tuple(range(1, 31))),
        *(tables.RegressionTestCategory(regression_id=1, category_id=each) for each in range(1, 4)),
        rows.result(1, 1, runtime=MOST, exit_code=MOST, expected_rc=-MOST - 1),
        *(rows.file(1, 1, output, got=DIFFERENT) for output in range(1, 31)),
    )


async def add_a_sample_of_the_least(platform: Platform) -> None:
    await platform.add(
        rows.regression_test(2, command="", expected_rc=None, active=None),
        rows.output(31, test=2, correct=None, ignore=None),
        rows.result(1, 2, runtime=None, exit_code=None, expected_rc=None),
        rows.file(1, 2, 31, expected=None),
    )


async def add_samples_of_the_wrong(platform: Platform) -> None:
    await platform.add(
        rows.regression_test(3),
        rows.output(32, test=3, correct="no hash"),
        rows.output(33, test=3, correct="no hash"),
        rows.result(1, 3, runtime=-1),
        rows.file(1, 3, 32, expected="no hash", got="z" * 64),
        rows.regression_test(4),
        rows.output(-1, test=4),
        rows.result(1, 4, runtime=0),
        rows.file(1, 4, -1, expected="", got="error"),
    )


async def add_an_ordinary_sample(platform: Platform) -> None:
    await platform.add(
        rows.regression_test(5, outputs=(34,)),
        rows.result(1, 5),
        rows.file(1, 5, 34),
    )


@pytest.fixture(scope="module")
async def documents(
    engine: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[list[Any]]:
    """The documents of a platform that has too much, too little and the wrong of everything."""
    async with new_database(engine, tmp_path_factory.mktemp("extremes"), "extremes") as url:
        platform = Platform(url)
        await platform.create_tables()
        await platform.add(
            rows.run(1, "testing", "completed"),
            rows.run(2, "canceled", message="ö" * 10_000),
            rows.run(3, "testing", platform="beos", test_type="nightly", pr_nr=-1),
            rows.run(4, "preparation"),
            rows.run(5),
            rows.run(6, "unheard-of"),
        )
        await add_a_sample_of_the_most(platform)
        await add_a_sample_of_the_least(platform)
        await add_samples_of_the_wrong(platform)
        await add_an_ordinary_sample(platform)
        await platform.add(
            tables.CustomizedTest(test_id=2, regression_id=5),
            tables.CustomizedTest(test_id=2, regression_id=None),
        )
        async with running_app(settings(url), token=platform.token) as client:
            responses = [
                await client.sample(run, test) for run in range(1, 7) for test in range(1, 6)
            ]
        assert {response.status_code for response in responses} == {200, 404}
        yield [response.json() for response in responses if response.status_code == 200]
        await platform.close()


@pytest.mark.parametrize(("path", "keyword", "limit"), SENTENCES)
def test_document_every_body_keeps_to(
    documents: list[Any], path: str, keyword: str, limit: Any
) -> None:
    for document in documents:
        for value in given(values_at(path, document), keyword):
            assert HOLDS[keyword](value, limit), document


@pytest.mark.parametrize(
    ("path", "keyword", "limit"), [each for each in SENTENCES if each.values[1] != "pattern"]
)
def test_document_maximum_is_reached_by(
    documents: list[Any], path: str, keyword: str, limit: Any
) -> None:
    values = [value for document in documents for value in values_at(path, document)]
    furthest = NEAREST.get((path, keyword), set(limit) if isinstance(limit, tuple) else limit)

    assert EXTREME[keyword](given(values, keyword)) == furthest


def test_document_attributes_are_exactly_those_of_every_body(documents: list[Any]) -> None:
    for document in documents:
        assert document.keys() | {"category"} == ATTRIBUTES
        for output in document["outputs"]:
            assert output.keys() == OUTPUT_ATTRIBUTES


def resolved(description: Any, schema: Any) -> Any:
    name = schema.get("$ref", "").rpartition("/")[2]
    return description["components"]["schemas"][name] if name else schema


def published(description: Any, path: str) -> dict[str, Any]:
    """The constraints that the description publishes for the attribute at a path."""
    schema = {"$ref": "SampleResult"}
    for step in path.split("."):
        name = step.removesuffix("[]")
        schema = resolved(description, resolved(description, schema)["properties"][name])
        schema = schema["items"] if step.endswith("[]") else schema
    schema = resolved(description, schema)
    alternatives = schema.get("anyOf", [schema])
    constraints = {key: each[key] for each in alternatives for key in HOLDS if key in each}
    constraints["type"] = tuple(each["type"] for each in alternatives)
    if "enum" in constraints:
        constraints["enum"] = tuple(constraints["enum"])
    return constraints


@pytest.mark.parametrize("path", DOCUMENT)
def test_openapi_schema_states_exactly(description: Any, path: str) -> None:
    assert published(description, path) == DOCUMENT[path]


def test_openapi_schema_has_the_attributes_of_the_document(description: Any) -> None:
    schemas = description["components"]["schemas"]

    assert schemas["SampleResult"]["properties"].keys() == ATTRIBUTES
    assert schemas["Output"]["properties"].keys() == OUTPUT_ATTRIBUTES


def test_openapi_schema_requires_the_attributes_of_the_document(description: Any) -> None:
    schemas = description["components"]["schemas"]

    assert schemas["SampleResult"]["required"] == [
        "run_id",
        "sample_id",
        "regression_id",
        "status",
    ]
    assert schemas["Output"]["required"] == ["output_id", "status"]


@pytest.fixture
async def run(platform: Platform) -> None:
    """A completed run 1 with a result of test 1, which expects nothing but its exit code."""
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "completed"),
        rows.result(1, 1),
    )


@pytest.mark.parametrize(
    ("status", "states", "result", "file"),
    [
        ("pass", ["testing", "completed"], {}, {}),
        ("pass", ["testing"], {}, {"got": VARIANT}),
        ("fail", ["completed"], {"exit_code": 1}, {}),
        ("fail", ["completed"], {"exit_code": None}, {}),
        ("fail", ["completed"], {}, {"got": DIFFERENT}),
        ("missing_output", ["completed"], {}, None),
        ("missing_output", ["completed"], {"exit_code": 1}, None),
        ("skipped", ["testing", "completed"], None, None),
        ("skipped", ["testing", "canceled"], None, None),
        ("running", ["preparation", "testing"], None, None),
        ("not_started", ["preparation"], None, None),
        ("not_started", [], None, None),
    ],
)
async def test_status_is_computed_from_the_run_the_result_and_its_files(
    platform: Platform,
    gateway: Client,
    status: str,
    states: list[str],
    result: dict[str, Any] | None,
    file: dict[str, Any] | None,
) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(11,)),
        rows.variant(11, VARIANT),
        rows.run(1, *states),
        tables.CustomizedTest(test_id=1, regression_id=1),
    )
    if result is not None:
        await platform.add(rows.result(1, 1, **result))
    if file is not None:
        await platform.add(rows.file(1, 1, 11, **file))

    document = (await gateway.sample(1, 1)).json()

    assert document["status"] == status
    assert (document["result_message"] is None) == (status in {"pass", "running", "not_started"})


@pytest.mark.parametrize(
    ("correct", "file", "output"),
    [
        (BASELINE, {}, ("match", BASELINE, None)),
        (BASELINE, {"got": ""}, ("match", BASELINE, None)),
        (BASELINE, {"got": VARIANT}, ("match", BASELINE, VARIANT)),
        (VARIANT, {"expected": DIFFERENT, "got": DIFFERENT}, ("match", DIFFERENT, DIFFERENT)),
        (BASELINE, {"got": DIFFERENT}, ("diff_mismatch", BASELINE, DIFFERENT)),
        (BASELINE, None, ("missing_output", BASELINE, None)),
        (BASELINE, {"expected": None, "got": DIFFERENT}, ("missing_expected", None, DIFFERENT)),
        (BASELINE, {"expected": ""}, ("missing_expected", None, None)),
        (None, None, ("missing_expected", None, None)),
        ("", None, ("missing_expected", None, None)),
    ],
)
@pytest.mark.usefixtures("run")
async def test_output_has_its_status_and_hashes(
    platform: Platform,
    gateway: Client,
    correct: str | None,
    file: dict[str, Any] | None,
    output: tuple[str, str | None, str | None],
) -> None:
    await platform.add(
        rows.output(11, test=1, correct=correct),
        rows.variant(11, VARIANT),
    )
    if file is not None:
        await platform.add(rows.file(1, 1, 11, **file))

    document = (await gateway.sample(1, 1)).json()

    status, expected, actual = output
    assert document["outputs"] == [
        {"output_id": 11, "status": status, "expected_hash": expected, "actual_hash": actual}
    ]


@pytest.mark.parametrize(
    "text", ["error", "z" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n", "\uff10" * 64], ids=ascii
)
@pytest.mark.usefixtures("run")
async def test_malformed_hash_is_null(platform: Platform, gateway: Client, text: str) -> None:
    await platform.add(
        rows.output(11, test=1),
        rows.output(12, test=1, correct=text),
        rows.file(1, 1, 11, expected=text, got=f"another {text}"),
    )

    outputs = (await gateway.sample(1, 1)).json()["outputs"]

    assert [output["status"] for output in outputs] == ["diff_mismatch", "missing_output"]
    assert {output["expected_hash"] for output in outputs} == {None}
    assert {output["actual_hash"] for output in outputs} == {None}


@pytest.mark.usefixtures("run")
async def test_hash_keeps_its_case(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.output(11, test=1),
        rows.file(1, 1, 11, expected="0aF9" * 16, got="fA90" * 16),
    )

    [output] = (await gateway.sample(1, 1)).json()["outputs"]

    assert output["expected_hash"] == "0aF9" * 16
    assert output["actual_hash"] == "fA90" * 16


@pytest.mark.usefixtures("run")
async def test_dummy_row_means_missing_output_and_is_not_exposed(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.output(-1, test=1),
        rows.file(1, 1, -1, expected="", got="error"),
    )

    document = (await gateway.sample(1, 1)).json()

    assert document["status"] == "missing_output"
    assert document["outputs"] == []
    assert document["result_message"] == "An expected output was reported as missing."


@pytest.mark.usefixtures("run")
async def test_outputs_are_the_first_twenty_by_id(platform: Platform, gateway: Client) -> None:
    await platform.add(
        *(rows.output(output, test=1) for output in reversed(range(11, 41))),
        *(rows.file(1, 1, output) for output in range(11, 41, 2)),
    )

    outputs = (await gateway.sample(1, 1)).json()["outputs"]

    assert [output["output_id"] for output in outputs] == list(range(11, 31))


@pytest.mark.usefixtures("run")
async def test_ignored_output_is_listed_only_if_reported(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.output(11, test=1, ignore=True),
        rows.output(12, test=1, ignore=True),
        rows.file(1, 1, 12),
    )

    document = (await gateway.sample(1, 1)).json()

    assert document["status"] == "pass"
    assert [output["output_id"] for output in document["outputs"]] == [12]


async def test_tags_are_those_of_the_media_file_by_name(
    platform: Platform, gateway: Client
) -> None:
    names = ["teletext", "dvb", "x" * 64, "live"]
    await platform.add(
        tables.MediaFile(id=7, extension="ts", original_name=""),
        *(tables.Tag(id=tag, name=name) for tag, name in enumerate([*names, "unused"], 1)),
        *(tables.MediaFileTag(sample_id=7, tag_id=tag) for tag in range(1, 5)),
        rows.regression_test(1, sample_id=7),
        rows.run(1),
    )

    document = (await gateway.sample(1, 1)).json()

    assert document["tags"] == ["dvb", "live", "teletext", "x" * 50]


async def test_category_is_the_first_by_name(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1),
        *(
            tables.Category(id=category, name=name, description="")
            for category, name in enumerate(["teletext", "dvb", "live"], 1)
        ),
        *(
            tables.RegressionTestCategory(regression_id=1, category_id=category)
            for category in (1, 2, 3)
        ),
    )

    assert (await gateway.sample(1, 1)).json()["category"] == "dvb"


@pytest.mark.usefixtures("run")
async def test_category_is_absent_without_a_category(gateway: Client) -> None:
    assert "category" not in (await gateway.sample(1, 1)).json()


@pytest.mark.parametrize("length", [0, 499, 500, 501, 10_000])
async def test_command_is_cut_at_500_characters(
    platform: Platform, gateway: Client, length: int
) -> None:
    command = ("-out=srt é " * 1000)[:length]
    await platform.add(
        rows.regression_test(1, command=command),
        rows.run(1),
    )

    assert (await gateway.sample(1, 1)).json()["command"] == command[:500]


@pytest.mark.parametrize(
    ("runtime", "runtime_ms"), [(None, None), (-1, None), (0, 0), (1500, 1500), (MOST, MOST)]
)
async def test_runtime_is_null_if_unknown_or_impossible(
    platform: Platform, gateway: Client, runtime: int | None, runtime_ms: int | None
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "completed"),
        rows.result(1, 1, runtime=runtime),
    )

    assert (await gateway.sample(1, 1)).json()["runtime_ms"] == runtime_ms


@pytest.mark.parametrize(
    ("exit_code", "expected", "status"),
    [(None, None, "pass"), (None, 0, "fail"), (0, None, "fail"), (-11, -11, "pass")],
)
async def test_exit_codes_are_returned_as_recorded(
    platform: Platform,
    gateway: Client,
    exit_code: int | None,
    expected: int | None,
    status: str,
) -> None:
    await platform.add(
        rows.regression_test(1, expected_rc=10),
        rows.run(1, "completed"),
        rows.result(1, 1, exit_code=exit_code, expected_rc=expected),
    )

    document = (await gateway.sample(1, 1)).json()

    assert document["exit_code"] == exit_code
    assert document["expected_exit_code"] == expected
    assert document["status"] == status


async def test_sample_without_a_result_has_null_attributes(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(11,)),
        rows.run(1, "testing"),
    )

    document = (await gateway.sample(1, 1)).json()

    empty = ("runtime_ms", "exit_code", "expected_exit_code", "result_message")
    assert {document[name] for name in empty} == {None}
    assert document["tags"] == document["outputs"] == []


async def test_result_message_is_cut_at_500_characters(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "canceled", message="no space left " * 100),
        tables.CustomizedTest(test_id=1, regression_id=1),
    )

    message = (await gateway.sample(1, 1)).json()["result_message"]

    assert message.startswith("Run canceled: no space left ")
    assert message.endswith("…")
    assert len(message) == 500


async def test_result_message_says_that_the_run_was_canceled(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "canceled", message=""),
        tables.CustomizedTest(test_id=1, regression_id=1),
    )

    assert (await gateway.sample(1, 1)).json()["result_message"] == "Run canceled."


@pytest.fixture
async def media_files(platform: Platform) -> None:
    """Media files 1, 2 and 7, and a run 42 of the suite."""
    await platform.add(
        *(tables.MediaFile(id=media, extension="ts", original_name="") for media in (1, 2, 7)),
        rows.run(42),
    )


@pytest.mark.usefixtures("media_files")
async def test_sample_id_is_accepted_as_a_regression_id(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(rows.regression_test(12, sample_id=7))

    document = (await gateway.sample(42, 12)).json()

    assert (document["run_id"], document["sample_id"], document["regression_id"]) == (42, 7, 12)


@pytest.mark.usefixtures("media_files")
async def test_sample_id_is_accepted_as_the_id_of_a_media_file_of_one_sample(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(12, sample_id=7),
        rows.regression_test(13, sample_id=2),
    )

    assert (await gateway.sample(42, 7)).json() == (await gateway.sample(42, 12)).json()


@pytest.mark.usefixtures("media_files")
async def test_sample_id_is_a_regression_id_before_a_media_file_id(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1, sample_id=2),
        rows.regression_test(2, sample_id=1),
        rows.regression_test(3, sample_id=1),
    )

    document = (await gateway.sample(42, 1)).json()

    assert (document["sample_id"], document["regression_id"]) == (2, 1)


@pytest.mark.usefixtures("media_files")
async def test_sample_id_is_a_media_file_id_if_the_regression_test_is_not_in_the_run(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1, sample_id=2, active=False),
        rows.regression_test(3, sample_id=1),
    )

    document = (await gateway.sample(42, 1)).json()

    assert (document["sample_id"], document["regression_id"]) == (1, 3)


@pytest.mark.usefixtures("run")
async def test_sample_id_is_the_regression_id_without_a_media_file(
    gateway: Client,
) -> None:
    document = (await gateway.sample(1, 1)).json()

    assert (document["sample_id"], document["regression_id"]) == (1, 1)
