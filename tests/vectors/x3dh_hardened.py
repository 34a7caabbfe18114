"""Computes x3dh_hardened.json from its inputs, by the protocol's text and the published algorithms alone.

Prints what differs; exit code 1 then. With --write it writes the file anew from the inputs in it.
Usage: python3 x3dh_hardened.py [--write] [FILE]
"""

import hashlib
import struct
import sys
from typing import NamedTuple

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

    def __init__(self, associated: bytes) -> None:
        self.associated = associated
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
        """The next message, as the content of an EncryptedMessage."""
        key = mac(self.sending, b"\x01")
        self.sending = mac(self.sending, b"\x02")
        header = b"\x02" + public(self.own) + struct.pack(">II", self.previous, self.sent) + salt
        self.sent += 1
        material = hkdf(key, salt, LABEL + b" message", 44)
        sealed = seal_aes256_gcm(material[:32], material[32:], self.associated + header, payload)
        return header + sealed

    def hear(self, theirs: bytes) -> None:
        """A message with a new key of the other side's."""
        self.theirs = theirs
        self.receiving = self.step(x25519(self.own, theirs))


class Profile(NamedTuple):
    """What the three profiles do differently in the agreement."""

    name: bytes
    version: int
    signed: bytes  # the label of what is signed; nothing where the pre-key is signed alone
    binds_transcript: bool


HARDENED = Profile(LABEL + b" ratchet", 2, LABEL + b" pre-keys", True)


class Agreement:
    """Both sides' keys, and what comes of them."""

    def __init__(self, given: dict, profile: Profile) -> None:
        self.issuer, self.holder = (Identity(bytes.fromhex(given[name])) for name in ("issuer_seed", "holder_seed"))
        self.pre_key, ephemeral = bytes.fromhex(given["signed_pre_key"]), bytes.fromhex(given["ephemeral"])
        once = bytes.fromhex(given["one_time_pre_key"])
        self.connection = given["connection_id"].encode()
        version = struct.pack(">I", profile.version)
        named = bytes([len(self.connection)]) + self.connection
        once_encoded = encode(public(once)) if once else b"none"

        signed = encode(public(self.pre_key))
        if profile.signed:
            signed = profile.signed + version + signed + once_encoded + named
        bundle = field(11, profile.version) + field(12, self.issuer.public) + field(13, public(self.pre_key))
        bundle += field(14, ed25519_sign(self.issuer.seed, signed))
        self.bundle = bundle + (field(15, public(once)) if once else b"") + field(16, self.connection)

        self.transcript = hashlib.sha256(
            profile.name + version + encode(self.holder.public) + encode(self.issuer.public)
            + encode(public(self.pre_key)) + encode(public(ephemeral)) + once_encoded + named).digest()
        agreed = x25519(self.holder.private, public(self.pre_key)) + x25519(ephemeral, self.issuer.public)
        agreed += x25519(ephemeral, public(self.pre_key)) + (x25519(ephemeral, public(once)) if once else b"")
        info = bytes.fromhex(given["info"]) + (self.transcript if profile.binds_transcript else b"")
        self.shared = hkdf(b"\xff" * 32 + agreed, bytes(32), info)
        self.associated = (encode(self.holder.public) + encode(self.issuer.public) + self.transcript
                           + bytes.fromhex(given["bound_data"]))
        head = field(21, profile.version) + field(22, self.holder.public) + field(23, public(ephemeral))
        head += field(24, public(self.pre_key))
        self.head = head + (field(25, public(once)) if once else b"")

    def frame(self, content: bytes, with_keys: bool) -> str:
        """A message, or the holder's first with its keys."""
        sealed = field(1, content) + field(2, self.connection)
        return (self.head + field(26, sealed) if with_keys else sealed).hex()

    def results(self, given: dict, *inputs: str) -> dict:
        """The inputs of a run, of which those named are a profile's own, and what the agreement gives."""
        first, second = sorted((self.holder.public, self.issuer.public))
        return {
            **{name: given[name] for name in ("issuer_seed", "holder_seed", "signed_pre_key", "one_time_pre_key",
                                              "ephemeral", "connection_id", "info", "bound_data", *inputs)},
            "bundle": self.bundle.hex(),
            "transcript": self.transcript.hex(),
            "shared": self.shared.hex(),
            "key_id": expand(self.shared, LABEL + b" key id", 16).hex(),
            "fingerprint": hashlib.sha256(LABEL + b" fingerprint" + encode(first) + encode(second)).hexdigest(),
        }


def run(given: dict) -> dict:
    """An agreement, and the messages that follow."""
    agreed = Agreement(given, HARDENED)
    sides = {"holder": Side(agreed.associated), "issuer": Side(agreed.associated)}
    alice, bob = sides["holder"], sides["issuer"]
    alice.root = bob.root = agreed.shared
    bob.own, alice.theirs = agreed.pre_key, public(agreed.pre_key)
    ratchet_keys = [bytes.fromhex(key) for key in given["ratchet_keys"]]
    alice.turn(ratchet_keys.pop(0))
    messages, speaks = [], "holder"
    for one in given["messages"]:
        side, other = sides[one["from"]], alice if one["from"] == "issuer" else bob
        if one["from"] != speaks:  # what came before was heard; a side that hears draws its next key then
            speaks = one["from"]
            side.hear(public(other.own))
            side.turn(ratchet_keys.pop(0))
        content = side.seal(bytes.fromhex(one["salt"]), bytes.fromhex(one["payload"]))
        messages.append({**{name: one[name] for name in ("from", "salt", "payload", "with_keys")},
                         "frame": agreed.frame(content, one["with_keys"])})
    return {**agreed.results(given, "ratchet_keys"), "messages": messages}


def compute(given: dict) -> dict:
    return {"runs": [run(one) for one in given["runs"]]}


if __name__ == "__main__":
    sys.exit(frozen.run(__file__, compute))
