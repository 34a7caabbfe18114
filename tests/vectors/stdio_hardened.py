"""Computes stdio_hardened.json from its inputs, by the protocol's text and the published algorithms alone.

Everything is written out here (RFC 7748, RFC 5869, FIPS 197, SP 800-38D); only hashlib and hmac are imported.
Prints what differs; exit code 1 then. Usage: python3 stdio_hardened.py [FILE]
"""

import base64
import hashlib
import hmac
import json
import pathlib
import struct
import sys


def x25519(scalar: bytes, point: bytes) -> bytes:
    prime = 2**255 - 19
    k = int.from_bytes(scalar, "little") & ~7 & (2**255 - 1) | 2**254
    u = int.from_bytes(point, "little") & (2**255 - 1)
    x2, z2, x3, z3 = 1, 0, u, 1
    for bit in reversed(range(255)):
        swap = k >> bit & 1
        if swap:
            x2, x3, z2, z3 = x3, x2, z3, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % prime, b * b % prime, d * a % prime, c * b % prime
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % prime, u * (da - cb) ** 2 % prime
        x2, z2 = aa * bb % prime, e * (aa + 121665 * e) % prime
        if swap:
            x2, x3, z2, z3 = x3, x2, z3, z2
    return (x2 * pow(z2, prime - 2, prime) % prime).to_bytes(32, "little")


BASE = (9).to_bytes(32, "little")


def mac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def expand(key: bytes, info: bytes, size: int = 32) -> bytes:
    return mac(key, info + b"\x01")[:size]


def hkdf(ikm: bytes, salt: bytes, info: bytes) -> bytes:
    return expand(mac(salt, ikm), info)


def times(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def make_sbox() -> list[int]:
    box = []
    for value in range(256):
        inverse = next((i for i in range(256) if times(value, i) == 1), 0)
        rotated = inverse
        for shift in range(1, 5):
            rotated ^= (inverse << shift | inverse >> (8 - shift)) & 0xFF
        box.append(rotated ^ 0x63)
    return box


SBOX = make_sbox()


def aes256(key: bytes, block: bytes) -> bytes:
    words = [list(key[i:i + 4]) for i in range(0, 32, 4)]
    constant = 1
    for i in range(8, 60):
        word = list(words[i - 1])
        if i % 8 == 0:
            word = [SBOX[b] for b in word[1:] + word[:1]]
            word[0] ^= constant
            constant = times(constant, 2)
        elif i % 8 == 4:
            word = [SBOX[b] for b in word]
        words.append([a ^ b for a, b in zip(words[i - 8], word)])
    state = [a ^ b for a, b in zip(block, sum(words[:4], []))]
    for turn in range(1, 15):
        state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if turn < 14:
            mixed = []
            for column in range(0, 16, 4):
                s = state[column:column + 4]
                mixed += [times(s[r], 2) ^ times(s[(r + 1) % 4], 3) ^ s[(r + 2) % 4] ^ s[(r + 3) % 4]
                          for r in range(4)]
            state = mixed
        state = [a ^ b for a, b in zip(state, sum(words[4 * turn:4 * turn + 4], []))]
    return bytes(state)


def seal(key: bytes, nonce: bytes, associated: bytes, text: bytes) -> bytes:
    def field(x: int, y: int) -> int:
        z = 0
        for bit in range(127, -1, -1):
            if x >> bit & 1:
                z ^= y
            y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
        return z

    def block(counter: int) -> bytes:
        return aes256(key, nonce + struct.pack(">I", counter))

    stream = b"".join(block(2 + i) for i in range((len(text) + 15) // 16))
    cipher = bytes(a ^ b for a, b in zip(text, stream))
    h = int.from_bytes(aes256(key, bytes(16)), "big")
    padded = (associated + bytes(-len(associated) % 16) + cipher + bytes(-len(cipher) % 16)
              + struct.pack(">QQ", 8 * len(associated), 8 * len(cipher)))
    y = 0
    for i in range(0, len(padded), 16):
        y = field(y ^ int.from_bytes(padded[i:i + 16], "big"), h)
    return cipher + bytes(a ^ b for a, b in zip(y.to_bytes(16, "big"), block(1)))


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
            "record": (header + seal(key, nonce, associated.encode(), contents)).hex()})
    return out


def main() -> int:
    default = pathlib.Path(__file__).with_suffix(".json")
    given = json.loads(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else default).read_text(encoding="utf-8"))
    computed = compute(given)
    wrong = [name for name in {**given, **computed} if given.get(name) != computed.get(name)]
    for name in wrong:
        print("differs:", name)
        if name == "records":
            for index, (a, b) in enumerate(zip(given[name], computed[name])):
                print(*(f"  record {index} {field}: {a[field]} is not {b[field]}" for field in b if a[field] != b[field]),
                      sep="\n", end="")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
