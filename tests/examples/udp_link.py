"""udp_link, both sides of it, over real sockets: prints `ok` or `FAILED` lines.

udp_link.py PROGRAM

The default port has to be free: tests/examples/run gives all of this a network of its own where
that is allowed.
"""

import functools
import os
import re
import signal
import socket
import sys
import tempfile
import threading
import time

import started
from started import Checks, expect, with_folder

Program = functools.partial(started.Program, sys.argv[1])
SILENCE = ("--silence", "1500")  # milliseconds, of a heartbeat every half second
PORT = 6711  # by default
DEPLOYED = ("documented", "v0_8")


class Server(started.Program):
    """On `at`, with its key in a folder that is there as long as the check is."""

    def __init__(self, folder: str, *more: str, at: str = "127.0.0.1:0"):
        super().__init__(sys.argv[1], "--server", at, "--key-file", f"{folder}/key", *more)
        self.key = self.after("key ")
        self.at = self.after("listening on ")

    def client(self, *more: str, **options) -> started.Program:
        return Program(self.at, "--key", self.key, *more, **options)


def talk(client: started.Program, *lines: str) -> None:
    for line in lines:
        client.say(line)
        expect("what it hears", client.line(), "< " + line)


@with_folder
def two_clients(folder: str) -> None:
    with Server(folder) as server, server.client() as alice, server.client() as bob:
        for client in (alice, bob):
            expect("its line", client.line(), "connected, pinned")
        for turn in range(20):
            talk(alice, f"alice {turn}")
            talk(bob, f"bob {turn}")
        for client in (alice, bob):
            expect("its exit code", client.end(), 0)
            expect("its last lines", client.lines[-2:], ["finished, to be resumed", "over"])
        expect("the server's exit code", stopped(server), 0)
        links = {line.split(" ", 1)[0] for line in server.lines if " < alice" in line}
        others = {line.split(" ", 1)[0] for line in server.lines if " < bob" in line}
        expect("who is who", (len(links), len(others), links & others), (1, 1, set()))


def stopped(server: started.Program) -> int:
    server.send_signal(signal.SIGTERM)
    return server.wait()


@with_folder
def over_ipv6(folder: str) -> None:
    for at, host in (("[::1]:0", "[::1]"), ("[::]:0", "127.0.0.1")):
        with Server(folder, at=at) as server:
            server.at = host + server.at[server.at.rindex(":"):]
            with server.client() as client:
                expect("its line", client.line(), "connected, pinned")
                talk(client, "hello")
                expect("its exit code", client.end(), 0)


@with_folder
def another_key(folder: str) -> None:
    with tempfile.TemporaryDirectory() as other, Server(folder) as server, Server(other) as wanted:
        server.key = wanted.key
        with server.client() as client:
            expect("its line", client.line(), "over: timed_out")
            expect("its exit code", client.wait(), 1)
            expect("what it makes of the answers", set(client.errors), {"dropped: not_authentic"})


@with_folder
def no_key(folder: str) -> None:
    with Server(folder) as server:
        with Program(server.at) as client:
            expect("its exit code", client.wait(), 1)
            expect("its lines", client.lines, [])
            expect("its reason", client.errors[0].startswith("udp_link: who is the server?"), True)
        with Program(server.at, "--unpinned") as client:
            expect("its line", client.line(), "connected, not pinned")
        for wrong in ("x", server.key[:-1], server.key + "="):
            with Program(server.at, "--key", wrong) as client:
                expect("its exit code", client.wait(), 1)
                expect("its reason", client.errors, ["udp_link: --key is no key"])


@with_folder
def key_stays(folder: str) -> None:
    keys = set()
    for _ in range(2):
        with Server(folder) as server:
            keys.add(server.key)
            expect("who may read it", os.stat(f"{folder}/key").st_mode & 0o777, 0o600)
            expect("its exit code", stopped(server), 0)
    expect("one key", len(keys), 1)
    os.truncate(f"{folder}/key", 31)
    with Program("--server", "127.0.0.1:0", "--key-file", f"{folder}/key") as server:
        expect("its exit code with half a key", server.wait(), 1)
        expect("its lines", server.lines, [])


@with_folder
def killed_server(folder: str) -> None:
    with Server(folder) as server, server.client(*SILENCE) as client:
        expect("its line", client.line(), "connected, pinned")
        began = time.monotonic()
        talk(client, "hello")
        server.process.kill()
        server.process.wait()
        client.say(*["is anybody there?"] * 50)  # which the system refuses
        expect("its line", client.line(), "over: peer_lost")
        expect("its exit code", client.wait(), 1)
        expect("it waited", time.monotonic() - began > 1.5, True)


@with_folder
def killed_client(folder: str) -> None:
    with Server(folder, *SILENCE) as server:
        with server.client() as client:
            expect("its line", client.line(), "connected, pinned")
            expect("the server's", server.line(), "1 connected, pinned")
        expect("the server's next line", server.line(), "1 over: peer_lost")
        with server.client() as client:
            expect("its line", client.line(), "connected, pinned")


@with_folder
def silent_pair(folder: str) -> None:
    """Heartbeats keep a session for longer than either side may be silent."""
    with Server(folder, *SILENCE) as server, server.client(*SILENCE) as client:
        expect("its line", client.line(), "connected, pinned")
        try:
            line = client.line(4)
        except AssertionError:
            line = "none"
        expect("its next line", line, "none")
        talk(client, "still there")


@with_folder
def resumed(folder: str) -> None:
    session = f"{folder}/session", f"{folder}/sessions"

    def run(server: Server, words: str) -> None:
        with server.client("--session", session[0]) as client:
            expect("its line", client.line(), words)
            expect("the server's", server.until("connected").split(" ", 1)[1], words)
            talk(client, "hello")
            expect("its exit code", client.end(), 0)
        expect("who may read it", os.stat(session[0]).st_mode & 0o777, 0o600)

    with Server(folder, "--session", session[1]) as server:
        run(server, "connected, pinned")
        run(server, "connected, pinned, resumed")
        expect("its exit code", stopped(server), 0)
    expect("who may read the server's", os.stat(session[1]).st_mode & 0o777, 0o600)
    with Server(folder, "--session", session[1]) as server:
        expect("its file", os.path.exists(session[1]), False)
        run(server, "connected, pinned, resumed")
        server.process.kill()
    with Server(folder, "--session", session[1]) as server:  # it has forgotten
        run(server, "connected, pinned")


@with_folder
def stolen_session(folder: str) -> None:
    """What a session has left is used once."""
    with Server(folder) as server:
        session = f"{folder}/session"
        with server.client("--session", session) as client:
            expect("its line", client.line(), "connected, pinned")
            expect("its exit code", client.end(), 0)
        with open(session, "rb") as file:
            copy = file.read()
        for words in ("connected, pinned, resumed", "connected, pinned"):
            with open(session, "wb") as file:
                file.write(copy)
            with server.client("--session", session) as client:
                expect("its line", client.line(), words)
                expect("the file is gone", os.path.exists(session), False)


@with_folder
def no_session_file(folder: str) -> None:
    with Server(folder) as server:
        letter = f"{folder}/letter"
        with open(letter, "w", encoding="ascii") as file:
            file.write("dear all")
        with server.client("--session", letter) as client:
            expect("its exit code", client.wait(), 1)
            expect("its reason", client.errors, [f"udp_link: {letter} holds no session"])
        expect("the file is still there", os.path.getsize(letter), 8)


@with_folder
def server_ends(folder: str) -> None:
    with Server(folder) as server, server.client() as alice, server.client() as bob:
        for client in (alice, bob):
            expect("its line", client.line(), "connected, pinned")
            talk(client, "hello")
        expect("the server's exit code", stopped(server), 0)
        for client in (alice, bob):
            expect("its line", client.line(), "finished, to be resumed")
            expect("its exit code", client.wait(), 0)
        expect("the server's last lines", sorted(server.lines[-4:]), [
            "1 finished, to be resumed", "1 over", "2 finished, to be resumed", "2 over"])


@with_folder
def client_ends(folder: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        with Server(folder) as server, server.client() as client:
            expect("its line", client.line(), "connected, pinned")
            talk(client, "hello")
            client.send_signal(number)
            expect("its exit code", client.wait(), 0)
            server.until("1 finished, to be resumed")


@with_folder
def server_comes_later(folder: str) -> None:
    """What is said to a port where nobody is yet is refused by the system, and said again."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{free.getsockname()[1]}"
    with Program(at, "--unpinned") as client:
        try:
            line = client.line(0.5)
        except AssertionError:
            line = "none"
        expect("its line without a server", line, "none")
        with Server(folder, at=at):
            expect("its line", client.line(), "connected, not pinned")


@with_folder
def lines_of_a_file(folder: str) -> None:
    with open(f"{folder}/lines", "w", encoding="ascii") as file:
        file.write("first\n\n" + "x" * 2000 + "\nlast")
    with Server(folder) as server, open(f"{folder}/lines", encoding="ascii") as file:
        with server.client(stdin=file) as client:
            expect("its exit code", client.wait(), 1)  # for the line that was not said
            expect("its lines", client.lines, ["connected, pinned", "< first", "< ", "< last",
                                               "finished, to be resumed", "over"])
            expect("what is too long", client.errors[0], "dropped: too_large")


TOO_LONG = "x" * 60_000  # to be a line


def says_too_long(client: started.Program, connected: str) -> None:
    """What is before it is said, and nothing that is behind it."""
    expect("its line", client.line(), connected)
    talk(client, "before")
    client.say(TOO_LONG, "behind")
    expect("its exit code", client.wait(), 1)
    expect("its words", client.errors.count("a line is too long to be one"), 1)
    expect("what else was heard", [line for line in client.lines if "behind" in line], [])


@with_folder
def line_too_long(folder: str) -> None:
    with Server(folder) as server, server.client() as client:
        says_too_long(client, "connected, pinned")
    for profile in DEPLOYED:
        with deployed_server(profile, "127.0.0.1:0") as server, \
                Program("--profile", profile, server.at) as client:
            says_too_long(client, "connected")


@with_folder
def profiles_do_not_meet(folder: str) -> None:
    with Server(folder) as server, Program("--profile", "documented", server.at) as client:
        expect("its line", client.line(), "over: timed_out")
        expect("what the server makes of it", set(server.errors), {"dropped: wrong_version"})
        with Program("--profile", "documented", server.at, "--key", server.key) as client:
            expect("its exit code with a key that nobody would prove", client.wait(), 1)
            expect("its lines", client.lines, [])


def deployed_server(profile: str, *at: str) -> started.Program:
    ports = ("--ports", "1", "2", "3") if profile == "v0_8" else ()
    server = Program("--profile", profile, "--server", *at, *ports)
    server.at = server.after("listening on ")
    return server


def default_address() -> None:
    """Of either side alone, so that they cannot agree on another one."""
    def talk_to(server: started.Program, *words: str) -> None:
        connected = "connected, pinned" if "--key" in words else "connected"
        with Program(*words) as client:
            expect("its line", client.line(), connected)
            talk(client, "hello")
            expect("its exit code", client.end(), 0)
        expect("the server's exit code", stopped(server), 0)

    at = f"127.0.0.1:{PORT}"
    with tempfile.TemporaryDirectory() as folder:
        for words in ((), ("127.0.0.1",), (at,)):
            with Program("--server", *words, "--key-file", f"{folder}/key") as server:
                key = server.after("key ")
                expect("where it listens", server.after("listening on "), at)
                talk_to(server, at, "--key", key)
            with Server(folder, at=at) as server:
                talk_to(server, *words, "--key", key)
    for profile in DEPLOYED:
        with deployed_server(profile) as server:
            expect("where it listens", server.at, at)
            talk_to(server, "--profile", profile, at)
        with deployed_server(profile, at) as server:
            talk_to(server, "--profile", profile)


def default_port() -> None:
    for host in ("127.0.0.2", "[::1]", "::1", "localhost"):
        with deployed_server("documented", host) as server:
            expect(f"the port on {host}", server.at[server.at.rindex(":") + 1:], str(PORT))
            with Program("--profile", "documented", host) as client:
                expect("its line", client.line(), "connected")


def taken() -> str | None:
    """Why the default port is not ours to listen on."""
    try:
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "127.0.0.2"),
                             (socket.AF_INET6, "::1")):
            with socket.socket(family, socket.SOCK_DGRAM) as port:
                port.bind((host, PORT))
    except OSError as error:
        return f"{host}, {PORT}: {error.strerror}"
    return None


SHOWN = re.compile(r"up (\d+) packets/s (\d+\.\d\d) MB/s, down (\d+) packets/s (\d+\.\d\d) MB/s")


def expect_shown(program: started.Program, began: float, up: int, down: int, size: int) -> None:
    """That its display has shown so many packets of `size` bytes since `began`, and no more.

    A line is of what went in a second or longer, but of no longer than `began` until it was here."""
    wanted = up, up * size / 1e6, down, down * size / 1e6
    seen, least, most = 0, [0.0] * 4, [0.0] * 4
    while any(could < want for could, want in zip(most, wanted)):
        expect(f"{wanted} shown by {program.errors[-3:]}",
               time.monotonic() - began < 2 * started.PATIENCE, True)
        threading.Event().wait(0.005)
        lines, seconds = program.errors[seen:], time.monotonic() - began
        seen += len(lines)
        for match in filter(None, map(SHOWN.fullmatch, lines)):
            for i, rounded in enumerate((0.5, 0.005) * 2):
                least[i] += float(match[i + 1]) - rounded
                most[i] += (float(match[i + 1]) + rounded) * seconds
    expect(f"{least} to {most}, of {wanted}",
           [has <= want for has, want in zip(least, wanted)], [True] * 4)


COUNT, SIZE = 300, 1000  # packets; bytes in each


def throughput_of(server: started.Program, connected: str, *words: str, lost: str = "") -> None:
    """`lost`: what is said as often as the rest, and cannot be carried."""
    with server, Program(*words) as client:
        expect("its line", client.line(), connected)
        began = time.monotonic()
        for count in (COUNT, 2 * COUNT):
            for _ in range(COUNT):
                client.say(*[lost] * bool(lost), "x" * SIZE)
                expect("what it hears", client.until("< "), "< " + "x" * SIZE)  # or of ports
            for program in (client, server):
                expect_shown(program, began, count, count, SIZE)


@with_folder
def throughput(folder: str) -> None:
    server = Server(folder)
    throughput_of(server, "connected, pinned", server.at, "--key", server.key,
                  lost="x" * 2000)  # no packet holds it
    for profile in DEPLOYED:
        server = deployed_server(profile, "127.0.0.1:0")
        throughput_of(server, "connected", "--profile", profile, server.at)


@with_folder
def throughput_one_way(folder: str) -> None:
    with Server(folder) as server, server.client() as client:
        expect("its line", client.line(), "connected, pinned")
        server.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        client.say(*["x" * SIZE] * COUNT)
        expect_shown(client, began, COUNT, 0, SIZE)


check = Checks("udp_link: ")
if reason := taken():
    print(f"skipped udp_link, by default at the document's address and port: {reason}", flush=True)
else:
    check("the document's address and port, by default", default_address)
    check("the document's port, by default at another address", default_port)
check("its display shows what is carried", throughput)
check("its display shows which way it goes", throughput_one_way)
check("two clients at once", two_clients)
check("over IPv6, and IPv4 on its socket", over_ipv6)
check("a server with another key is refused", another_key)
check("without a key nobody is believed, unless that is wished for", no_key)
check("the server's key is made once, for its owner only", key_stays)
check("a client notices that its server was killed", killed_server)
check("a server notices that its client was killed", killed_client)
check("heartbeats keep a session", silent_pair)
check("a session goes on from the one before, through the server's restart too", resumed)
check("a session is gone on from once", stolen_session)
check("what is no session is left alone", no_session_file)
check("a server that is told to end tells its clients", server_ends)
check("a client that is told to end tells its server", client_ends)
check("a client waits for its server", server_comes_later)
check("a file is said line by line", lines_of_a_file)
check("a line that is too long is told of, and is a failure", line_too_long)
check("the hardened profile does not answer the deployed one", profiles_do_not_meet)
check.end()
