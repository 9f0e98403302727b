"""A server that speaks MySQL's protocol as far as the login, and answers the driver's questions.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SALT = bytes(range(1, 21))
CAPABILITIES = 0x003FA20F  # without TLS
OK = b"\x00\x00\x00\x02\x00\x00\x00"
END = b"\xfe\x00\x00\x02\x00"

# What SQLAlchemy asks of a new connection.
ANSWERS = {
    "version()": "8.0.40",
    "database()": "platform",
    "@@sql_mode": "",
    "sql_mode": "",
    "lower_case_table_names": "0",
    "@@transaction_isolation": "REPEATABLE-READ",
}


class MySQLServer:
    """Lets in the user with the password, who must log in by the authentication plugin."""

    def __init__(self, password: str, plugin: str = "caching_sha2_password") -> None:
        self.password = password.encode() + b"\0"
        self.plugin = plugin.encode()
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.statements: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(reader, writer)
        try:
            if await self._has_logged_in(connection):
                connection.send(OK)
                await self._answer(connection)
            else:
                connection.send(b"\xff" + struct.pack("<H", 1045) + b"#28000Access denied for user")
            await writer.drain()
        except asyncio.IncompleteReadError:
            pass  # The client has left.
        finally:
            writer.close()

    async def _has_logged_in(self, connection: "_Connection") -> bool:
        connection.send(self._greeting())
        await connection.receive()
        if self.plugin != b"caching_sha2_password":
            connection.send(b"\xfe" + self.plugin + b"\0" + SALT + b"\0")
            await connection.receive()
            return True
        connection.send(b"\x01\x04")  # No fast way: its hash is not cached.
        if await connection.receive() != b"\x02":  # It asks for the key, as there is no TLS.
            return False
        public = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        connection.send(b"\x01" + public)
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        masked = self.key.decrypt(await connection.receive(), oaep)
        password = bytes(byte ^ SALT[n % len(SALT)] for n, byte in enumerate(masked))
        return password == self.password

    def _greeting(self) -> bytes:
        return (
            b"\x0a8.0.40\0"
            + struct.pack("<I", 1)
            + SALT[:8]
            + b"\0"
            + struct.pack("<HBHHB", CAPABILITIES & 0xFFFF, 255, 2, CAPABILITIES >> 16, 21)
            + b"\0" * 10
            + SALT[8:]
            + b"\0caching_sha2_password\0"
        )

    async def _answer(self, connection: "_Connection") -> None:
        while True:
            connection.sequence = 0
            command = await connection.receive()
            if command[0] != 3:
                return
            statement = command[1:].decode()
            self.statements.append(statement)
            answer = next((ANSWERS[name] for name in ANSWERS if name in statement.lower()), None)
            if answer is None or statement.startswith("SET"):
                connection.send(OK)
            else:
                _send_rows(connection, ["name", answer] if "SHOW" in statement else [answer])


class _Connection:
    """Packets: a length of three bytes, a number, and as many bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.sequence = 0

    async def receive(self) -> bytes:
        header = await self.reader.readexactly(4)
        self.sequence = header[3] + 1
        return await self.reader.readexactly(int.from_bytes(header[:3], "little"))

    def send(self, packet: bytes) -> None:
        self.writer.write(len(packet).to_bytes(3, "little") + bytes([self.sequence]) + packet)
        self.sequence += 1


def _send_rows(connection: _Connection, values: list[str]) -> None:
    connection.send(bytes([len(values)]))
    for _ in values:
        text_column = struct.pack("<BHIBHB", 12, 45, 1024, 253, 0, 0) + b"\0\0"
        connection.send(b"\x03def\0\0\0\x01x\0" + text_column)
    connection.send(END)
    connection.send(b"".join(bytes([len(each)]) + each.encode() for each in values))
    connection.send(END)


@asynccontextmanager
async def running(server: MySQLServer) -> AsyncIterator[int]:
    """The port on which the server listens."""
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]
