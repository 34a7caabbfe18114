"""Computes stdio_hardened.json from its inputs, by the protocol's text and the published algorithms alone.

Prints what differs; exit code 1 then. With --write it writes the file anew from the inputs in it.
Usage: python3 stdio_hardened.py [--write] [FILE]
"""

import base64
import hashlib
import struct
import sys

import frozen
from primitives import BASE, expand, hkdf, mac, seal_aes256_gcm, x25519


def epoch_of(root: bytes) -> dict[str, bytes]:
    return {name: expand(root, b"handfast stdio v2 " + label)
            for name, label in (("alice_to_bob", b"alice-to-bob"), ("bob_to_alice", b"bob-to-alice"),
                                ("next_root", b"next root"))}


def answer(n: int) -> bytes:
    return b'Hello Alice! I received your message: "message %d"' % n


def compute(given: dict) -> dict:
    private = {name: bytes.fromhex(given[name]) for name in given if name.endswith("private")}
    public = {name: x25519(key, BASE) for name, key in private.items()}
    text = {name: base64.b64encode(key).decode() for name, key in public.items()}
    port, endpoint = given["port"], given["endpoint"]
    out = {name: given[name] for name in ("parent_private", "child_private", "parent_rekey_private",
                                          "child_rekey_private", "port", "endpoint")}

    shared = x25519(private["parent_private"], public["child_private"])
    assert shared == x25519(private["child_private"], public["parent_private"])
    transcript = hashlib.sha256(b"handfast stdio" + b"\x02" + public["parent_private"] + public["child_private"]
                                + struct.pack(">H", port)).digest()
    secret = mac(transcript, shared)
    session = expand(secret, b"handfast stdio v2 session id", 16)
    confirmation = mac(expand(secret, b"handfast stdio v2 confirmation"), transcript)
    out["parent_line"] = '{"version":2,"public_key":"%s"}' % text["parent_private"]
    out["child_line"] = '{"version":2,"public_key":"%s","port":%d,"confirmation":"%s"}' % (
        text["child_private"], port, base64.b64encode(confirmation).decode())
    out["transcript"] = transcript.hex()
    out["key_id"] = expand(secret, b"handfast stdio v2 key id", 16).hex()
    out["session_id"] = session.hex()

    epochs = [epoch_of(expand(secret, b"handfast stdio v2 root"))]
    new = x25519(private["parent_rekey_private"], public["child_rekey_private"])
    epochs.append(epoch_of(hkdf(new, epochs[0]["next_root"],
                                b"handfast stdio v2 rekey" + struct.pack(">I", 1) + public["parent_rekey_private"]
                                + public["child_rekey_private"] + session)))
    out["epochs"] = [{name: key.hex() for name, key in epoch.items()} for epoch in epochs]

    def numbers(*values: int) -> bytes:
        return struct.pack(">%dQ" % len(values), *values)

    rekey = struct.pack(">I", 1)
    script = [  # sender, name, epoch, contents; the third request's first record is lost
        ("p", "keepalive", 0, b"\x03" + numbers(0)),
        ("c", "keepalive_ack", 0, b"\x04" + numbers(1) + b"\0"),
        ("p", "request", 0, b"\x01" + numbers(1, 1, 1) + b"message 1"),
        ("c", "response", 0, b"\x02" + numbers(2, 1) + b"\0" + answer(1)),
        ("p", "request", 0, b"\x01" + numbers(2, 2, 2) + b"message 2"),
        ("p", "request", 0, b"\x01" + numbers(2, 2, 2) + b"message 2"),
        ("c", "response", 0, b"\x02" + numbers(4, 2) + b"\0" + answer(2)),
        ("c", "notice", 0, b"\x09" + numbers(4) + b"\0a notice"),
        ("p", "rekey_request", 0, b"\x05" + numbers(4) + rekey + public["parent_rekey_private"]),
        ("c", "rekey_response", 0, b"\x06" + numbers(5) + rekey + public["child_rekey_private"]),
        ("p", "keepalive", 1, b"\x03" + numbers(0)),
        ("c", "keepalive_ack", 1, b"\x04" + numbers(1) + b"\0"),
        ("p", "request", 1, b"\x01" + numbers(1, 3, 3) + b"message 3"),
        ("c", "response", 1, b"\x02" + numbers(2, 3) + b"\0" + answer(3)),
        ("p", "shutdown_request", 1, b"\x07" + numbers(2)),
        ("c", "shutdown_ack", 1, b"\x08" + numbers(3)),
    ]
    chains, counts = {}, {}
    out["records"] = []
    for index, (sender, name, epoch, contents) in enumerate(script):
        direction = "alice_to_bob" if sender == "p" else "bob_to_alice"
        where = epoch, direction
        chain = chains.setdefault(where, epochs[epoch][direction])
        n = counts[where] = counts.get(where, 0) + 1
        key = hkdf(chain, b"denobridge-message-key", b"message:%d" % n)
        chains[where] = hkdf(chain, b"denobridge-key-ratchet", b"ratchet:%d" % n)
        nonce = bytes([index + 1]) * 12
        associated = "v2:%s:%d:seq:%d:%s:%s" % (session.hex(), epoch, n, direction.replace("_", "-"), endpoint)
        header = b"\x02" + struct.pack(">IQ", epoch, n) + nonce
        out["records"].append({
            "name": name, "epoch": epoch, "sequence": n, "nonce": nonce.hex(), "associated_data": associated,
            "contents": contents.hex(), "message_key": key.hex(),
            "record": (header + seal_aes256_gcm(key, nonce, associated.encode(), contents)).hex()})
    return out


if __name__ == "__main__":
    sys.exit(frozen.run(__file__, compute))
