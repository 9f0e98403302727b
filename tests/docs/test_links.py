"""Links in the documents lead to files and headings, and the README leads to every document."""

import re
from pathlib import Path

import pytest

from tests.docs.documents import DOCUMENTS, README, ROOT

pytestmark = pytest.mark.quick

PAGES = [*DOCUMENTS, ROOT / "gql/explorer/README.md"]


def links(document: Path) -> list[tuple[Path, str]]:
    """The file and the anchor of each link and picture of this repository."""
    text = document.read_text()
    targets = re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text)
    targets += [(path, "") for path in re.findall(r'src(?:set)?="([^"]+)"', text)]
    return [
        ((document.parent / path).resolve() if path else document, anchor)
        for path, anchor in targets
    ]


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    for file, anchor in links(document):
        assert file.exists(), file
        assert not anchor or anchor in anchors(file), f"{file}#{anchor}"


def test_readme_leads_to_every_document() -> None:
    reached: set[Path] = set()
    waiting = [README]
    while waiting:
        document = waiting.pop()
        if document not in reached and document.suffix == ".md":
            reached.add(document)
            waiting += [file for file, _ in links(document)]

    assert set(DOCUMENTS) <= reached
