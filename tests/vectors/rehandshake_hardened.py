"""Computes rehandshake_hardened.json from its inputs, by the protocol's text and the published algorithms alone.

Prints what differs; exit code 1 then. With --write it writes the file anew from the inputs in it.
Usage: python3 rehandshake_hardened.py [--write] [FILE]
"""

import struct
import sys

import frozen
from primitives import expand, hkdf, mac, seal_chacha20_poly1305

SALT = b"handfast rehandshake v2"
KINDS = {"data": 1, "switch": 2, "close": 3, "ack": 4, "heartbeat": 5}


def header(kind: int, payload: int) -> bytes:
    return struct.pack(">BBHI", 2, kind, 0, payload)


def run(given: dict, one: dict) -> dict:
    """One re-handshake: its keys and its messages."""
    session = bytes.fromhex(given["session_id"])
    ours, theirs = bytes.fromhex(given["initiator_tx"]), bytes.fromhex(given["responder_tx"])
    epoch = struct.pack(">I", one["epoch"])
    binding = b"\x01" + bytes.fromhex(one["binding"]) if one["binding"] else bytes(33)
    initiator = hkdf(ours + theirs, SALT, b"initiator" + session + epoch)
    responder = hkdf(theirs + ours, SALT, b"responder" + session + epoch)
    challenge, counter = bytes.fromhex(given["challenge"]), bytes.fromhex(given["counter_challenge"])
    times = [struct.pack(">Q", given["timestamp_ms"] + later) for later in range(3)]
    request = header(0x30, 88) + session + challenge + times[0]
    request += mac(initiator, b"request" + binding + request)
    response = header(0x31, 88) + session + counter + times[1]
    response += mac(responder, b"response" + binding + request + response)
    complete = header(0x32, 56) + session + times[2]
    complete += mac(initiator, b"complete" + binding + request + response + complete)
    return {
        "epoch": one["epoch"],
        "binding": one["binding"],
        "initiator_key": initiator.hex(),
        "responder_key": responder.hex(),
        "key_id": expand(mac(SALT, ours + theirs), b"key id" + session + epoch, 16).hex(),
        "request": request.hex(),
        "response": response.hex(),
        "complete": complete.hex(),
    }


def frame(given: dict, one: dict) -> dict:
    """One sealed frame of a connection that may migrate: who says it, under which counter, and what."""
    session, epoch = bytes.fromhex(given["session_id"]), struct.pack(">I", one["epoch"])
    key = hkdf(bytes.fromhex(given[one["from"] + "_tx"]), SALT, b"data" + session + epoch)
    contents = struct.pack(">BQ", KINDS[one["kind"]], one["number"]) + bytes.fromhex(one["body"])
    counter = struct.pack(">Q", one["counter"])
    head = header(0x10, len(contents) + 8 + 16) + counter
    sealed = seal_chacha20_poly1305(key, epoch + counter, head + session + epoch, contents)
    return {**{name: one[name] for name in ("from", "epoch", "counter", "kind", "number", "body")},
            "key": key.hex(), "frame": (head + sealed).hex()}


def compute(given: dict) -> dict:
    inputs = ("session_id", "initiator_tx", "responder_tx", "challenge", "counter_challenge", "timestamp_ms")
    out = {name: given[name] for name in inputs}
    out["runs"] = [run(given, one) for one in given["runs"]]
    out["frames"] = [frame(given, one) for one in given["frames"]]
    return out


if __name__ == "__main__":
    sys.exit(frozen.run(__file__, compute))
