"""Where the documents are, and the facts in them: blocks of code and rows of tables."""

import re
from pathlib import Path

from tests.support.paths import DOCS, ROOT

README = ROOT / "README.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def blocks(document: Path, language: str) -> list[str]:
    """The code of each block in a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text(), re.DOTALL | re.MULTILINE)


def rows(document: Path, heading: str) -> list[list[str]]:
    """The cells of each row of the tables below a heading, without their backticks.

    The section ends at the next heading of the same level or a higher one.
    """
    text = document.read_text()
    start = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert start, f"{document.name} has no heading {heading!r}"
    level = len(start[1])
    section = re.split(rf"^#{{1,{level}}} ", text[start.end() :], maxsplit=1, flags=re.MULTILINE)[0]
    tables = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)
    return [
        [cell.strip().replace("`", "") for cell in line.strip("|").split("|")]
        for table in tables
        for line in table.splitlines()[2:]
    ]


def names(cell: str) -> list[str]:
    """The names that a cell lists with commas between them."""
    return [name for name in re.split(r",\s*", cell) if name]
