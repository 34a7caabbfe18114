"""Computes udp_hardened.json from its inputs, by the protocol's text and the published algorithms alone.

Prints what differs; exit code 1 then. With --write it writes the file anew from the inputs in it.
Usage: python3 udp_hardened.py [--write] [FILE]
"""

import hashlib
import struct
import sys

import frozen
from primitives import BASE, expand, mac, seal_chacha20_poly1305, x25519

LABEL = b"handfast udp v2"
ZEROS = bytes(32)
KINDS = {"data": 1, "heartbeat": 2, "challenge": 3, "response": 4, "close": 5}


def handshake(private: dict, public: dict, given: dict, resumed: dict | None, mode: int) -> dict:
    """One session's messages and keys; `resumed` is the one that it goes on from."""
    nonce, half = bytes.fromhex(given["nonce"]), bytes.fromhex(given["client_half"])
    server_half = bytes.fromhex(given["server_half"])
    name = bytes.fromhex(resumed["id"]) if resumed else bytes(16)
    begin = b"\x02\x01" + bytes([mode]) + public["client"] + nonce + half
    proof = ZEROS
    if resumed:
        proof = mac(expand(bytes.fromhex(resumed["secret"]), LABEL + b" resume"), begin + name)
    transcript = hashlib.sha256(
        LABEL + b"\x02" + bytes([mode]) + (public["identity"] if mode & 1 else ZEROS) + public["client"] + nonce + half
        + server_half + name + public["server"]).digest()
    agreed = x25519(private["client"], public["server"])
    assert agreed == x25519(private["server"], public["client"])
    if mode & 1:
        agreed += x25519(private["identity"], public["client"])
    if resumed:
        agreed += bytes.fromhex(resumed["secret"])
    secret = mac(transcript, agreed)
    confirmation = expand(secret, LABEL + b" confirmation")
    address = bytes.fromhex(given["client_address"])
    cookie = mac(bytes.fromhex(given["cookie_secret"]), address + begin + name + proof)
    return {
        "mode": mode,
        "connect": (begin + ZEROS + name + proof).hex(),
        "cookie_reply": (b"\x02\x02" + nonce + cookie).hex(),
        "connect_with_cookie": (begin + cookie + name + proof).hex(),
        "connected": (b"\x02\x03" + bytes([mode]) + half + server_half + public["server"]
                      + mac(confirmation, transcript)).hex(),
        "transcript": transcript.hex(),
        "key_id": expand(secret, LABEL + b" key id", 16).hex(),
        "client": expand(secret, LABEL + b" client-to-server").hex(),
        "server": expand(secret, LABEL + b" server-to-client").hex(),
        "resumption": {"id": expand(secret, LABEL + b" resumption id", 16).hex(),
                       "secret": expand(secret, LABEL + b" resumption secret").hex()},
    }


def packet(session: dict, ids: bytes, one: dict) -> dict:
    """One packet: who says it, in which epoch, with which counter, and what."""
    key = bytes.fromhex(session[one["from"]])
    for _ in range(one["epoch"]):
        key = expand(key, LABEL + b" rotate")
    body = bytes.fromhex(one["body"])
    if one["kind"] == "data":
        padding = max(0, 7 - len(body))
        body = bytes([padding]) + body + bytes(padding)
    contents = struct.pack(">IB", one["seen_epoch"], KINDS[one["kind"]]) + body
    numbers = struct.pack(">IQ", one["epoch"], one["counter"])
    header = b"\x02\x04" + ids + numbers
    return {**{name: one[name] for name in ("from", "epoch", "counter", "seen_epoch", "kind", "body")},
            "packet": (header + seal_chacha20_poly1305(key, numbers, header, contents)).hex()}


def compute(given: dict) -> dict:
    """The four modes with the same keys, the resuming ones after the first two; packets of the pinned one."""
    private = {name: bytes.fromhex(given[name]) for name in ("identity", "client", "server")}
    public = {name: x25519(key, BASE) for name, key in private.items()}
    inputs = (*private, "nonce", "client_half", "server_half", "client_address", "cookie_secret")
    out = {name: given[name] for name in inputs}
    plain = handshake(private, public, given, None, 0)
    pinned = handshake(private, public, given, None, 1)
    out["sessions"] = [plain, pinned, handshake(private, public, given, plain["resumption"], 2),
                       handshake(private, public, given, pinned["resumption"], 3)]
    ids = bytes.fromhex(given["client_half"] + given["server_half"])
    out["packets"] = [packet(pinned, ids, one) for one in given["packets"]]
    return out


if __name__ == "__main__":
    sys.exit(frozen.run(__file__, compute))
