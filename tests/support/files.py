"""A folder with the platform's files, as the platform lays them out."""

from hashlib import sha256
from pathlib import Path

READER = "spci_" + "r" * 43
"""A token that may read files."""

PLATFORM_URL = "https://platform.example/root"


class Folder:
    """Writes files under a root, and gives their hashes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = root.as_uri()

    def output(self, content: bytes, extension: str = ".srt") -> str:
        name = sha256(content).hexdigest()
        self.write(f"TestResults/{name}{extension}", content)
        return name

    def log(self, run: int, text: str) -> None:
        self.write(f"LogFiles/{run}.txt", text.encode())

    def media(self, sha: str, content: bytes, extension: str = "ts") -> None:
        self.write(f"TestFiles/{sha}.{extension}", content)

    def media_info(self, sha: str, document: bytes) -> None:
        self.write(f"TestFiles/media/{sha}.xml", document)

    def write(self, name: str, content: bytes) -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file
