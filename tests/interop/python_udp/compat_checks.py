"""The deployed wire in Python against our program, in both roles: prints `ok` or `FAILED` lines.

compat_checks.py REVISION PROGRAM VECTORS
"""

import functools
import json
import struct
import sys
import time

import started
from compat import ACK, HEARTBEAT, NET_OBS_KEY, Wire
from cryptography.fernet import Fernet
from datagrams import Datagrams
from started import Checks, expect

REVISION, PROGRAM, VECTORS = sys.argv[1:]
LATER = REVISION == "v0_8"
Program = functools.partial(started.Program, PROGRAM, "--profile", REVISION)


# A client in Python, our server.

def server(*more: str) -> started.Program:
    ports = ["--ports", "7001", "7002", "7003"] if LATER else []
    return Program("--server", "127.0.0.1:0", *(more or ports))


def connected(program: started.Program, datagrams: Datagrams, wire: Wire) -> None:
    port = program.after("listening on 127.0.0.1:")
    datagrams.peer = ("127.0.0.1", int(port))
    datagrams.put(wire.token({"cmd": "connect", "pubkey": wire.public}))
    answer = datagrams.get()
    expect("characters of a token", len(answer), 204 if LATER else 184)
    message = wire.read_token(answer)
    expect("the answer's names", list(message), ["cmd", "pubkey"])
    expect("the answer", message["cmd"], "connected")
    wire.agree(message["pubkey"])


def client_says_and_hears() -> None:
    with server() as program, Datagrams() as datagrams:
        wire = Wire(REVISION)
        connected(program, datagrams, wire)
        for size in (0, 5, 1200, 60000):
            datagrams.put(wire.packet(b"x" * size, (0, 1, 9, 0)))
            header, payload = wire.read_packet(datagrams.get())
            expect("the echo", payload, b"x" * size)
            expect("its channel", header[1], 1 if LATER else 0)


def server_tells_its_ports() -> None:
    with server() as program, Datagrams() as datagrams:
        wire = Wire(REVISION)
        connected(program, datagrams, wire)
        start = time.monotonic()
        header, payload = wire.read_packet(datagrams.get())
        expect("about five seconds later", 4 < time.monotonic() - start < 15, True)
        expect("the header", header, (0, 0, 0, 0))
        expect("the ports", json.loads(payload),
               {"cmd": "ports", "ctrl_port": 7001, "up_port": 7002, "dn_port": 7003})


def server_passes_heartbeats_on() -> None:
    with server() as program, Datagrams() as datagrams:
        wire = Wire(REVISION)
        connected(program, datagrams, wire)
        datagrams.put(wire.packet(struct.pack(">Q", 111), (HEARTBEAT, 0, 3, 0)))
        header, payload = wire.read_packet(datagrams.get())
        expect("the second hop", (header, len(payload)), ((HEARTBEAT, 0, 2, 0), 16))
        datagrams.put(wire.packet(payload + struct.pack(">Q", 333), (HEARTBEAT, 0, 1, 0)))
        header, payload = wire.read_packet(datagrams.get())
        expect("the last hop", (header, len(payload)), ((HEARTBEAT, 0, 0, 0), 32))
        times = struct.unpack(">4Q", payload)
        expect("our times", (times[0], times[2]), (111, 333))
        expect("its times are the clock's", abs(times[3] - time.time() * 1000) < 60_000, True)


def server_without_ports_refuses() -> None:
    with Program("--server", "127.0.0.1:0") as program, Datagrams() as datagrams:
        wire = Wire(REVISION)
        port = program.after("listening on 127.0.0.1:")
        datagrams.peer = ("127.0.0.1", int(port))
        datagrams.put(wire.token({"cmd": "connect", "pubkey": wire.public}))
        message = wire.read_token(datagrams.get())
        expect("the answer", message, {"cmd": "error", "message": "No ports available"})


# Our client, a server in Python.

def accepted(datagrams: Datagrams, lost: int = 0) -> Wire:
    """Answers the client's connect, after so many of them were lost."""
    wire = Wire(REVISION)
    keys = set()
    for _ in range(lost + 1):
        message = wire.read_token(datagrams.get())
        expect("the question", (message["cmd"], list(message)), ("connect", ["cmd", "pubkey"]))
        keys.add(message["pubkey"])
    expect("the keys of one client", len(keys), 1)
    wire.agree(keys.pop())
    datagrams.put(wire.token({"cmd": "connected", "pubkey": wire.public}))
    return wire


def packet(datagrams: Datagrams, wire: Wire) -> tuple[tuple, bytes]:
    """The next packet; connects that were under way are no packets."""
    while True:
        datagram = datagrams.get()
        if not datagram.startswith(b"gAAAA"):
            return wire.read_packet(datagram)


def our_client_connects_through_loss() -> None:
    with Datagrams() as datagrams, Program(f"127.0.0.1:{datagrams.port}") as program:
        program.say("hello", "again")
        wire = accepted(datagrams, lost=3)
        expect("its line", program.line(), "connected")
        for sequence, text in enumerate((b"hello", b"again")):
            header, payload = packet(datagrams, wire)
            expect("what it says", payload, text)
            expect("its header", header, (0, 1, sequence, 0) if LATER else (0, 0, 0, 0))
        datagrams.put(wire.packet(b"I hear", (0, 1, 0, 0)))
        expect("what it hears", program.line(), "< I hear")
        expect("its exit code", program.end(), 0)


def our_client_gives_up() -> None:
    with Datagrams() as datagrams, Program(f"127.0.0.1:{datagrams.port}") as program:
        start = time.monotonic()
        expect("its line", program.line(), "over: timed_out")
        expect("about five seconds", 4 < time.monotonic() - start < 15, True)
        expect("its exit code", program.wait(), 1)
        expect("how often it asked", len(datagrams.all()), 50)


def our_client_drops_what_is_not_authentic() -> None:
    with Datagrams() as datagrams, Program(f"127.0.0.1:{datagrams.port}") as program:
        wire = accepted(datagrams)
        expect("its line", program.line(), "connected")
        forged = bytearray(wire.packet(b"forged", (0, 1, 0, 0)))
        forged[-1] ^= 1
        datagrams.put(bytes(forged))
        datagrams.put(wire.packet(b"genuine", (0, 1, 1, 0)))
        expect("what it hears", program.line(), "< genuine")


def our_client_reads_ports_and_acknowledgements() -> None:
    with Datagrams() as datagrams, Program(f"127.0.0.1:{datagrams.port}") as program:
        wire = accepted(datagrams)
        expect("its line", program.line(), "connected")
        ports = {"cmd": "ports", "ctrl_port": 1, "up_port": 2, "dn_port": 3}
        datagrams.put(wire.packet(json.dumps(ports).encode()))
        expect("the ports", program.line(), "ports 1 2 3")
        datagrams.put(wire.packet(b"ACK", (ACK, 5, 77, 0)))
        expect("the acknowledgement", program.line(), "acknowledged 5 77")


def our_client_begins_a_heartbeat() -> None:
    with Datagrams() as datagrams, Program(f"127.0.0.1:{datagrams.port}") as program:
        wire = accepted(datagrams)
        expect("its line", program.line(), "connected")
        program.say("/beat")
        header, first = packet(datagrams, wire)
        expect("the first hop", (header, len(first)), ((HEARTBEAT, 0, 3, 0), 8))
        datagrams.put(wire.packet(first + struct.pack(">Q", 5), (HEARTBEAT, 0, 2, 0)))
        header, third = packet(datagrams, wire)
        expect("the third hop", (header, len(third)), ((HEARTBEAT, 0, 1, 0), 24))
        begun = struct.unpack(">Q", first)[0]
        datagrams.put(wire.packet(third + struct.pack(">Q", begun + 7), (HEARTBEAT, 0, 0, 0)))
        expect("its end", program.line(), "heartbeat 7 ms")


def our_client_ends_where_it_is_refused() -> None:
    with Datagrams() as datagrams, Program(f"127.0.0.1:{datagrams.port}") as program:
        wire = Wire(REVISION)
        datagrams.get()
        datagrams.put(wire.token({"cmd": "error", "message": "come back later"}))
        expect("its line", program.line(), "refused: come back later")
        expect("its exit code", program.wait(), 1)


# The known answers, by this package.

def vectors_are_those_of_the_package() -> None:
    with open(VECTORS, encoding="utf-8") as file:
        everything = json.load(file)
    udp, common = everything["udp"], everything["common"]
    client = Wire(REVISION, bytes.fromhex(common["alice_or_client_sk"]))
    other = Wire(REVISION, bytes.fromhex(common["bob_or_server_sk"]))
    client.agree(other.public)
    expect("the key", client.key.hex(), udp["hkdf_key"])
    iv = bytes.fromhex(udp["fernet_iv"])
    nonce = bytes.fromhex(udp["aead_nonce"])

    def token(wire: Wire, message: dict) -> str:
        plain = wire.plain_token(message)
        return Fernet(NET_OBS_KEY)._encrypt_from_parts(plain, udp["fernet_time"], iv).decode()

    names = ("v08_connect_token_salt0", "v08_connected_token_salt0") if LATER else (
        "v04_connect_token", "v04_connected_token")
    expect("connect", token(client, {"cmd": "connect", "pubkey": client.public}), udp[names[0]])
    expect("connected", token(other, {"cmd": "connected", "pubkey": other.public}), udp[names[1]])
    if not LATER:
        expect("a packet", client.packet(b"hello", nonce=nonce).hex(), udp["v04_packet_hello"])
        return
    expect("a packet", client.packet(b"hello", (0, 1, 2, 3), nonce).hex(),
           udp["v07_packet_hello_fl0_ch1_seq2_off3"])
    expect("a heartbeat",
           client.packet(struct.pack(">Q", 1700000000123), (HEARTBEAT, 0, 3, 0), nonce).hex(),
           udp["v08_heartbeat_seq3_ts1700000000123"])
    expect("an acknowledgement", client.packet(b"ACK", (ACK, 0, 1234567, 0), nonce).hex(),
           udp["v08_ack_seq1234567"])


check = Checks(f"python udp, {REVISION}: ")
check("the known answers are the package's", vectors_are_those_of_the_package)
check("its client says and hears, our server", client_says_and_hears)
check("our client connects through loss, its server", our_client_connects_through_loss)
check("our client gives up after fifty", our_client_gives_up)
check("our client drops what is not authentic", our_client_drops_what_is_not_authentic)
if LATER:
    check("our server tells its ports", server_tells_its_ports)
    check("our server passes heartbeats on", server_passes_heartbeats_on)
    check("our server without ports refuses", server_without_ports_refuses)
    check("our client reads ports and acknowledgements",
          our_client_reads_ports_and_acknowledgements)
    check("our client begins a heartbeat", our_client_begins_a_heartbeat)
    check("our client ends where it is refused", our_client_ends_where_it_is_refused)
check.end()
