"""The rows of the catalogue: categories, tags, media files, regression tests and their outputs."""

from typing import Any, Final

from gql.demo.catalogue import (
    CATEGORIES,
    CHANNELS,
    DEACTIVATED_TEST,
    MEDIA,
    SHARED_MEDIA,
    TESTS,
    MediaFile,
    Output,
    RegressionTest,
    categories_of,
)
from gql.demo.outputs import CORRECT, VARIANT, OutputFiles

Row = dict[str, Any]
Rows = dict[str, list[Row]]
"""Rows by table, in an order that foreign keys allow."""

_TAGS: Final = {
    "CEA-608": "Line 21 captions.",
    "XDS": "Extended data services.",
    "UK": "Recorded in the United Kingdom.",
    "Spanish": "Has Spanish captions.",
    "multiprogram": None,
}
_TAGS_OF_MEDIA: Final = {
    39: ("CEA-608",),
    45: ("multiprogram",),
    82: ("UK",),
    112: ("UK", "XDS"),
    118: ("XDS",),
    SHARED_MEDIA: ("CEA-608", "Spanish"),
}

_TYPES_OF_INPUT: Final = {"-stdin": "stdin", "-udp": "udp"}
_TYPES_OF_OUTPUT: Final = {
    "-out=null": "null",
    "-out=report": "report",
    "-stdout": "stdout",
    "-sendto": "tcp",
    "-multiprogram": "multiprogram",
    "-svc": "cea708",
    "-service": "cea708",
}


def catalogue_rows(files: OutputFiles) -> Rows:
    names = sorted(CATEGORIES)
    outputs = [output for test in TESTS.values() for output in test.outputs]
    return {
        "category": [
            {"id": number, "name": name, "description": CATEGORIES[name]}
            for number, name in enumerate(names, 1)
        ],
        "tag": [
            {"id": number, "name": name, "description": description}
            for number, (name, description) in enumerate(_TAGS.items(), 1)
        ],
        "sample": [_media_row(media) for media in MEDIA.values()],
        "sample_extra": [
            {
                "id": number,
                "sample_id": media_id,
                "original_name": f"{CHANNELS[number % len(CHANNELS)]} guide",
                "extension": "xml",
            }
            for number, media_id in enumerate(list(MEDIA)[::20], 1)
        ],
        "sample_tag_association": [
            {"sample_id": media_id, "tag_id": list(_TAGS).index(tag) + 1}
            for media_id, tags in _TAGS_OF_MEDIA.items()
            for tag in tags
        ],
        "regression_test": [_test_row(test) for test in TESTS.values()],
        "regression_test_category": [
            {"regression_id": test.id, "category_id": names.index(category) + 1}
            for test in TESTS.values()
            for category in categories_of(test)
        ],
        "regression_test_output": [
            _output_row(test, output, files) for test in TESTS.values() for output in test.outputs
        ],
        "regression_test_output_files": [
            {
                "id": number,
                "file_hashes": files.hash_of(output, VARIANT),
                "regression_test_output_id": output.id,
            }
            for number, output in enumerate((each for each in outputs if each.has_variant), 1)
        ],
    }


def _media_row(media: MediaFile) -> Row:
    return {
        "id": media.id,
        "sha": media.sha,
        "extension": media.extension,
        "original_name": media.original_name,
    }


def _test_row(test: RegressionTest) -> Row:
    return {
        "id": test.id,
        "sample_id": test.media_id,
        "command": test.command,
        "input_type": _type_of(test.command, _TYPES_OF_INPUT),
        "output_type": _type_of(test.command, _TYPES_OF_OUTPUT),
        "expected_rc": test.expected_rc,
        "active": test.id != DEACTIVATED_TEST,
        "description": test.description,
    }


def _type_of(command: str, types: dict[str, str]) -> str:
    return next((types[option] for option in types if option in command), "file")


def _output_row(test: RegressionTest, output: Output, files: OutputFiles) -> Row:
    return {
        "id": output.id,
        "regression_id": test.id,
        "correct": files.hash_of(output, CORRECT) if output.has_baseline else None,
        "correct_extension": f".{output.extension}",
        "expected_filename": MEDIA[test.media_id].sha + output.suffix,
        "ignore": output.is_ignored,
    }
