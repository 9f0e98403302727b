"""Captions as the files that CCExtractor writes, by the extension of the file."""

import struct
import zlib
from collections.abc import Callable, Iterator
from html import escape
from typing import Final

from gql.demo.captions import Caption, Captions

_BIN_HEADER: Final = bytes.fromhex("ccccedcc000000500001") + b"\0"
_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_PNG_WIDTH: Final = 320
_HUGE_BYTES: Final = 11 << 20

_SAMI_HEAD: Final = """<SAMI>
<HEAD>
<STYLE TYPE="text/css">
<!--
P {margin-left: 16pt; margin-right: 16pt; font-size: 18pt; text-align: center;}
.UNKNOWNCC {Name: Unknown; lang: en-US; SAMIType: CC;}
-->
</STYLE>
</HEAD>

<BODY>
"""
_TTML_HEAD: Final = """<?xml version="1.0" encoding="UTF-8" standalone="no" ?>
<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en">
  <body>
    <div>
"""
_ASS_HEAD: Final = """[Script Info]
Title: Default file
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour
Style: Default,Arial,20,&H00FFFFFF

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
_MCC_HEAD: Final = """File Format=MacCaption_MCC V1.0

Creation Program=CCExtractor
Time Code Rate=30DF

"""


def _clock(ms: int, point: str) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{ms:03}"


def _frames(ms: int) -> str:
    return f"{_clock(ms, ':')[:8]}:{ms % 1000 * 30 // 1000:02}"


def _srt(captions: Captions) -> Iterator[str]:
    for number, (start, end, lines) in enumerate(captions, 1):
        shown = "\n".join(lines)
        yield f"{number}\n{_clock(start, ',')} --> {_clock(end, ',')}\n{shown}\n\n"


def _transcript(captions: Captions) -> Iterator[str]:
    for start, end, lines in captions:
        for line in lines:
            yield f"{_clock(start, ',')}|{_clock(end, ',')}|POP|{line}\n"


def _sami(captions: Captions) -> Iterator[str]:
    yield _SAMI_HEAD
    for start, end, lines in captions:
        shown = "<br>".join(map(escape, lines))
        yield f'<SYNC start="{start}"><P class="UNKNOWNCC">\n{shown}</P></SYNC>\n'
        yield f'<SYNC start="{end}"><P class="UNKNOWNCC">&nbsp;</P></SYNC>\n\n'
    yield "</BODY></SAMI>\n"


def _ttml(captions: Captions) -> Iterator[str]:
    yield _TTML_HEAD
    for start, end, lines in captions:
        shown = "<br />".join(map(escape, lines))
        yield f'      <p begin="{_clock(start, ".")}" end="{_clock(end, ".")}">{shown}</p>\n'
    yield "    </div>\n  </body>\n</tt>\n"


def _webvtt(captions: Captions) -> Iterator[str]:
    yield "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n"
    for start, end, lines in captions:
        shown = "\n".join(lines)
        yield f"{_clock(start, '.')} --> {_clock(end, '.')} line:84.66%\n{shown}\n\n"


def _ass(captions: Captions) -> Iterator[str]:
    yield _ASS_HEAD
    for start, end, lines in captions:
        shown = "\\N".join(lines)
        yield f"Dialogue: 0,{_clock(start, '.')},{_clock(end, '.')},Default,,0,0,0,,{shown}\n"


def _xml(captions: Captions) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<subpictures>\n<stream>\n'
    for number, (start, end, _) in enumerate(captions):
        yield f'<spu start="{start / 1000:.3f}" end="{end / 1000:.3f}" image="sub{number:04}.png"'
        yield f' xoffset="{120 + start % 40}" yoffset="448"></spu>\n'
    yield "</stream>\n</subpictures>\n"


def _scenarist(captions: Captions) -> Iterator[str]:
    yield "Scenarist_SCC V1.0\n\n"
    for caption in captions:
        words = " ".join(_hex_pairs(caption))
        yield f"{_frames(caption.start)}\t9420 9420 94ae 94ae {words} 942f 942f\n\n"


def _mac_caption(captions: Captions) -> Iterator[str]:
    yield _MCC_HEAD
    for caption in captions:
        yield f"{_frames(caption.start)}\tT43Z{''.join(_hex_pairs(caption)).upper()}B4\n"


def _hex_pairs(caption: Caption) -> Iterator[str]:
    text = _plain(caption)
    for index in range(0, len(text), 2):
        yield text[index : index + 2].ljust(2, b"\x80").hex()


def _plain(caption: Caption) -> bytes:
    return " ".join(caption.lines).encode("ascii", "replace")


def _g608(captions: Captions) -> Iterator[str]:
    for number, (start, end, lines) in enumerate(captions, 1):
        yield f"{number}\n{_clock(start, ',')} --> {_clock(end, ',')}\n"
        for line in lines:
            yield f"{line[:32]:<32}{'0' * 32}{'R' * 32}\n"
        yield "\n"


def _css(captions: Captions) -> Iterator[str]:
    yield "/* default values */\n::cue {\n\tline-height: 5.33vh;\n\tfont-size: 4.1vh;\n"
    yield f"\tfont-family: monospace;\n\tpadding: {len(captions)}px 0;\n}}\n"


def _log(captions: Captions) -> Iterator[str]:
    for start, _, lines in captions:
        yield f"[DEBUG] PTS {start * 90:011} ({_clock(start, ':')}) pop-on, {len(lines)} rows\n"
        for row, line in enumerate(lines, 13):
            yield f"[DEBUG]   row {row}: {line}\n"


_TEXTS: Final[dict[str, Callable[[Captions], Iterator[str]]]] = {
    "srt": _srt,
    "txt": _transcript,
    "smi": _sami,
    "ttml": _ttml,
    "vtt": _webvtt,
    "ass": _ass,
    "xml": _xml,
    "scc": _scenarist,
    "mcc": _mac_caption,
    "g608": _g608,
    "css": _css,
    "log": _log,
    "sem": _log,
}


def _bin(captions: Captions) -> Iterator[bytes]:
    yield _BIN_HEADER
    for caption in captions:
        text = _plain(caption)
        blocks = (len(text) + 1) // 2
        yield struct.pack("<QH", caption.start, blocks)
        for index in range(0, len(text), 2):
            yield b"\x04" + text[index : index + 2].ljust(2, b"\x80")


def _raw(captions: Captions) -> Iterator[bytes]:
    for caption in captions:
        yield b"\x14\x20\x14\x20\x14\xae" + _plain(caption) + b"\x14\x2f\x80\x80"


def _png(captions: Captions) -> Iterator[bytes]:
    """A picture in grey with a bar for each line that is shown."""
    bars = [len(line) * 4 for caption in captions[:6] for line in caption.lines]
    row = b"".join(b"\0" + (b"\xf0" * bar).ljust(_PNG_WIDTH, b"\x10") for bar in bars)
    size = struct.pack(">IIBBBBB", _PNG_WIDTH, len(bars), 8, 0, 0, 0, 0)
    yield _PNG_SIGNATURE
    for kind, data in ((b"IHDR", size), (b"IDAT", zlib.compress(row)), (b"IEND", b"")):
        checksum = zlib.crc32(kind + data)
        yield struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


_BINARIES: Final[dict[str, Callable[[Captions], Iterator[bytes]]]] = {
    "bin": _bin,
    "raw": _raw,
    "dvdraw": _raw,
    "png": _png,
}


def rendered(
    captions: Captions, extension: str, *, encoding: str, newline: str, is_huge: bool
) -> bytes:
    """The file with the extension (without a dot) that has these captions.

    A binary one has neither encoding nor line ends. Of the newline "mixed" every third line ends
    with a line feed alone. A huge one has more than 10 MiB.
    """
    if extension in _BINARIES:
        return b"".join(_BINARIES[extension](captions))
    text = "".join(_TEXTS[extension](captions))
    if is_huge:
        text *= _HUGE_BYTES // len(text) + 1
    if newline == "mixed":
        lines = text.splitlines(keepends=True)
        text = "".join(
            line if number % 3 == 0 else line.replace("\n", "\r\n")
            for number, line in enumerate(lines)
        )
    elif newline != "\n":
        text = text.replace("\n", newline)
    return text.encode(encoding, "replace")
