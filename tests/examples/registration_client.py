"""registration_client, at the real server, and at one that says nothing: what becomes of the lines
that it is given. Prints `ok` or `FAILED` lines.

registration_client.py CLIENT SERVER
"""

import base64
import hashlib
import os
import socket
import subprocess
import sys
import threading
import time

import started
from started import Checks, expect, with_folder

CLIENT, SERVER = sys.argv[1:]
PROFILES = {"hardened": ("/router", ()), "compat": ("/router/compat", ("--compat",))}
LINE_MAX = 65_436  # bytes, of a line and its end


class Server(started.Program):
    def __init__(self, folder: str):
        super().__init__(SERVER, "--port", "0", "--key-file", f"{folder}/server.key")
        self.key = self.after("key ")
        self.host = self.after("listening on http://")

    def client(self, folder: str, name: str, profile: str, *more: str, **options) -> "Client":
        return Client(folder, name, profile, self.host, *more, **options)


class Client(started.Program):
    """With the key of this name."""

    def __init__(self, folder: str, name: str, profile: str, host: str, *more: str, **options):
        path, words = PROFILES[profile]
        super().__init__(CLIENT, "--url", f"ws://{host}{path}", "--key-file",
                         f"{folder}/{name}.key", *words, *more, **options)
        self.key = self.after("key ")


def key_of(folder: str, name: str) -> str:
    """Its public key, made where there is none; nobody has it then."""
    with Client(folder, name, "hardened", "127.0.0.1:1") as client:
        client.wait()
        return client.key


def heard(client: Client, sender: Client) -> list[str]:
    beginning = sender.key + ": "
    return [line.removeprefix(beginning) for line in client.lines if line.startswith(beginning)]


@with_folder
def too_long(folder: str, profile: str) -> None:
    """Where it comes through a pipe, and from a file; what was before it is said."""
    longest = "x" * (LINE_MAX - 1)
    text = f"{longest}\n{longest}x\nbehind\n"
    with open(f"{folder}/lines", "w", encoding="ascii") as file:
        file.write(text)
    with Server(folder) as server, server.client(folder, "bob", profile, "--stay") as bob, \
            open(f"{folder}/lines", encoding="ascii") as file:
        bob.until("* registered")
        for stdin in (subprocess.PIPE, file):
            with server.client(folder, "alice", profile, "--to", bob.key, stdin=stdin) as alice:
                if alice.process.stdin:
                    alice.say(text.rstrip())
                expect("its exit code", alice.wait(), 1)
                expect("its words", alice.errors, ["a line is too long to be one"])
                bob.until(alice.key)
                expect("what was heard", heard(bob, alice), [longest])
                bob.lines.clear()


@with_folder
def not_said(folder: str, profile: str) -> None:
    """To nobody, to what is no key, and to who is not there; the lines behind that are said."""
    absent = key_of(folder, "absent")
    with Server(folder) as server, server.client(folder, "bob", profile, "--stay") as bob:
        bob.until("* registered")
        nobody_there = {"hardened": "* message 1 to " + absent[:8] + ": nobody answers",
                        "compat": "* not delivered: RECIPIENT_NOT_AVAILABLE"}[profile]
        for first, words in (("to whom?", "* to whom? say /to KEY first"),
                             ("/to nobody", "* that is no key"),
                             (f"/to {absent}\nare you there?", nobody_there)):
            with server.client(folder, "alice", profile) as alice:
                alice.say(first, f"/to {bob.key}", "for Bob")
                expect("its exit code", alice.end(), 1)
                expect("its words", [line for line in alice.lines if line == words], [words])
                bob.until(f"{alice.key}: for Bob")


@with_folder
def refused(folder: str) -> None:
    """What is said to the own key."""
    with Server(folder) as server, server.client(folder, "alice", "hardened") as alice:
        alice.say(f"/to {alice.key}", "a note to myself")
        expect("its exit code", alice.end(), 1)
        expect("its last line", alice.lines[-1], "* refused: bad_argument")


@with_folder
def no_utf8(folder: str) -> None:
    """JSON has no place for it."""
    with open(f"{folder}/lines", "wb") as file:
        file.write(b"Gr\xfc\xdfe\nbehind\n")
    with Server(folder) as server, server.client(folder, "bob", "compat", "--stay") as bob, \
            open(f"{folder}/lines", "rb") as file:
        bob.until("* registered")
        with server.client(folder, "alice", "compat", "--to", bob.key, stdin=file) as alice:
            expect("its exit code", alice.wait(), 1)
            bob.until(f"{alice.key}: behind")
            expect("its words", "* that is no UTF-8, and JSON has nothing else" in alice.lines,
                   True)


LINES = 300  # more than a server carries at once


@with_folder
def whole_file(folder: str, profile: str) -> None:
    with open(f"{folder}/lines", "w", encoding="ascii") as file:
        file.writelines(f"line {number}\n" for number in range(LINES))
    with Server(folder) as server, server.client(folder, "bob", profile, "--stay") as bob, \
            open(f"{folder}/lines", encoding="ascii") as file:
        bob.until("* registered")
        with server.client(folder, "alice", profile, "--to", bob.key, stdin=file) as alice:
            expect("its exit code", alice.wait(3 * started.PATIENCE), 0)
            bob.until(f"line {LINES - 1}")
            expect("what was heard", heard(bob, alice), [f"line {i}" for i in range(LINES)])


@with_folder
def contact_comes_later(folder: str) -> None:
    """What waits for a session is more than may wait for one."""
    wanted = [f"{number} " + "x" * 50_000 for number in range(8)]
    with Server(folder) as server:
        to = key_of(folder, "bob")
        with server.client(folder, "alice", "hardened", "--to", to) as alice:
            alice.until("* registered")
            said = threading.Thread(target=lambda: alice.say(*wanted))
            said.start()
            threading.Event().wait(1)
            with server.client(folder, "bob", "hardened", "--stay") as bob:
                bob.until(": 7 xxx")
                said.join()
                expect("what was heard", heard(bob, alice), wanted)
                expect("its exit code", alice.end(), 0)


def accept_web_socket(listener: socket.socket) -> socket.socket:
    """A connection on which the client waits for a challenge."""
    connection, _ = listener.accept()
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        part = connection.recv(4096)
        expect("the request goes on", part != b"", True)
        request += part
    key, = (line.split(b": ", 1)[1] for line in request.split(b"\r\n")
            if line.lower().startswith(b"sec-websocket-key: "))
    magic = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
    accept = base64.b64encode(hashlib.sha1(key + magic).digest())
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                       b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")
    return connection


@with_folder
def reads_no_more(folder: str, profile: str) -> None:
    """Nobody registers it: what it has read is not more than a line and what pipes hold."""
    bound = 4 * 65_536
    text = ("x" * 1_000 + "\n").encode() * 4_000
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        with Client(folder, "alice", profile, host, "--timeout", "60000") as alice, \
                accept_web_socket(listener):
            assert alice.process.stdin
            pipe = alice.process.stdin.fileno()
            os.set_blocking(pipe, False)
            written, last = 0, time.monotonic()
            while time.monotonic() - last < 1 and written < len(text):
                try:
                    written += os.write(pipe, text[written:])
                    last = time.monotonic()
                except BlockingIOError:
                    threading.Event().wait(0.01)
            expect(f"{written} bytes are within {bound}", written < bound, True)


check = Checks("registration_client: ")
for name in PROFILES:
    check(f"a line that is too long is told of, and is a failure, {name}", too_long, name)
    check(f"what cannot be said is told of, and is a failure, {name}", not_said, name)
    check(f"a file is said whole, and in order, {name}", whole_file, name)
    check(f"it reads no more than it can say, {name}", reads_no_more, name)
check("what is refused is told of, and is a failure", refused)
check("what is no UTF-8 is told of, and is a failure, where JSON carries it", no_utf8)
check("more than may wait for a contact waits with us", contact_comes_later)
check.end()
