"""Computes x3dh_documented.json from its inputs, by the document's text and the published algorithms alone.

Prints what differs; exit code 1 then. With --write it writes the file anew from the inputs in it.
Usage: python3 x3dh_documented.py [--write] [FILE]
"""

import hashlib
import struct
import sys

import frozen
from primitives import seal_aes256_gcm
from x3dh_hardened import Agreement, Profile

DOCUMENTED = Profile(b"handfast x3dh documented", 1, b"", False)


def run(given: dict) -> dict:
    """An agreement, and the messages that follow, none of which cross."""
    agreed = Agreement(given, DOCUMENTED)
    messages = []
    for counter, one in enumerate(given["messages"], start=1):
        nonce = hashlib.sha256(struct.pack(">Q", counter)).digest()[:16]
        content = seal_aes256_gcm(agreed.shared, nonce, b"", bytes.fromhex(one["payload"]))
        messages.append({**{name: one[name] for name in ("from", "payload", "with_keys")},
                         "frame": agreed.frame(content, one["with_keys"])})
    return {**agreed.results(given), "messages": messages}


def compute(given: dict) -> dict:
    return {"runs": [run(one) for one in given["runs"]]}


if __name__ == "__main__":
    sys.exit(frozen.run(__file__, compute))
