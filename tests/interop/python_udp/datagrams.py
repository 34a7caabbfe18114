"""A UDP socket that waits only so long."""

import select
import socket
import time

from started import PATIENCE


class Datagrams:
    def __init__(self, peer: tuple[str, int] | None = None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.peer = peer

    def get(self, seconds: float = PATIENCE) -> bytes:
        """The next; answers go to where it came from."""
        if not select.select([self.socket], [], [], max(0, seconds))[0]:
            raise TimeoutError("no datagram came")
        datagram, self.peer = self.socket.recvfrom(65536)
        return datagram

    def all(self, seconds: float = 0) -> list[bytes]:
        """What comes within that time."""
        found, end = [], time.monotonic() + seconds
        while select.select([self.socket], [], [], max(0, end - time.monotonic()))[0]:
            found.append(self.get())
        return found

    def put(self, datagram: bytes) -> None:
        self.socket.sendto(datagram, self.peer)

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()
