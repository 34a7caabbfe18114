"""The published algorithms that the frozen vectors are computed with, written out.

RFC 7748 (X25519), RFC 8032 (Ed25519, to sign), RFC 5869 (HKDF with SHA-256), RFC 8439 (ChaCha20-Poly1305), FIPS 197 and SP 800-38D (AES-256-GCM).
Only hashlib and hmac are imported: nothing here shares code with what is tested.
"""

import hashlib
import hmac
import struct


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


def ed25519_keys(seed: bytes) -> tuple[int, bytes, bytes]:
    """The scalar, the prefix of nonces and the public key of a seed (RFC 8032, section 5.1.5)."""
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & ~7 & (2**255 - 1) | 2**254
    return scalar, digest[32:], ed25519_point(scalar)


def ed25519_point(scalar: int) -> bytes:
    """The base point times `scalar`, encoded (RFC 8032, sections 5.1.2 and 6)."""
    prime = 2**255 - 19
    d = -121665 * pow(121666, prime - 2, prime) % prime
    y = 4 * pow(5, prime - 2, prime) % prime
    square = (y * y - 1) * pow(d * y * y + 1, prime - 2, prime) % prime
    x = pow(square, (prime + 3) // 8, prime)
    if (x * x - square) % prime:
        x = x * pow(2, (prime - 1) // 4, prime) % prime
    if x & 1:
        x = prime - x

    def add(p: tuple[int, int], q: tuple[int, int]) -> tuple[int, int]:
        product = d * p[0] * q[0] * p[1] * q[1] % prime
        return ((p[0] * q[1] + q[0] * p[1]) * pow(1 + product, prime - 2, prime) % prime,
                (p[1] * q[1] + p[0] * q[0]) * pow(1 - product, prime - 2, prime) % prime)

    result, power = (0, 1), (x, y)
    while scalar:
        if scalar & 1:
            result = add(result, power)
        power = add(power, power)
        scalar >>= 1
    return (result[1] | (result[0] & 1) << 255).to_bytes(32, "little")


def ed25519_sign(seed: bytes, message: bytes) -> bytes:
    """RFC 8032, section 5.1.6."""
    order = 2**252 + 27742317777372353535851937790883648493
    scalar, prefix, public = ed25519_keys(seed)
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % order
    point = ed25519_point(r)
    k = int.from_bytes(hashlib.sha512(point + public + message).digest(), "little") % order
    return point + ((r + k * scalar) % order).to_bytes(32, "little")


def mac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def expand(key: bytes, info: bytes, size: int = 32) -> bytes:
    blocks = [b""]
    while 32 * (len(blocks) - 1) < size:
        blocks.append(mac(key, blocks[-1] + info + bytes([len(blocks)])))
    return b"".join(blocks)[:size]


def hkdf(ikm: bytes, salt: bytes, info: bytes, size: int = 32) -> bytes:
    return expand(mac(salt, ikm), info, size)


def chacha20(key: bytes, counter: int, nonce: bytes) -> bytes:
    start = list(struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce))
    state = list(start)

    def quarter(a: int, b: int, c: int, d: int) -> None:
        for x, y, z, shift in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[x] = state[x] + state[y] & 0xFFFFFFFF
            mixed = state[z] ^ state[x]
            state[z] = (mixed << shift | mixed >> (32 - shift)) & 0xFFFFFFFF

    for _ in range(10):
        for i in range(4):
            quarter(i, i + 4, i + 8, i + 12)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<16I", *(a + b & 0xFFFFFFFF for a, b in zip(start, state)))


def poly1305(key: bytes, data: bytes) -> bytes:
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for i in range(0, len(data), 16):
        total = (total + int.from_bytes(data[i:i + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def seal_chacha20_poly1305(key: bytes, nonce: bytes, associated: bytes, text: bytes) -> bytes:
    stream = b"".join(chacha20(key, 1 + i, nonce) for i in range((len(text) + 63) // 64))
    cipher = bytes(a ^ b for a, b in zip(text, stream))
    padded = (associated + bytes(-len(associated) % 16) + cipher + bytes(-len(cipher) % 16)
              + struct.pack("<QQ", len(associated), len(cipher)))
    return cipher + poly1305(chacha20(key, 0, nonce)[:32], padded)


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


def seal_aes256_gcm(key: bytes, nonce: bytes, associated: bytes, text: bytes) -> bytes:
    def field(x: int, y: int) -> int:
        z = 0
        for bit in range(127, -1, -1):
            if x >> bit & 1:
                z ^= y
            y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
        return z

    h = int.from_bytes(aes256(key, bytes(16)), "big")

    def ghash(first: bytes, second: bytes) -> int:
        padded = (first + bytes(-len(first) % 16) + second + bytes(-len(second) % 16)
                  + struct.pack(">QQ", 8 * len(first), 8 * len(second)))
        y = 0
        for i in range(0, len(padded), 16):
            y = field(y ^ int.from_bytes(padded[i:i + 16], "big"), h)
        return y

    # Section 7.1: a nonce of 12 bytes is the start of the first block, any other is hashed to one.
    start = int.from_bytes(nonce + bytes([0, 0, 0, 1]), "big") if len(nonce) == 12 else ghash(b"", nonce)

    def block(number: int) -> bytes:
        low = (start + number) % 2**32
        return aes256(key, (start >> 32 << 32 | low).to_bytes(16, "big"))

    stream = b"".join(block(1 + i) for i in range((len(text) + 15) // 16))
    cipher = bytes(a ^ b for a, b in zip(text, stream))
    return cipher + bytes(a ^ b for a, b in zip(ghash(associated, cipher).to_bytes(16, "big"), block(0)))
