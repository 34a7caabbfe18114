"""The hardened wire in Python against our program, in both roles: prints `ok` or `FAILED` lines.

hardened_checks.py PROGRAM VECTORS
"""

import base64
import functools
import json
import os
import signal
import sys
import tempfile
import time

import hardened
import started
from bad_network import Faults, Relay
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from datagrams import Datagrams
from hardened import (CHALLENGE, CLOSE, CONNECT, CONNECTED, COOKIE_REPLY, DATA, HEARTBEAT, NONE,
                      PACKET, PAYLOAD_MAX, PINNED, RESPONSE, RESUMING, YES, Client, Connect,
                      Message, Refused, Server, Session, kind_of)
from started import PATIENCE, Checks, expect

PROGRAM, VECTORS = sys.argv[1:]
Program = functools.partial(started.Program, PROGRAM)
REPEAT, ATTEMPTS = 0.1, 50  # how often what is not answered is said again
QUIET = 0.3  # seconds in which nothing is to come


def text_of(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def lossy(seed: int) -> Faults:
    return Faults(seed, loss=0.3, duplicate=0.1, reorder=0.25, delay=0.01, jitter=0.005)


def altered(datagram: bytes, place: int = -1) -> bytes:
    """As it was, but for the highest bit of one byte."""
    other = bytearray(datagram)
    other[place] ^= 0x80
    return bytes(other)


def refused(session: Session, datagram: bytes) -> bool:
    try:
        session.open(datagram)
    except Refused:
        return True
    return False


class Talk(Datagrams):
    """A side of a session on a socket."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.tokens: list[bytes] = []

    session: Session
    fernet: Fernet | None = None  # in whose tokens all goes but packets

    def put(self, datagram: bytes) -> None:
        if self.fernet and kind_of(datagram) != PACKET:
            datagram = self.fernet.encrypt(datagram)
        super().put(datagram)

    def get(self, seconds: float = PATIENCE) -> bytes:
        datagram = super().get(seconds)
        if self.fernet and kind_of(datagram) != PACKET:
            self.tokens.append(datagram)
            return self.fernet.decrypt(datagram)
        return datagram

    def say(self, kind: int, body: bytes = NONE) -> None:
        self.put(self.session.seal(kind, body))

    def hear(self, *kinds: int, seconds: float = PATIENCE) -> Message:
        """The next packet of those kinds; others, and what a handshake repeats, may come before."""
        end = time.monotonic() + seconds
        while True:
            datagram = self.get(end - time.monotonic())
            if kind_of(datagram) != PACKET:
                continue
            message = self.session.open(datagram)
            if message.kind in kinds:
                return message

    def all_until_it_asks(self) -> list[Message]:
        """All that is said until an answer is asked for, and two seconds longer."""
        heard: list[Message] = []
        while not heard or (heard[-1].kind, heard[-1].body) != (HEARTBEAT, YES):
            heard.append(self.session.open(self.get()))
        return heard + [self.session.open(one) for one in self.all(2)]

    def repeat(self, say, *wanted: int) -> bytes:
        """Says what `say` makes until an answer of those types comes."""
        for _ in range(ATTEMPTS):
            self.put(say())
            end = time.monotonic() + REPEAT
            while True:
                try:
                    answer = self.get(end - time.monotonic())
                except TimeoutError:
                    break
                if kind_of(answer) in wanted:
                    return answer
        raise TimeoutError("no answer")

    def expect_quiet(self, what: str) -> None:
        expect(what, [one.hex() for one in self.all(QUIET)], [])


# A client in Python, our server.

class OurServer(started.Program):
    def __init__(self, *more: str, folder: str):
        super().__init__(PROGRAM, "--server", "127.0.0.1:0", "--key-file", f"{folder}/key", *more)
        text = self.after("key ")
        self.key = base64.urlsafe_b64decode(text + "=")
        self.port = int(self.after("listening on 127.0.0.1:"))


class Caller(Talk):
    """A client of our server, at `port`."""

    def __init__(self, program: OurServer, port: int = 0):
        super().__init__(("127.0.0.1", port or program.port))
        self.server = program

    def connect(self, pinned: bool = True, resumed: tuple[bytes, bytes] | None = None) -> None:
        """All of the handshake, and what our server says of it."""
        self.client = Client(self.server.key if pinned else None, resumed)
        answer = self.repeat(self.client.connect.encode, COOKIE_REPLY, CONNECTED)
        if kind_of(answer) == COOKIE_REPLY:
            expect("bytes of a cookie's reply", len(answer), 50)
            self.client.take_cookie(answer)
            answer = self.repeat(self.client.connect.encode, CONNECTED)
        expect("bytes of the answer", len(answer), 75)
        self.answer = answer
        self.session = self.client.answered(answer)
        asked = []

        def ask() -> bytes:
            asked.append(self.session.seal(HEARTBEAT, YES))
            return asked[-1]
        expect("what is answered", self.session.open(self.repeat(ask, PACKET)).kind, HEARTBEAT)
        self.first = asked[0]
        if len(asked) > 1:
            self.all(QUIET)  # the answers to the others
        self.number, words = self.server.until("connected").split(" ", 1)
        expect("its line", words, "connected, " + ("pinned" if pinned else "not pinned")
               + (", resumed" if resumed else ""))

    def echo(self, text: bytes) -> Message:
        self.say(DATA, text)
        heard = self.hear(DATA)
        expect("the echo", heard.body, text)
        return heard


def client_says_and_hears(pinned: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, OurServer(folder=folder) as program:
        with Caller(program) as caller:
            caller.connect(pinned)
            for size in (0, 1, 6, 7, 8, 500, PAYLOAD_MAX):
                caller.echo(b"x" * size)
            caller.say(DATA, b"y" * (PAYLOAD_MAX + 1))
            caller.expect_quiet("what is too large")
            caller.echo(b"and on")


def client_shows_a_cookie() -> None:
    with tempfile.TemporaryDirectory() as folder, OurServer("--cookies", folder=folder) as program:
        with Caller(program) as first, Caller(program) as caller:
            client = Client(program.key)
            client.take_cookie(first.repeat(client.connect.encode, COOKIE_REPLY))
            with Datagrams(first.peer) as elsewhere:
                elsewhere.put(client.connect.encode())
                expect("the answer to the same cookie from another port",
                       kind_of(elsewhere.get()), COOKIE_REPLY)
            caller.connect()
            caller.echo(b"with a cookie")


def client_in_tokens() -> None:
    key = Fernet.generate_key()
    with tempfile.TemporaryDirectory() as folder, \
            OurServer("--cookies", "--obfuscate", key.decode(), folder=folder) as program:
        with Caller(program) as caller:
            caller.put(Client(program.key).connect.encode())
            caller.expect_quiet("what is answered outside of a token")
            caller.fernet = Fernet(key)
            caller.connect()
            caller.echo(b"hello")
            expect("a cookie's reply and the answer", len(caller.tokens) >= 2, True)


def client_repeats_its_connect() -> None:
    with tempfile.TemporaryDirectory() as folder, OurServer(folder=folder) as program:
        with Caller(program) as caller:
            client = Client(program.key)
            answers = {caller.repeat(client.connect.encode, CONNECTED) for _ in range(3)}
            expect("answers to the same", len(answers), 1)
            caller.session = client.answered(answers.pop())
            caller.all()
            caller.echo(b"hello")
            caller.put(client.connect.encode())
            expect("the answer to the same from who was heard",
                   [kind_of(one) for one in caller.all(QUIET) if kind_of(one) != PACKET], [])
            caller.echo(b"as before")


def server_refuses(change) -> None:
    """A Connect that `change` has spoiled is not answered."""
    with tempfile.TemporaryDirectory() as folder, OurServer(folder=folder) as program:
        with Caller(program) as caller:
            caller.put(change(Client(program.key).connect.encode()))
            caller.expect_quiet("what is answered")
            caller.connect()


def client_through_loss(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder, OurServer(folder=folder) as program, \
            Relay(("127.0.0.1", program.port), lossy(seed), lossy(100 + seed)) as relay, \
            Caller(program, relay.port) as caller:
        caller.connect()
        said = [b"line %d" % i for i in range(60)]
        for one in said:
            caller.say(DATA, one)
        heard: list[bytes] = []
        end = time.monotonic() + PATIENCE
        while not heard and time.monotonic() < end:
            for datagram in caller.all(QUIET):
                if kind_of(datagram) != PACKET:
                    continue
                try:
                    message = caller.session.open(datagram)
                except Refused:
                    continue  # a copy
                if message.kind == DATA:
                    heard.append(message.body)
        program.process.kill()
        program.wait()
        arrived = [line[4:].encode() for line in program.lines if line.startswith("1 < ")]
        expect_some_of("what arrived", arrived, said)
        expect_some_of("what was heard", heard, arrived)
        expect("packets that were lost", relay.up.lost > 0 and relay.down.lost > 0, True)


def expect_some_of(what: str, some: list, of: list) -> None:
    """Something, each once, and nothing else."""
    expect(f"{what}, and was not said", set(some) - set(of), set())
    expect(f"{what}, and had before", len(some), len(set(some)))
    expect(f"{what}, at all", len(some) > 0, True)


def client_replays() -> None:
    with tempfile.TemporaryDirectory() as folder, OurServer(folder=folder) as program:
        with Caller(program) as caller:
            caller.connect()
            said = caller.session.seal(DATA, b"once")
            caller.put(said)
            answer = caller.get()
            expect("the echo", caller.session.open(answer).body, b"once")
            for copy in (said, caller.first, answer):
                caller.put(copy)
            for place in range(len(said)):
                caller.put(said[:place] + bytes([said[place] ^ 1]) + said[place + 1:])
            caller.expect_quiet("what is answered to copies and forgeries")
            caller.echo(b"genuine")


def client_and_server_rotate() -> None:
    with tempfile.TemporaryDirectory() as folder:
        with OurServer("--epoch-packets", "3", folder=folder) as program, Caller(program) as caller:
            caller.connect()
            late = caller.session.seal(DATA, b"late")
            epochs = set()
            for i in range(30):
                caller.session.rotate()
                epochs.add(caller.echo(b"line %d" % i).epoch)
                expect("our server has followed", caller.session.seen_epoch, caller.session.epoch)
            expect("our server's epochs", epochs, set(range(max(epochs) + 1)))
            expect("there were many", max(epochs) >= 8, True)
            caller.put(late)
            caller.expect_quiet("what is under a key of 30 epochs ago")
            early = caller.session.seal(DATA, b"early")
            caller.session.rotate()
            caller.echo(b"a new epoch")
            caller.put(early)
            expect("what is under the key before", caller.hear(DATA).body, b"early")
            for _ in range(8):
                caller.session.rotate()
            caller.echo(b"eight epochs on")
            for _ in range(9):
                caller.session.rotate()
            caller.say(DATA, b"nine")
            caller.expect_quiet("what is nine epochs on")


def server_waits_until_it_is_followed() -> None:
    with tempfile.TemporaryDirectory() as folder:
        with OurServer("--epoch-packets", "3", folder=folder) as program, Caller(program) as caller:
            caller.connect()
            caller.session.follows_aloud = False
            for i in range(40):
                caller.say(DATA, b"line %d" % i)
            heard = caller.all_until_it_asks()
            expect("the last epoch", max(one.epoch for one in heard), 4)
            expect("how much was said in it", len([one for one in heard if one.kind == DATA]) <= 15,
                   True)
            expect("it asks", [one.body for one in heard if one.kind == HEARTBEAT][-1], YES)
            caller.session.follows_aloud = True
            caller.say(HEARTBEAT)
            expect("and then", caller.echo(b"followed").epoch, 5)


def client_roams() -> None:
    with tempfile.TemporaryDirectory() as folder, OurServer(folder=folder) as program:
        with Caller(program) as caller, Talk(caller.peer) as there:
            caller.connect()
            caller.echo(b"here")
            program.until("1 < here")
            there.session = caller.session
            there.say(DATA, b"there")
            asked = caller.session.open(there.get())
            expect("first it asks", asked.kind, CHALLENGE)
            expect("where it was before too", caller.hear(CHALLENGE).body != asked.body, True)
            there.say(RESPONSE, os.urandom(8))
            there.say(RESPONSE, asked.body)
            program.until(f"1 moved to 127.0.0.1:{there.port}")
            caller.all()  # it may have been asked once more
            there.say(DATA, b"still there")
            expect("the echo", there.hear(DATA).body, b"still there")
            caller.expect_quiet("what goes to where it was")


def client_seems_to_roam() -> None:
    """Somebody has copied a packet to another address first, and cannot answer from there."""
    with tempfile.TemporaryDirectory() as folder, OurServer(folder=folder) as program:
        with Caller(program) as caller, Datagrams(caller.peer) as thief:
            caller.connect()
            copied = caller.session.seal(DATA, b"copied")
            thief.put(copied)
            sent = [thief.get(), *thief.all(1)]
            expect("what goes there", sum(map(len, sent)) <= len(copied), True)
            expect("it is asked", caller.session.open(sent[0]).kind, CHALLENGE)
            program.until(f"1 moved to 127.0.0.1:{caller.port}", 10)
            caller.all()
            caller.echo(b"here all the time")


def client_closes_and_resumes(pinned: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, OurServer(folder=folder) as program:
        left = None
        for _ in range(2):
            with Caller(program) as caller:
                caller.connect(pinned, left)
                caller.echo(b"hello")
                for _ in range(2):
                    caller.say(CLOSE)
                    expect("the answer to the end", caller.hear(CLOSE).body, YES)
                left = caller.session.resumption
        with Caller(program) as caller:
            caller.connect(pinned, left)
            caller.echo(b"once more")
            pin = program.key if pinned else None
            for wrong in (left, (left[0], os.urandom(32)), (os.urandom(16), left[1])):
                caller.put(Client(pin, wrong).connect.encode())
                caller.expect_quiet("what is answered to who resumes a second time")


def server_closes() -> None:
    with tempfile.TemporaryDirectory() as folder, OurServer(folder=folder) as program:
        with Caller(program) as caller, Caller(program) as silent:
            caller.connect()
            silent.connect()
            program.send_signal(signal.SIGTERM)
            expect("the end", caller.hear(CLOSE).body, NONE)
            caller.say(CLOSE, YES)
            expect("its exit code", program.wait(), 0)
            ends = [silent.session.open(one) for one in silent.all()]
            expect("the end, to who does not answer", [one.body for one in ends], [NONE] * 5)
            expect("its lines", program.lines[-3:], ["1 finished, to be resumed", "1 over", "2 over"])


# Our client, a server in Python.

class Answerer(Talk):
    """A server of our client."""

    def __init__(self, server: Server | None = None, cookies: bool = False):
        super().__init__()
        self.server = server or Server()
        self.cookies = cookies

    def program(self, *more: str, port: int = 0) -> started.Program:
        return Program(f"127.0.0.1:{port or self.port}", "--key", text_of(self.server.public), *more)

    def accept(self, program: started.Program, lost: int = 0, more: str = "pinned") -> Connect:
        """The whole handshake, after so many of what the client says were lost."""
        first = self.get()
        expect("bytes of what it asks", len(first), 135)
        for _ in range(lost):
            expect("what it repeats", self.get(), first)
        connect = Connect.decode(first)
        if self.cookies:
            expect("its cookie", connect.cookie, bytes(32))
            self.put(self.server.cookie_reply(connect))
            while connect.cookie == bytes(32):
                connect = Connect.decode(self.get())
            expect("its cookie", connect.cookie, self.server.cookie_of(connect))
            expect("the rest", connect.without_cookie(), Connect.decode(first).without_cookie())
        answer, self.session = self.server.accept(connect)
        self.put(answer)
        self.first = self.get()
        while kind_of(self.first) == CONNECT:
            self.first = self.get()
        asked = self.session.open(self.first)
        expect("what it says first", (asked.kind, asked.body, asked.counter), (HEARTBEAT, YES, 0))
        self.say(HEARTBEAT)
        expect("its line", program.line(), "connected, " + more)
        return connect


def our_client_connects(cookies: bool) -> None:
    with Answerer(cookies=cookies) as server, server.program() as program:
        connect = server.accept(program, lost=3)
        expect("its mode", connect.mode, PINNED)
        program.say("hello", "", "x" * PAYLOAD_MAX)
        for wanted in (b"hello", b"", b"x" * PAYLOAD_MAX):
            expect("what it says", server.hear(DATA).body, wanted)
        server.say(DATA, b"I hear\x1b[2J")
        expect("what it hears", program.line(), "< I hear\\x1b[2J")
        assert program.process.stdin
        program.process.stdin.close()
        expect("its end", server.hear(CLOSE).body, NONE)
        server.say(CLOSE, YES)
        expect("its exit code", program.wait(), 0)
        expect("its last lines", program.lines[-2:], ["finished, to be resumed", "over"])


def our_client_in_tokens() -> None:
    key = Fernet.generate_key()
    with Answerer() as server, server.program("--obfuscate", key.decode()) as program:
        server.fernet = Fernet(key)
        server.accept(program, lost=2)
        expect("another token each time", len(set(server.tokens)), len(server.tokens))
        program.say("hello")
        expect("what it says", server.hear(DATA).body, b"hello")


def our_client_without_pin() -> None:
    with Answerer() as server, Program(f"127.0.0.1:{server.port}", "--unpinned") as program:
        expect("its mode", server.accept(program, more="not pinned").mode, 0)


def our_client_knows_whom_it_wants() -> None:
    """Answers by another key, and answers that nobody proves, are none."""
    with Answerer() as server, server.program() as program:
        connect = Connect.decode(server.get())
        for other in (Server().accept(connect)[0],
                      server.server.accept(hardened.replace(connect, mode=0))[0],
                      altered(server.server.accept(connect)[0])):
            server.put(other)
        start = time.monotonic()
        expect("its line", program.line(), "over: timed_out")
        expect("about five seconds", 3 < time.monotonic() - start < 15, True)
        expect("its exit code", program.wait(), 1)
        expect("how often it asked", 1 + len(server.all()), ATTEMPTS)
        expect("what it makes of that", program.errors, [
            "dropped: not_authentic", "dropped: wrong_session", "dropped: not_authentic"])


def our_client_repeats_what_it_says_first() -> None:
    with Answerer() as server, server.program() as program:
        answer, server.session = server.server.accept(Connect.decode(server.get()))
        server.put(answer)
        counters = []
        while len(counters) < 5:
            datagram = server.get()
            if kind_of(datagram) == PACKET:
                counters.append(server.session.open(datagram).counter)
        expect("its numbers", counters, [0, 1, 2, 3, 4])
        server.say(HEARTBEAT)
        expect("its line", program.line(), "connected, pinned")
        server.all()  # what it has said before
        server.expect_quiet("what it says when it was answered")


def our_client_drops_what_is_not_authentic() -> None:
    with Answerer() as server, server.program() as program:
        server.accept(program)
        once = server.session.seal(DATA, b"once")
        for place in range(len(once)):
            server.put(altered(once, place))
        server.put(server.first)
        server.put(once)
        server.put(once)
        server.say(DATA, b"genuine")
        expect("what it hears", (program.line(), program.line()), ("< once", "< genuine"))


def our_client_resumes() -> None:
    with tempfile.TemporaryDirectory() as folder, Answerer() as server:
        session = ("--session", f"{folder}/session")

        def run(more: str) -> Connect:
            with server.program(*session) as program:
                connect = server.accept(program, more=more)
                assert program.process.stdin
                program.process.stdin.close()
                expect("its end", server.hear(CLOSE).body, NONE)
                server.server.keep(server.session)
                server.say(CLOSE, YES)
                expect("its exit code", program.wait(), 0)
            server.all()  # it may have said its end again
            expect("who may read what it left", os.stat(session[1]).st_mode & 0o777, 0o600)
            return connect

        expect("its mode", run("pinned").mode, PINNED)
        expect("and then", run("pinned, resumed").mode, PINNED | RESUMING)
        kept = set(server.server.kept)
        expect("the next one's id", {run("pinned, resumed").resumption}, kept)
        server.server.kept.clear()
        with server.program(*session) as program:
            tries = []
            while not tries or tries[-1].mode & RESUMING:
                tries.append(Connect.decode(server.get()))
            expect("how often it asks who has forgotten", len(tries) - 1, 10)
            anew = tries.pop()
            expect("what is new then", (anew.mode, anew.key == tries[0].key, anew.resumption),
                   (PINNED, False, bytes(16)))
            server.accept(program)
            expect("what is left of the file", os.listdir(folder), [])


def our_client_rotates() -> None:
    with Answerer() as server, server.program("--epoch-packets", "3") as program:
        server.accept(program)
        for i in range(30):
            server.session.rotate()
            server.say(DATA, b"down %d" % i)
            expect("what it hears", program.line(), f"< down {i}")
            program.say(f"up {i}")
            heard = server.hear(DATA)
            expect("what it says", heard.body, b"up %d" % i)
            expect("what it has followed", heard.seen, server.session.epoch)
        expect("its epochs are many", server.session.highest_epoch >= 8, True)


def our_client_waits_until_it_is_followed() -> None:
    with Answerer() as server, server.program("--epoch-packets", "3") as program:
        server.accept(program)
        server.session.follows_aloud = False
        said = [f"line {i}" for i in range(20)]
        program.say(*said)
        heard = server.all_until_it_asks()
        expect("the last epoch", max(one.epoch for one in heard), 4)
        expect("it asks", [one.body for one in heard if one.kind == HEARTBEAT][-1], YES)
        lines = [one.body.decode() for one in heard if one.kind == DATA]
        server.session.follows_aloud = True
        while len(lines) < len(said):
            server.say(HEARTBEAT)
            lines.append(server.hear(DATA).body.decode())
        expect("each line, once and in order", lines, said)


def our_client_roams() -> None:
    with Answerer() as server, Relay(("127.0.0.1", server.port), Faults(1), Faults(2)) as relay, \
            server.program(port=relay.port) as program:
        server.accept(program)
        moved = relay.move()
        program.say("from elsewhere")
        expect("what it says", server.hear(DATA).body, b"from elsewhere")
        expect("where it is now", server.peer[1], moved)
        challenge = os.urandom(8)
        server.say(CHALLENGE, challenge)
        expect("its answer", server.hear(RESPONSE).body, challenge)
        server.say(DATA, b"there you are")
        expect("what it hears", program.line(), "< there you are")


def our_client_through_loss(seed: int) -> None:
    with Answerer() as server, \
            Relay(("127.0.0.1", server.port), lossy(seed), lossy(100 + seed)) as relay, \
            server.program(port=relay.port) as program:
        connect, answer = None, b""
        while True:
            datagram = server.get()
            if kind_of(datagram) == PACKET:
                break
            one = Connect.decode(datagram)
            if connect is None:
                connect = one
                answer, server.session = server.server.accept(one)
            expect("the same question again", one, connect)
            server.put(answer)
        server.session.open(datagram)
        said = [b"line %d" % i for i in range(60)]
        for one in said:
            server.say(DATA, one)
        expect("its line", program.line(), "connected, pinned")
        expect("what it hears", program.line()[:7], "< line ")
        program.send_signal(signal.SIGINT)
        expect("its exit code", program.wait(), 0)
        heard = [line[2:].encode() for line in program.lines if line.startswith("< ")]
        expect_some_of("what it hears", heard, said)
        expect("packets that were lost", relay.down.lost > 0, True)


def our_client_is_told_the_end() -> None:
    with Answerer() as server, server.program() as program:
        server.accept(program)
        start = time.monotonic()
        for _ in range(2):
            server.say(CLOSE)
            expect("its answer", server.hear(CLOSE).body, YES)
        expect("its line", program.line(), "finished, to be resumed")
        expect("its exit code", program.wait(), 0)
        expect("how long it answers", 2.5 < time.monotonic() - start < 10, True)


def our_client_ends_unanswered() -> None:
    with Answerer() as server, server.program() as program:
        server.accept(program)
        program.send_signal(signal.SIGTERM)
        expect("its exit code", program.wait(), 0)
        ends = [server.session.open(one) for one in server.all()]
        expect("how often it says so", [one.kind for one in ends].count(CLOSE), 5)


def our_client_misses_its_server() -> None:
    with Answerer() as server, server.program("--silence", "1500") as program:
        start = time.monotonic()
        server.accept(program)
        expect("its line", program.line(), "over: peer_lost")
        expect("how long it waits", 1.5 < time.monotonic() - start < 10, True)
        expect("its exit code", program.wait(), 1)
        expect("what it said meanwhile", {server.session.open(one).kind for one in server.all()},
               {HEARTBEAT})


# The known answers, by this package.

def vectors_are_those_of_the_package() -> None:
    with open(VECTORS, encoding="utf-8") as file:
        known = json.load(file)
    given = {name: bytes.fromhex(value) for name, value in known.items() if isinstance(value, str)}
    keys = {name: X25519PrivateKey.from_private_bytes(given[name])
            for name in ("identity", "client", "server")}
    for wanted in known["sessions"]:
        pinned = hardened.public(keys["identity"]) if wanted["mode"] & PINNED else None
        # What a session goes on from is what the one of the same mode without resuming has left.
        before = known["sessions"][wanted["mode"] & PINNED]["resumption"]
        resumed = (bytes.fromhex(before["id"]), bytes.fromhex(before["secret"]))
        client = Client(pinned, resumed if wanted["mode"] & RESUMING else None)
        client.ephemeral = keys["client"]
        client.connect = hardened.replace(client.connect, key=hardened.public(keys["client"]),
                                          nonce=given["nonce"], half=given["client_half"])
        if wanted["mode"] & RESUMING:
            client.connect = hardened.replace(
                client.connect, proof=client.connect.right_proof(resumed[1]))
        expect("Connect", client.connect.encode().hex(), wanted["connect"])
        client.take_cookie(bytes.fromhex(wanted["cookie_reply"]))
        expect("with a cookie", client.connect.encode().hex(), wanted["connect_with_cookie"])
        session = client.answered(bytes.fromhex(wanted["connected"]))
        expect("the client's key", session.sending.hex(), wanted["client"])
        expect("the server's key", session.receiving[0].hex(), wanted["server"])
        expect("what is left", [one.hex() for one in session.resumption],
               [wanted["resumption"]["id"], wanted["resumption"]["secret"]])
        if wanted["mode"] == PINNED:
            check_packets(known["packets"], session)


def check_packets(packets: list[dict], client: Session) -> None:
    connected = hardened.Connected(PINNED, client.ids[:4], client.ids[4:], bytes(32))
    names = {"data": DATA, "heartbeat": HEARTBEAT, "challenge": CHALLENGE, "response": RESPONSE,
             "close": CLOSE}
    for one in packets:
        keys = [client.sending, client.receiving[0]]
        keys = keys if one["from"] == "client" else keys[::-1]
        sealing = Session(connected, *keys, client.resumption)
        for _ in range(one["epoch"]):
            sealing.rotate()
        sealing.counter, sealing.highest_epoch = one["counter"], one["seen_epoch"]
        body = bytes.fromhex(one["body"])
        sealed = sealing.seal(names[one["kind"]], body)
        expect("a packet", sealed.hex(), one["packet"])
        opening = Session(connected, *keys[::-1], client.resumption)
        opening.epoch = one["seen_epoch"]
        message = opening.open(sealed)
        expect("what it opens to", (message.kind, message.body, message.seen),
               (names[one["kind"]], body, one["seen_epoch"]))
        expect("and a second time", refused(opening, sealed), True)


check = Checks("python udp, hardened: ")
check("the known answers are the package's", vectors_are_those_of_the_package)
check("its client says and hears, our server", client_says_and_hears, True)
check("its client that pins nobody says and hears, our server", client_says_and_hears, False)
check("our server wants a cookie, from where it sent it to", client_shows_a_cookie)
check("our server in the document's tokens", client_in_tokens)
check("our server answers the same to the same, until its client is heard", client_repeats_its_connect)
for spoiled, change in (("shorter", lambda b: b[:-1]), ("longer", lambda b: b + b"\x00"),
                        ("of another version", lambda b: b"\x03" + b[1:]),
                        ("in a mode that is none", lambda b: b[:2] + b"\x05" + b[3:]),
                        ("with something unused set", lambda b: b[:-1] + b"\x01"),
                        ("with a key of low order", lambda b: b[:3] + bytes(32) + b[35:])):
    check(f"our server answers no Connect that is {spoiled}" if spoiled[:2] != "wi" else
          f"our server answers no Connect {spoiled}", server_refuses, change)
for number in range(5):
    check(f"its client through loss, our server, seed {number}", client_through_loss, number)
check("our server does not take a packet twice, or a forged one", client_replays)
check("keys change both ways, its client", client_and_server_rotate)
check("our server waits until its client has followed", server_waits_until_it_is_followed)
check("its client moves, and answers from where it is", client_roams)
check("its client does not move where somebody else sends its packet", client_seems_to_roam)
check("its client ends sessions and goes on from them, once", client_closes_and_resumes, True)
check("and so does one that pins nobody", client_closes_and_resumes, False)
check("our server ends all sessions", server_closes)
check("our client connects, its server", our_client_connects, False)
check("our client brings the cookie that its server wants", our_client_connects, True)
check("our client in the document's tokens", our_client_in_tokens)
check("our client that pins nobody", our_client_without_pin)
check("our client takes no other server's answer", our_client_knows_whom_it_wants)
check("our client says something until it is heard", our_client_repeats_what_it_says_first)
check("our client drops what is not authentic, or was there", our_client_drops_what_is_not_authentic)
check("our client goes on from its session, or anew", our_client_resumes)
check("keys change both ways, our client", our_client_rotates)
check("our client waits until its server has followed", our_client_waits_until_it_is_followed)
check("our client moves, and answers from where it is", our_client_roams)
for number in range(5):
    check(f"our client through loss, seed {number}", our_client_through_loss, number)
check("our client is told the end", our_client_is_told_the_end)
check("our client says the end five times", our_client_ends_unanswered)
check("our client notices that its server is gone", our_client_misses_its_server)
check.end()
