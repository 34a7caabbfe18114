"""Computes x3dh_hardened.json from its inputs, by the protocol's text and the published algorithms alone.

Prints what differs; exit code 1 then. With --write it writes the file anew from the inputs in it.
Usage: python3 x3dh_hardened.py [--write] [FILE]
"""

import hashlib
import struct
import sys

import frozen
from primitives import BASE, ed25519_keys, ed25519_sign, expand, hkdf, mac, seal_aes256_gcm, x25519

LABEL = b"handfast x3dh v2"


def public(private: bytes) -> bytes:
    return x25519(private, BASE)


def encode(key: bytes) -> bytes:
    return b"\x05" + key


def varint(number: int) -> bytes:
    low, number = number & 127, number >> 7
    return bytes([low | 128]) + varint(number) if number else bytes([low])


def field(number: int, value: int | bytes) -> bytes:
    """A field of a protobuf message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


class Identity:
    """An X25519 key that signs, from its seed."""

    def __init__(self, seed: bytes) -> None:
        self.seed = seed
        self.private = hashlib.sha512(seed).digest()[:32]
        self.public = public(self.private)
        assert ed25519_keys(seed)[2][31] < 128, "not a seed of a key that signs"


class Side:
    """One side's ratchet: its names are those of section 3.2."""

    def __init__(self, associated: bytes, connection: bytes) -> None:
        self.associated, self.connection = associated, connection
        self.own = self.theirs = self.root = self.sending = self.receiving = b""
        self.sent = self.received = self.previous = 0

    def step(self, agreed: bytes) -> bytes:
        both = hkdf(agreed, self.root, LABEL + b" root", 64)
        self.root = both[:32]
        return both[32:]

    def turn(self, own: bytes) -> None:
        """A key of our own, and a chain to send with."""
        self.own, self.previous, self.sent = own, self.sent, 0
        self.sending = self.step(x25519(own, self.theirs))

    def seal(self, salt: bytes, payload: bytes) -> bytes:
        """The next message, as an EncryptedMessage."""
        key = mac(self.sending, b"\x01")
        self.sending = mac(self.sending, b"\x02")
        header = b"\x02" + public(self.own) + struct.pack(">II", self.previous, self.sent) + salt
        self.sent += 1
        material = hkdf(key, salt, LABEL + b" message", 44)
        sealed = seal_aes256_gcm(material[:32], material[32:], self.associated + header, payload)
        return field(1, header + sealed) + field(2, self.connection)

    def hear(self, theirs: bytes) -> None:
        """A message with a new key of the other side's."""
        self.theirs = theirs
        self.receiving = self.step(x25519(self.own, theirs))


def run(given: dict) -> dict:
    """An agreement, and the messages that follow."""
    issuer, holder = (Identity(bytes.fromhex(given[name])) for name in ("issuer_seed", "holder_seed"))
    pre_key, ephemeral = bytes.fromhex(given["signed_pre_key"]), bytes.fromhex(given["ephemeral"])
    once = bytes.fromhex(given["one_time_pre_key"])
    connection = given["connection_id"].encode()
    version, named = struct.pack(">I", 2), bytes([len(connection)]) + connection
    once_encoded = encode(public(once)) if once else b"none"

    signed = LABEL + b" pre-keys" + version + encode(public(pre_key)) + once_encoded + named
    bundle = field(11, 2) + field(12, issuer.public) + field(13, public(pre_key))
    bundle += field(14, ed25519_sign(issuer.seed, signed))
    bundle += (field(15, public(once)) if once else b"") + field(16, connection)

    transcript = hashlib.sha256(
        LABEL + b" ratchet" + version + encode(holder.public) + encode(issuer.public) + encode(public(pre_key))
        + encode(public(ephemeral)) + once_encoded + named).digest()
    agreements = x25519(holder.private, public(pre_key)) + x25519(ephemeral, issuer.public)
    agreements += x25519(ephemeral, public(pre_key)) + (x25519(ephemeral, public(once)) if once else b"")
    shared = hkdf(b"\xff" * 32 + agreements, bytes(32), bytes.fromhex(given["info"]) + transcript)
    associated = encode(holder.public) + encode(issuer.public) + transcript + bytes.fromhex(given["bound_data"])
    first, second = sorted((holder.public, issuer.public))

    sides = {"holder": Side(associated, connection), "issuer": Side(associated, connection)}
    alice, bob = sides["holder"], sides["issuer"]
    alice.root = bob.root = shared
    bob.own, alice.theirs = pre_key, public(pre_key)
    ratchet_keys = [bytes.fromhex(key) for key in given["ratchet_keys"]]
    alice.turn(ratchet_keys.pop(0))
    head = field(21, 2) + field(22, holder.public) + field(23, public(ephemeral)) + field(24, public(pre_key))
    head += field(25, public(once)) if once else b""
    messages, speaks = [], "holder"
    for one in given["messages"]:
        side, other = sides[one["from"]], alice if one["from"] == "issuer" else bob
        if one["from"] != speaks:  # what came before was heard; a side that hears draws its next key then
            speaks = one["from"]
            side.hear(public(other.own))
            side.turn(ratchet_keys.pop(0))
        sealed = side.seal(bytes.fromhex(one["salt"]), bytes.fromhex(one["payload"]))
        frame = head + field(26, sealed) if one["with_keys"] else sealed
        messages.append({**{name: one[name] for name in ("from", "salt", "payload", "with_keys")}, "frame": frame.hex()})
    return {
        **{name: given[name] for name in ("issuer_seed", "holder_seed", "signed_pre_key", "one_time_pre_key", "ephemeral",
                                          "connection_id", "info", "bound_data", "ratchet_keys")},
        "bundle": bundle.hex(),
        "transcript": transcript.hex(),
        "shared": shared.hex(),
        "key_id": expand(shared, LABEL + b" key id", 16).hex(),
        "fingerprint": hashlib.sha256(LABEL + b" fingerprint" + encode(first) + encode(second)).hexdigest(),
        "messages": messages,
    }


def compute(given: dict) -> dict:
    return {"runs": [run(one) for one in given["runs"]]}


if __name__ == "__main__":
    sys.exit(frozen.run(__file__, compute))
