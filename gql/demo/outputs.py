"""The output files of the demo: their bytes, and the hashes that the database names them by."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Final

from gql.demo.captions import Captions, captions, cut_short, faulty
from gql.demo.catalogue import Output
from gql.demo.formats import rendered

# What a run may produce for an output beside what is wrong.
CORRECT: Final = "correct"
FORMER: Final = "former"
VARIANT: Final = "variant"
CUT_SHORT: Final = "cut short"

_OTHER_NEWLINE: Final = {"\n": "\r\n", "\r\n": "\n", "mixed": "\n"}


class OutputFiles:
    """Writes each file that a hash is asked of into `folder`, or none where there is no folder.

    A version names what was produced: one of the constants of this module, or any other text for
    a fault. The same version of an output always has the same bytes.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._hashes: dict[tuple[int, str], str] = {}

    def hash_of(self, output: Output, version: str) -> str:
        key = (output.id, version)
        if key not in self._hashes:
            content = content_of(output, version)
            self._hashes[key] = name = sha256(content).hexdigest()
            if self._folder is not None:
                (self._folder / f"{name}.{output.extension}").write_bytes(content)
        return self._hashes[key]


def content_of(output: Output, version: str) -> bytes:
    """The bytes of an output, which differ from the correct ones for every other version."""
    shown = captions(f"output {output.id}")
    correct = _rendered(output, shown)
    if version == CORRECT:
        return correct
    if version == VARIANT:
        return _rendered(output, shown, newline=_OTHER_NEWLINE[output.newline])
    wrong = (_rendered(output, each) for each in _wrong(shown, version))
    return next(content for content in wrong if content != correct)


def _wrong(shown: Captions, version: str) -> Iterator[Captions]:
    # Some faults do not show in every kind of file: a picture has no times.
    if version == CUT_SHORT:
        yield cut_short(shown)
    for attempt in count():
        yield faulty(shown, f"{version} {attempt}")


def _rendered(output: Output, shown: Captions, newline: str | None = None) -> bytes:
    return rendered(
        shown,
        output.extension,
        encoding=output.encoding,
        newline=newline or output.newline,
        is_huge=output.is_huge,
    )
