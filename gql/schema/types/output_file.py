from typing import Annotated

import strawberry

from gql.execution.batch_keys import reads_files
from gql.execution.field_cost import cost
from gql.files.names import FileName, output_name
from gql.request import file_queries
from gql.schema.info import Info
from gql.schema.scalars import Sha256
from gql.security.tokens import READ_RESULTS

MAX_INT = 2**31 - 1

# Reading and decoding a caption file of 20 kB takes as long as 20 rows.
READING = cost(extra_rows=20) | reads_files

MaxBytes = Annotated[
    int,
    strawberry.argument(
        description="The number of bytes from the start of the file, up to "
        f"{file_queries.MAX_TEXT_BYTES}."
    ),
]


@strawberry.type(
    description="An output file in the platform's storage. Everything but its hash and name is "
    "null if the file is not there, or if the gateway serves no files."
)
class OutputFile:
    extension: strawberry.Private[str | None]

    sha256: Sha256 = strawberry.field(description="The SHA-256 of its content.")

    @strawberry.field(description="The name of the file in the platform's storage.")
    def filename(self) -> str:
        return f"{self.sha256}{self.extension or ''}"

    @strawberry.field(description="The size in bytes.", metadata=READING)
    async def size(self, info: Info) -> int | None:
        size = await file_queries.size_of(info.context, _name(self))
        return None if size is None else min(size, MAX_INT)

    @strawberry.field(
        description="Whether the file is not text, such as a picture.", metadata=READING
    )
    async def is_binary(self, info: Info) -> bool | None:
        text = await file_queries.text_of(info.context, _name(self), 0)
        return None if text is None else text.encoding is None

    @strawberry.field(
        description="The encoding of the text: `utf-8`, or `cp1252` if it is not UTF-8. Null for"
        " a binary file.",
        metadata=READING,
    )
    async def encoding(self, info: Info) -> str | None:
        text = await file_queries.text_of(info.context, _name(self), 0)
        return None if text is None else text.encoding

    @strawberry.field(
        description="The text, with its line ends as they are. Null for a binary file. Needs the "
        "scope `results:read`.",
        metadata=READING,
    )
    async def text(self, info: Info, max_bytes: MaxBytes = 65_536) -> str | None:
        info.context.require(READ_RESULTS)
        text = await file_queries.text_of(info.context, _name(self), max_bytes)
        return None if text is None else text.text

    @strawberry.field(
        description="Whether `text` with the same `maxBytes` leaves out a part. Null for a "
        "binary file.",
        metadata=READING,
    )
    async def is_truncated(self, info: Info, max_bytes: MaxBytes = 65_536) -> bool | None:
        text = await file_queries.text_of(info.context, _name(self), max_bytes)
        return None if text is None or text.encoding is None else text.size > max_bytes

    @strawberry.field(
        description="Where you download the file: an address of the bucket that is valid for 15 "
        "minutes, or a path of the gateway that takes the same token. Needs the scope "
        "`results:read`.",
        metadata=reads_files,
    )
    async def download_url(self, info: Info) -> str | None:
        return await file_queries.download_url(info.context, _name(self))


def _name(file: OutputFile) -> FileName | None:
    return output_name(file.sha256, file.extension)
