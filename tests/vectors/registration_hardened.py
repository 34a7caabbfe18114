"""Computes registration_hardened.json from its inputs, by the protocol's text and the published algorithms alone.

Prints what differs; exit code 1 then. With --write it writes the file anew from the inputs in it.
Usage: python3 registration_hardened.py [--write] [FILE]
"""

import base64
import hashlib
import struct
import sys

import frozen
from primitives import BASE, expand, mac, seal_chacha20_poly1305, x25519

LABEL = b"handfast registration"


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def compute(given: dict) -> dict:
    """A client registers and speaks to another; a second run of the same keys is told that the key is taken."""
    private = {name: bytes.fromhex(given[name]) for name in ("client", "server", "client_nonce", "server_nonce", "other")}
    public = {name: x25519(key, BASE) for name, key in private.items()}
    text, audience = given["challenge_text"].encode(), given["audience"].encode()
    out = {name: given[name] for name in (*private, "challenge_text", "audience")}

    transcript = hashlib.sha256(
        LABEL + b"\x02" + public["client"] + public["server"] + public["client_nonce"] + public["server_nonce"]
        + bytes([len(text)]) + text + bytes([len(audience)]) + audience).digest()
    agreed = (x25519(private["client"], public["server"]) + x25519(private["client_nonce"], public["server"])
              + x25519(private["client"], public["server_nonce"])
              + x25519(private["client_nonce"], public["server_nonce"]))
    assert agreed[32:64] == x25519(private["server"], public["client_nonce"])
    assert agreed[64:96] == x25519(private["server_nonce"], public["client"])
    secret = mac(transcript, agreed)
    keys = {name: expand(secret, LABEL + b" v2 " + label)
            for name, label in (("client_proof", b"client proof"), ("success_proof", b"success proof"),
                                ("failure_proof", b"failure proof"), ("client_to_server", b"client-to-server"),
                                ("server_to_client", b"server-to-client"))}
    out["transcript"] = transcript.hex()
    out["key_id"] = expand(secret, LABEL + b" v2 key id", 16).hex()
    out["keys"] = {name: key.hex() for name, key in keys.items()}

    begin = '{"version":2,"type":'
    out["challenge"] = begin + '"CHALLENGE","from":"%s","nonce":"%s","challengeText":"%s"}' % (
        text_of(public["server"]), text_of(public["server_nonce"]), given["challenge_text"])
    out["response"] = begin + (
        '"CHALLENGE_RESPONSE","from":"%s","to":"%s","nonce":"%s","audience":"%s","proof":"%s"}' % (
            text_of(public["client"]), text_of(public["server"]), text_of(public["client_nonce"]), given["audience"],
            text_of(mac(keys["client_proof"], transcript))))
    out["success"], out["success_replaced"] = (
        begin + '"REGISTER_SUCCESS","replaced":%s,"proof":"%s"}' % (
            word, text_of(mac(keys["success_proof"], transcript + byte)))
        for word, byte in (("false", b"\0"), ("true", b"\1")))
    out["failure"] = begin + '"REGISTER_FAILURE","proof":"%s"}' % text_of(mac(keys["failure_proof"], transcript))

    def number(value: int) -> bytes:
        return struct.pack(">Q", value)

    script = [  # sender, name, contents
        ("client", "route", b"\x01" + number(1) + public["other"] + b"Hello!"),
        ("server", "receipt", b"\x03" + number(1) + b"\x01"),
        ("client", "route", b"\x01" + number(2) + public["server"] + b""),
        ("server", "receipt", b"\x03" + number(2) + b"\x02"),
        ("server", "routed", b"\x02" + public["other"] + b"Hello to you!"),
        ("client", "ping", b"\x04"),
        ("server", "pong", b"\x05"),
        ("server", "superseded", b"\x06"),
    ]
    counts = {"client": 0, "server": 0}
    out["records"] = []
    for sender, name, contents in script:
        counts[sender] += 1
        header = b"\x02" + number(counts[sender])
        key = keys["client_to_server" if sender == "client" else "server_to_client"]
        sealed = seal_chacha20_poly1305(key, bytes(4) + number(counts[sender]), header, contents)
        out["records"].append({"from": sender, "name": name, "counter": counts[sender], "contents": contents.hex(),
                               "record": (header + sealed).hex()})
    return out


if __name__ == "__main__":
    sys.exit(frozen.run(__file__, compute))
