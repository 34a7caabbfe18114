"""A port of this machine that hands on to another one until it is told to do otherwise: to cut what
goes through it, to let nothing through and say nothing, or to refuse whoever comes."""

import selectors
import socket
import struct
import threading
import time


def reset(one: socket.socket) -> None:
    """Closes it without a goodbye."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


class Cuttable:
    def __init__(self, target: int = 0):
        self.target = target
        self.refuses = False
        self.frozen: set[tuple[socket.socket, socket.socket]] = set()
        self.pairs: set[tuple[socket.socket, socket.socket]] = set()
        self.lock = threading.Lock()
        self.cuts = 0
        self.bytes = 0  # that went through
        self.delay = 0.0  # seconds that each piece takes
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.at = f"127.0.0.1:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                one, _ = self.listener.accept()
            except OSError:
                return  # it was closed
            try:
                if self.refuses:
                    raise ConnectionRefusedError
                other = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                reset(one)
                continue
            for end in (one, other):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = (one, other)
            with self.lock:
                self.pairs.add(pair)
            threading.Thread(target=self.carry, args=(pair,), daemon=True).start()

    def carry(self, pair) -> None:
        try:
            with selectors.DefaultSelector() as waiting:
                for end in pair:
                    waiting.register(end, selectors.EVENT_READ)
                while pair in self.pairs:
                    for key, _ in waiting.select(0.05):
                        part = key.fileobj.recv(65536)
                        if not part:
                            raise ConnectionResetError
                        if pair in self.frozen:
                            continue  # it is lost
                        self.bytes += len(part)
                        time.sleep(self.delay)
                        pair[key.fileobj is pair[0]].sendall(part)
        except (OSError, ValueError):
            pass
        self.end(pair)

    def end(self, pair) -> bool:
        with self.lock:
            if pair not in self.pairs:
                return False
            self.pairs.discard(pair)
            self.frozen.discard(pair)
        for end in pair:
            reset(end)
        return True

    def cut(self) -> None:
        """Ends what goes through; both sides notice."""
        self.cuts += sum(self.end(pair) for pair in list(self.pairs))

    def freeze(self) -> None:
        """Loses what goes through from now on; nobody notices."""
        with self.lock:
            self.cuts += len(self.pairs - self.frozen)
            self.frozen |= self.pairs

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.listener.close()
        self.cut()
