"""Documents of MediaInfo, also those that are meant to harm."""

import pytest

from gql.files.media_info import Track, TrackProperty, tracks_of

pytestmark = pytest.mark.quick

CURRENT = b"""<?xml version="1.0" encoding="UTF-8"?>
<MediaInfo xmlns="https://mediaarea.net/mediainfo" version="2.0">
<media ref="x"><track type="General"><Format>MPEG-TS</Format><!-- note --></track>
<track type="Text"><ID>1</ID><extra><CaptionServiceName>CC1</CaptionServiceName></extra></track>
</media></MediaInfo>"""

FORMER = b"""<Mediainfo version="0.7"><File><track type="Video"><Width>720 pixels</Width></track>
</File></Mediainfo>"""

ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><MediaInfo><track type="&b;"/></MediaInfo>"""

EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<MediaInfo><track type="General"><Format>&a;</Format></track></MediaInfo>"""


def test_tracks_have_their_properties_in_order() -> None:
    assert tracks_of(CURRENT) == [
        Track("General", [TrackProperty("Format", "MPEG-TS")]),
        Track("Text", [TrackProperty("ID", "1"), TrackProperty("CaptionServiceName", "CC1")]),
    ]


def test_documents_of_former_versions_are_read() -> None:
    assert tracks_of(FORMER) == [Track("Video", [TrackProperty("Width", "720 pixels")])]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"no XML",
        b"<MediaInfo><track>",
        b"\xff\xfe\0",
        b'<?xml version="1.0" encoding="no-such"?><MediaInfo/>',
        ENTITIES,
        EXTERNAL,
        b"<x>" * 1_000_000,
    ],
)
def test_document_that_cannot_be_read_has_no_tracks(document: bytes) -> None:
    assert tracks_of(document) is None


def test_document_without_tracks_has_an_empty_list() -> None:
    assert tracks_of(b"<MediaInfo/>") == []
