"""Computes x3dh_counter.json from its inputs, by the protocol's text and the published algorithms alone.

Prints what differs; exit code 1 then. With --write it writes the file anew from the inputs in it.
Usage: python3 x3dh_counter.py [--write] [FILE]
"""

import hashlib
import struct
import sys

import frozen
from primitives import expand, seal_aes256_gcm
from x3dh_hardened import LABEL, Agreement, Profile

COUNTER = Profile(LABEL + b" counter", 2, LABEL + b" counter pre-keys", True)
DATA, SYNC_REQUEST, SYNC_ANSWER = range(3)


def run(given: dict) -> dict:
    """An agreement, and the messages that follow, each of which is heard before the next."""
    agreed = Agreement(given, COUNTER)
    keys = {side: expand(agreed.shared, LABEL + b" counter key" + bytes([direction]) + agreed.transcript)
            for direction, side in ((1, "holder"), (2, "issuer"))}
    sent = {"holder": 0, "issuer": 0}
    messages = []
    for one in given["messages"]:
        other = "issuer" if one["from"] == "holder" else "holder"
        sent[one["from"]] += 1
        counter = sent[one["from"]]
        text = bytes.fromhex(one["payload"])
        if one["type"] != DATA:
            text = bytes.fromhex(one["nonce"]) + struct.pack(">Q", sent[other])
        header = struct.pack(">BBQ", 2, one["type"], counter)
        nonce = hashlib.sha256(struct.pack(">Q", counter)).digest()[:16]
        content = header + seal_aes256_gcm(keys[one["from"]], nonce, agreed.associated + header, text)
        messages.append({**{name: one[name] for name in ("from", "type", "nonce", "payload", "with_keys")},
                         "frame": agreed.frame(content, one["with_keys"])})
    return {**agreed.results(given), "messages": messages}


def compute(given: dict) -> dict:
    return {"runs": [run(one) for one in given["runs"]]}


if __name__ == "__main__":
    sys.exit(frozen.run(__file__, compute))
