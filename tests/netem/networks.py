"""Two hosts and what is between them, in three kinds: the better ones need rights, and a kernel.

A network says how a program is started on either host (`server_words`, `client_words`), where the
server listens and where the client finds it; `set` changes what befalls packets, `cut` and `mend` the
way, and `move` gives the client another address, which it returns without the port.
"""

import os
import random
import subprocess

from bad_network import Faults, Relay, Wire

SERVER, CLIENT, MOVED = "10.203.0.1", "10.203.0.2", "10.203.0.3"
SEED = int(os.environ.get("HANDFAST_SEED") or random.SystemRandom().randrange(2**31))


class Impossible(Exception):
    """Not on this machine; the text says why."""


def command(*words: str) -> None:
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
    except FileNotFoundError as missing:
        raise Impossible(str(missing)) from None
    if done.returncode:
        raise Impossible(f"{' '.join(words)}: {done.stdout.strip()}")


class Namespaces:
    """Two of them, with a device each; what is between the devices is the rest's."""

    server_at = f"{SERVER}:6711"

    def __init__(self):
        self.names = [f"hf{os.getpid()}{end}" for end in "sc"]
        self.made: list[str] = []
        self.devices = [f"{name}-0" for name in self.names]
        self.server_words, self.client_words = (
            ("ip", "netns", "exec", name) for name in self.names)

    def __enter__(self):
        try:
            for name in self.names:
                command("ip", "netns", "add", name)
                self.made.append(name)
            self.connect()
            for words, device, address in zip((self.server_words, self.client_words),
                                              self.devices, (SERVER, CLIENT)):
                command(*words, "ip", "address", "add", f"{address}/24", "dev", device)
                command(*words, "ip", "link", "set", device, "up")
            self.set()
        except Impossible:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for name in self.made:
            subprocess.run(["ip", "netns", "delete", name], check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def connect(self) -> None:
        raise NotImplementedError

    def client_finds(self, at: str) -> str:
        return at

    def move(self) -> str:
        for what, address in (("delete", CLIENT), ("add", MOVED)):
            command(*self.client_words, "ip", "address", what, f"{address}/24", "dev",
                    self.devices[1])
        return MOVED

    def cut(self) -> None:
        command(*self.client_words, "ip", "link", "set", self.devices[1], "down")

    def mend(self) -> None:
        command(*self.client_words, "ip", "link", "set", self.devices[1], "up")


class Netem(Namespaces):
    name = "netem between two namespaces"

    def connect(self) -> None:
        command("ip", "link", "add", self.devices[0], "netns", self.names[0], "type", "veth",
                "peer", "name", self.devices[1], "netns", self.names[1])

    def set(self, loss: float = 0, duplicate: float = 0, reorder: float = 0, delay: float = 0,
            jitter: float = 0) -> None:
        for words, device in zip((self.server_words, self.client_words), self.devices):
            faults = ["loss", f"{loss:.0%}", "duplicate", f"{duplicate:.0%}"]
            if delay:
                faults += ["delay", f"{delay * 1000:.0f}ms", f"{jitter * 1000:.0f}ms"]
                faults += ["reorder", f"{reorder:.0%}"]
            command(*words, "tc", "qdisc", "replace", "dev", device, "root", "netem", *faults)


class OwnWire(Namespaces):
    name = f"a wire of our own between two namespaces (HANDFAST_SEED={SEED})"
    wire: Wire | None = None

    def connect(self) -> None:
        try:
            self.wire = Wire(tuple(self.devices), Faults(SEED), Faults(SEED + 1))
        except OSError as error:
            raise Impossible(f"/dev/net/tun: {error}") from None
        for name, device in zip(self.names, self.devices):
            command("ip", "link", "set", device, "netns", name)

    def set(self, **faults: float) -> None:
        self.wire.change(Faults(SEED, **faults), Faults(SEED + 1, **faults))

    def __exit__(self, *_) -> None:
        if self.wire:
            self.wire.end()
        super().__exit__()


class OwnRelay:
    name = f"a relay of our own between two sockets (HANDFAST_SEED={SEED})"
    server_at = "127.0.0.1:0"
    server_words = client_words = ()

    def __init__(self):
        self.faults: dict[str, float] = {}
        self.relay = None

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        if self.relay:
            self.relay.__exit__()

    def client_finds(self, at: str) -> str:
        host, port = at.split(":")
        self.__exit__()
        self.relay = Relay((host, int(port)), Faults(SEED), Faults(SEED + 1))
        self.set(**self.faults)
        return f"127.0.0.1:{self.relay.port}"

    def set(self, **faults: float) -> None:
        self.faults = faults
        if self.relay:
            self.relay.up, self.relay.down = Faults(SEED, **faults), Faults(SEED + 1, **faults)

    def move(self) -> str:
        self.relay.move()
        return "127.0.0.1"

    def cut(self) -> None:
        before = self.faults
        self.set(loss=1)
        self.faults = before

    def mend(self) -> None:
        self.set(**self.faults)


KINDS = {"netem": Netem, "wire": OwnWire, "relay": OwnRelay}


def best(names: list[str]):
    """The first of those kinds that there can be here, and why not those before it."""
    reasons = []
    for name in names:
        try:
            with KINDS[name]():
                return KINDS[name], reasons
        except Impossible as reason:
            reasons.append(f"{name}: {reason}")
    raise Impossible("; ".join(reasons))
