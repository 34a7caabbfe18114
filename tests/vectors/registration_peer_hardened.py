"""Computes registration_peer_hardened.json from its inputs, by the protocol's text and the published algorithms alone.

Prints what differs; exit code 1 then. With --write it writes the file anew from the inputs in it.
Usage: python3 registration_peer_hardened.py [--write] [FILE]
"""

import hashlib
import struct
import sys

import frozen
from primitives import BASE, expand, hkdf, mac, seal_chacha20_poly1305, x25519

LABEL = b"handfast registration peer v2"


def session_of(caller: bytes, answerer: bytes, caller_new: bytes, answerer_new: bytes, halves: tuple[bytes, bytes],
               hello_key: bytes) -> dict[str, bytes]:
    """All arguments but the halves and the last one are private keys."""
    names = x25519(caller, BASE), x25519(answerer, BASE)
    hello = b"\x02\x11" + halves[0] + x25519(caller_new, BASE)
    hello += mac(hello_key, hello + names[0] + names[1])
    ack = b"\x02\x12" + halves[0] + halves[1] + x25519(answerer_new, BASE)
    transcript = hashlib.sha256(LABEL + names[0] + names[1] + hello + ack).digest()
    agreed = (x25519(caller, names[1]) + x25519(caller_new, names[1])
              + x25519(caller, x25519(answerer_new, BASE)) + x25519(caller_new, x25519(answerer_new, BASE)))
    assert agreed[32:64] == x25519(answerer, x25519(caller_new, BASE))
    assert agreed[64:96] == x25519(answerer_new, names[0])
    secret = mac(transcript, agreed)
    ack += mac(expand(secret, LABEL + b" confirmation"), transcript)
    return {"hello": hello, "hello_ack": ack, "transcript": transcript,
            "key_id": expand(secret, LABEL + b" key id", 16), "session": halves[0] + halves[1],
            "caller_chain": expand(secret, LABEL + b" caller-to-answerer"),
            "answerer_chain": expand(secret, LABEL + b" answerer-to-caller")}


def compute(given: dict) -> dict:
    """Alice calls, Bob answers; then Bob calls. `m` is a message and says which, `a` an acknowledgement."""
    inputs = ("alice", "bob", "alice_ephemeral", "bob_ephemeral", "alice_renewal", "bob_renewal", "alice_half",
              "bob_half", "alice_renewal_half", "bob_renewal_half")
    raw = {name: bytes.fromhex(given[name]) for name in inputs}
    out = {name: given[name] for name in inputs}
    names = {"alice": x25519(raw["alice"], BASE), "bob": x25519(raw["bob"], BASE)}
    static = mac(LABEL + b" static", x25519(raw["alice"], names["bob"]))
    hello_key, news_key = expand(static, LABEL + b" hello"), expand(static, LABEL + b" new session")

    sessions = [
        session_of(raw["alice"], raw["bob"], raw["alice_ephemeral"], raw["bob_ephemeral"],
                   (raw["alice_half"], raw["bob_half"]), hello_key),
        session_of(raw["bob"], raw["alice"], raw["bob_renewal"], raw["alice_renewal"],
                   (raw["bob_renewal_half"], raw["alice_renewal_half"]), hello_key)]
    callers = ["alice", "bob"]
    out["sessions"] = [{name: value.hex() for name, value in session.items()} for session in sessions]

    def before(tag: int, highest: int, opened: int) -> bytes:
        return struct.pack(">3Q", int.from_bytes(sessions[0]["session"][:8], "big") if tag else 0, highest, opened)

    def contents(kind: int, highest: int, opened: int, earlier: bytes, text: bytes = b"") -> bytes:
        return bytes([kind]) + struct.pack(">2Q", highest, opened) + earlier + text

    script = [  # sender, session, contents
        ("alice", 0, contents(22, 0, 0, before(0, 0, 0))),
        ("bob", 0, contents(22, 1, 1, before(0, 0, 0))),
        ("alice", 0, contents(21, 1, 1, before(0, 0, 0), b"Hello Bob!")),
        ("alice", 0, contents(21, 1, 1, before(0, 0, 0), b"This one is lost.")),
        ("alice", 0, contents(21, 1, 1, before(0, 0, 0), b"Are you there?")),
        ("bob", 0, contents(21, 4, 0b1101, before(0, 0, 0), b"Hello Alice!")),
        ("bob", 0, contents(21, 4, 0b1101, before(0, 0, 0), b"I call you.")),
        ("bob", 1, contents(22, 0, 0, before(1, 4, 0b1101))),
        ("alice", 1, contents(22, 1, 1, before(1, 3, 0b111))),
        ("alice", 1, contents(21, 1, 1, before(1, 3, 0b111), b"In new words.")),
    ]
    chains, counts = {}, {}
    out["frames"] = []
    for sender, number, text in script:
        session = sessions[number]
        receiver = "bob" if sender == "alice" else "alice"
        where = number, sender
        chain = chains.setdefault(where, session["caller_chain" if sender == callers[number] else "answerer_chain"])
        n = counts[where] = counts.get(where, 0) + 1
        key = hkdf(chain, LABEL + b" message key", b"message:%d" % n)
        chains[where] = hkdf(chain, LABEL + b" chain step", b"step:%d" % n)
        begin = bytes([2, 20, names[sender] < names[receiver]])
        associated = begin + session["session"] + names[sender] + names[receiver] + struct.pack(">Q", n)
        frame = (begin + session["session"] + struct.pack(">Q", n)
                 + seal_chacha20_poly1305(key, struct.pack(">IQ", 0, n), associated, text))
        out["frames"].append({"from": sender, "session": number, "counter": n, "contents": text.hex(),
                              "message_key": key.hex(), "associated_data": associated.hex(), "frame": frame.hex()})

    # Bob comes back without a session and gets the last frame.
    news = b"\x02\x13" + sessions[1]["session"]
    out["new_session"] = (news + mac(news_key, news + names["bob"] + names["alice"])).hex()
    return out


if __name__ == "__main__":
    sys.exit(frozen.run(__file__, compute))
