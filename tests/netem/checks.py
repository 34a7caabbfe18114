"""udp_link's two sides over a bad network: prints `note`, `ok` or `FAILED` lines.

checks.py PROGRAM [NETWORK]
"""

import signal
import sys
import tempfile

import networks
from networks import best
from started import Checks, Program, expect

PROGRAM, *KINDS = sys.argv[1:]
BAD = {"loss": 0.20, "duplicate": 0.05, "reorder": 0.25, "delay": 0.020, "jitter": 0.010}
LINES, BURST, HANDSHAKES = 400, 40, 10
SHORT = ("--silence", "4000")  # milliseconds
Network, reasons = best(KINDS or list(networks.KINDS))


class Pair:
    """A network, a server and a client on it, for one check."""

    def __init__(self, *more: str, **faults: float):
        self.more, self.faults = more, faults

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.network = Network().__enter__()
        self.server = Program(*self.network.server_words, PROGRAM, "--server",
                              self.network.server_at, "--key-file", f"{self.folder.name}/key",
                              *self.more)
        self.key = self.server.after("key ")
        at = self.server.after("listening on ")
        self.network.set(**self.faults)
        self.client = Program(*self.network.client_words, PROGRAM, self.network.client_finds(at),
                              "--key", self.key, *self.more)
        return self

    def __exit__(self, *_) -> None:
        self.client.__exit__()
        self.server.__exit__()
        self.network.__exit__()
        self.folder.cleanup()

    def connected(self) -> None:
        expect("the client's line", self.client.line(), "connected, pinned")
        expect("the server's line", self.server.line(), "1 connected, pinned")

    def talk(self, text: str) -> None:
        self.client.say(text)
        expect("what the client hears", self.client.line(), "< " + text)
        expect("what the server heard", self.server.line(), "1 < " + text)

    def end(self) -> None:
        """In order: the client's input ends, and the server is told."""
        expect("the client's exit code", self.client.end(), 0)
        self.server.send_signal(signal.SIGTERM)
        expect("the server's exit code", self.server.wait(), 0)


def said_in(lines: list[str], beginning: str) -> list[int]:
    """The numbers of the lines that one side has heard."""
    return [int(line.removeprefix(beginning)) for line in lines if line.startswith(beginning)]


def through_faults() -> None:
    with Pair(**BAD) as pair:
        pair.connected()
        for first in range(0, LINES, BURST):
            pair.client.say(*[f"line {i}" for i in range(first, first + BURST)])
            expect("what comes back", pair.client.line()[:7], "< line ")
        pair.end()
        there, back = said_in(pair.server.lines, "1 < line "), said_in(pair.client.lines, "< line ")
        expect("what the server heard and nobody said", set(there) - set(range(LINES)), set())
        expect("what it heard twice", len(there), len(set(there)))
        expect("what came back and did not arrive", set(back) - set(there), set())
        expect("what came back twice", len(back), len(set(back)))
        expect("the server's lines", pair.server.lines[2:3] + pair.server.lines[3 + len(there):4
               + len(there)], ["1 connected, pinned", "1 finished, to be resumed"])
        expect("the client's lines", (pair.client.lines[0], pair.client.lines[-1]),
               ("connected, pinned", "over"))
        # And the network was as bad as it should be.
        for heard, of in ((there, LINES), (back, len(there))):
            expect("that some were lost, and most were not", of / 2 < len(heard) < of * 0.95, True)
            expect("that some were overtaken", heard != sorted(heard), True)
        for program in (pair.server, pair.client):
            expect("copies, which were refused", any("dropped: replayed" in line
                                                     for line in program.errors), True)


def handshakes() -> None:
    for _ in range(HANDSHAKES):
        with Pair(loss=0.30) as pair:
            pair.connected()
            pair.network.set()
            pair.talk("hello")
            pair.end()
            expect("the client's last lines", pair.client.lines[-2:],
                   ["finished, to be resumed", "over"])
            expect("the server's last line but one, or last", "1 finished, to be resumed"
                   in pair.server.lines[-2:], True)


def another_address() -> None:
    with Pair(delay=0.020, jitter=0.010) as pair:
        pair.connected()
        pair.talk("here")
        there = pair.network.move()
        pair.client.say("there")  # its answer waits for the proof of the address
        expect("what the server hears", pair.server.line(), "1 < there")
        expect("its next line", pair.server.after("1 moved to ").split(":")[0], there)
        pair.talk("still there")
        pair.end()


def outage() -> None:
    with Pair(*SHORT) as pair:
        pair.connected()
        pair.talk("before")
        pair.network.cut()
        pair.client.say("into the void")
        expect_nothing(pair.client, 1)
        pair.network.mend()
        pair.talk("after")
        pair.network.cut()
        pair.client.say("into the void")
        for program, who in ((pair.client, ""), (pair.server, "1 ")):
            expect("its line", program.line(), f"{who}over: peer_lost")
        expect("the client's exit code", pair.client.wait(), 1)


def expect_nothing(program: Program, seconds: float) -> None:
    try:
        line = program.line(seconds)
    except AssertionError:
        return
    raise AssertionError(f"it says {line!r}")


print(f"note {Network.name}" + (f", because of {'; '.join(reasons)}" if reasons else ""), flush=True)
check = Checks("udp_link, ")
check("20 % lost, 5 % twice, 25 % overtaking: what arrives was said, and arrives once",
      through_faults)
check("30 % lost: ten handshakes", handshakes)
check("its client has another address", another_address)
check("a short outage is survived, a long one noticed", outage)
check.end()
