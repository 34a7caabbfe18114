"""Networks that lose, repeat, delay and overtake, for real programs: between two sockets, or between
two namespaces, each packet through here. A seed decides about each packet, not when it comes."""

import fcntl
import heapq
import os
import random
import select
import socket
import struct
import threading
import time


class Faults:
    """What becomes of a packet; chances from 0 to 1, times in seconds. As netem has it: of those that
    are delayed, `reorder` go at once."""

    def __init__(self, seed: int, loss: float = 0, duplicate: float = 0, reorder: float = 0,
                 delay: float = 0, jitter: float = 0):
        self.random = random.Random(seed)
        self.loss, self.duplicate, self.reorder = loss, duplicate, reorder
        self.delay, self.jitter = delay, jitter
        self.lost = self.doubled = self.passed = 0

    def delays(self) -> list[float]:
        """How long each copy of the next packet takes; none where it is lost."""
        drawn = [self.random.random() for _ in range(4)]
        spread = self.delay + self.jitter * self.random.uniform(-1, 1)
        times = [0 if drawn[0] < self.reorder else max(0, spread)]
        if drawn[1] < self.duplicate:
            self.doubled += 1
            times.append(times[0])
        if drawn[2] < self.loss:
            self.lost += 1
            times.pop()
        self.passed += len(times)
        return times


class Mover:
    """A thread that reads packets and writes each where and when it should go."""

    def __init__(self):
        self.waiting: list[tuple[float, int, object, bytes]] = []  # a heap: time, number, way, packet
        self.count = 0
        self.lock = threading.Lock()
        self.wake, self.woken = os.pipe()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def look_again(self) -> None:
        """The sources are others now."""
        os.write(self.woken, b".")

    def close(self) -> None:
        os.write(self.woken, b"x")
        self.thread.join()
        os.close(self.wake)
        os.close(self.woken)

    def run(self) -> None:
        while True:
            timeout = self.waiting[0][0] - time.monotonic() if self.waiting else None
            ready = select.select([self.wake, *self.sources()], [], [],
                                  None if timeout is None else max(0, timeout))[0]
            if self.wake in ready:
                if b"x" in os.read(self.wake, 100):
                    return
                continue
            with self.lock:
                for one in ready:
                    self.read(one)
            while self.waiting and self.waiting[0][0] <= time.monotonic():
                _, _, way, packet = heapq.heappop(self.waiting)
                with self.lock:
                    self.write(way, packet)

    def take(self, way, faults: Faults, packet: bytes) -> None:
        for delay in faults.delays():
            self.count += 1
            heapq.heappush(self.waiting, (time.monotonic() + delay, self.count, way, packet))

    # What a kind of network says.

    def sources(self) -> list:
        raise NotImplementedError

    def read(self, source) -> None:
        raise NotImplementedError

    def write(self, way, packet: bytes) -> None:
        raise NotImplementedError


class Relay(Mover):
    """Stands between one client and a server, both on this machine: the client is at `port`."""

    def __init__(self, server: tuple[str, int], up: Faults, down: Faults):
        super().__init__()
        self.up, self.down = up, down
        self.inside = self.bound()
        self.outside = self.bound()
        self.left: list[socket.socket] = []  # where it was before it moved
        self.server, self.client = server, None
        self.port = self.inside.getsockname()[1]
        self.said: list[bytes] = []  # by the client, before anything befalls it
        self.heard: list[bytes] = []  # likewise, by the server
        self.start()

    @staticmethod
    def bound() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("127.0.0.1", 0))
        return made

    def move(self) -> int:
        """From now on the client is somewhere else, as the server sees it: on this port."""
        with self.lock:
            self.left.append(self.outside)
            self.outside = self.bound()
        self.look_again()
        return self.outside.getsockname()[1]

    def sources(self) -> list:
        with self.lock:
            return [self.inside, self.outside]

    def read(self, source) -> None:
        packet, sender = source.recvfrom(65536)
        if source is self.inside:
            self.client = sender
            self.said.append(packet)
            self.take("up", self.up, packet)
        else:
            self.heard.append(packet)
            self.take("down", self.down, packet)

    def write(self, way, packet: bytes) -> None:
        if way == "up":
            self.outside.sendto(packet, self.server)
        else:
            self.inside.sendto(packet, self.client)

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.close()
        for one in (self.inside, self.outside, *self.left):
            one.close()


class Wire(Mover):
    """Two network devices, named `ends`: what goes into one comes out of the other. They are to be
    moved to where they are needed."""

    TUNSETIFF, TUN, NO_INFO = 0x400454CA, 0x1, 0x1000

    def __init__(self, ends: tuple[str, str], there: Faults, back: Faults):
        super().__init__()
        self.faults = {}
        self.others = {}
        first, second = (self.device(name) for name in ends)
        self.set(first, there, second)
        self.set(second, back, first)
        self.ends = (first, second)
        self.start()

    def set(self, end: int, faults: Faults, other: int) -> None:
        self.faults[end], self.others[end] = faults, other

    def change(self, there: Faults, back: Faults) -> None:
        with self.lock:
            self.faults = dict(zip(self.ends, (there, back)))

    @classmethod
    def device(cls, name: str) -> int:
        end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        wanted = struct.pack("16sH22x", name.encode(), cls.TUN | cls.NO_INFO)
        fcntl.ioctl(end, cls.TUNSETIFF, wanted)
        return end

    def sources(self) -> list:
        return list(self.ends)

    def read(self, source) -> None:
        try:
            packet = os.read(source, 65536)
        except BlockingIOError:
            return
        self.take(self.others[source], self.faults[source], packet)

    def write(self, way, packet: bytes) -> None:
        try:
            os.write(way, packet)
        except OSError:  # that end is down: what arrives there is lost
            pass

    def end(self) -> None:
        self.close()
        for end in self.ends:
            os.close(end)
