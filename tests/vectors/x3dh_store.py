"""Computes x3dh_store.json from its inputs, by the text of the store's headers and the published algorithms alone.

Prints what differs; exit code 1 then. With --write it writes the file anew from the inputs in it.
Usage: python3 x3dh_store.py [--write] [FILE]
"""

import struct
import sys

import frozen
from primitives import argon2id, hkdf, seal_aes256_gcm

IDENTITY, SIGNED_PRE_KEY, SESSION, FIRST_MESSAGES = 1, 2, 3, 4


def record(content: bytes) -> bytes:
    """Version 2, the content, and FNV-1a of both, 64 bits, with a multiplication behind each byte."""
    covered = b"\x02" + content
    checksum = 0xCBF29CE484222325
    for byte in covered:
        checksum = (checksum ^ byte) * 0x100000001B3 % 2**64
    return covered + struct.pack(">Q", checksum)


def names(digests: list[str]) -> bytes:
    return struct.pack(">I", len(digests)) + b"".join(map(bytes.fromhex, digests))


def compute(given: dict) -> dict:
    seen = given["first_messages"]
    of_seen = bytes.fromhex(seen["of"]) + names(seen["names"]) + names(seen["before"])
    # A session that is void has an empty record.
    records = [
        (IDENTITY, b"", record(bytes.fromhex(given["identity_seed"]))),
        (SIGNED_PRE_KEY, b"", record(bytes.fromhex(given["signed_pre_key"]))),
        (SESSION, given["void_session"].encode(), b""),
        (FIRST_MESSAGES, b"", record(of_seen)),
    ]
    text = struct.pack(">I", len(records))
    for kind, connection, content in records:
        text += bytes([kind, len(connection)]) + connection + struct.pack(">I", len(content)) + content

    salt, fresh = bytes.fromhex(given["salt"]), bytes.fromhex(given["fresh"])
    memory, passes, lanes = given["memory"], given["passes"], given["lanes"]
    header = (b"handfast x3dh store\x01" + salt + struct.pack(">3I", memory, passes, lanes) +
              struct.pack(">Q", given["generation"]) + fresh + struct.pack(">I", len(text) + 16))
    master = argon2id(given["passphrase"].encode(), salt, memory, passes, lanes, 32)
    both = hkdf(master, fresh, b"handfast x3dh store v1", 44)
    return {
        **given,
        "records": [content.hex() for _, _, content in records],
        "place": (header + seal_aes256_gcm(both[:32], both[32:], header, text)).hex(),
    }


if __name__ == "__main__":
    sys.exit(frozen.run(__file__, compute))
