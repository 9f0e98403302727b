"""What MediaInfo says of a media file, as the platform keeps it: an XML document of its tracks."""

from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from gql.demo.catalogue import MediaFile
from gql.demo.everyday import randomness

_NAMESPACE: Final = "https://mediaarea.net/mediainfo"
_CONTAINERS: Final = {
    "ts": "MPEG-TS",
    "mpg": "MPEG-PS",
    "vob": "MPEG-PS",
    "mp4": "MPEG-4",
    "mkv": "Matroska",
    "wtv": "WTV",
    "dvr-ms": "DVR-MS",
    "bin": "MPEG Video",
}
_CAPTIONS: Final = {
    "Teletext": "Teletext Subtitle",
    "DVB": "DVB Subtitle",
    "CEA-708": "EIA-708",
}
_SIZES: Final = ((1920, 1080, "1.778"), (1280, 720, "1.778"), (720, 480, "1.333"))


def media_info(media: MediaFile) -> bytes:
    random = randomness("media info", media.id)
    seconds = random.randint(30, 1800)
    width, height, aspect_ratio = random.choice(_SIZES)
    root = Element("MediaInfo", {"xmlns": _NAMESPACE, "version": "2.0"})
    SubElement(root, "creatingLibrary", {"version": "23.04"}).text = "MediaInfoLib"
    tracks = SubElement(root, "media", {"ref": f"/{media.sha}.{media.extension}"})
    _add_track(
        tracks,
        "General",
        UniqueID=str(random.getrandbits(48)),
        FileExtension=media.extension,
        Format=_CONTAINERS[media.extension],
        FileSize=str(seconds * random.randint(400_000, 1_900_000)),
        Duration=f"{seconds}.{random.randrange(1000):03}",
    )
    _add_track(
        tracks,
        "Video",
        ID=str(random.choice((49, 256, 4113))),
        Format=random.choice(("MPEG Video", "AVC")),
        Width=str(width),
        Height=str(height),
        DisplayAspectRatio=aspect_ratio,
        FrameRate=random.choice(("29.970", "25.000", "59.940")),
        ScanType=random.choice(("Interlaced", "Progressive")),
    )
    _add_track(tracks, "Audio", ID="257", Format="AC-3", Channels="2", SamplingRate="48000")
    if media.category != "NoCC":
        _add_track(
            tracks,
            "Text",
            ID="257-CC1",
            Format=_CAPTIONS.get(media.category, "EIA-608"),
            MuxingMode="A/53 / DTVCC Transport",
        )
    indent(root)
    document: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return document


def _add_track(tracks: Element, kind: str, **properties: str) -> None:
    track = SubElement(tracks, "track", {"type": kind})
    for name, value in properties.items():
        SubElement(track, name).text = value
