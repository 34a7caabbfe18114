"""The published algorithms that the frozen vectors are computed with, written out.

RFC 7748 (X25519), RFC 8032 (Ed25519, to sign), RFC 5869 (HKDF with SHA-256), RFC 8439 (ChaCha20-Poly1305), FIPS 197 and SP 800-38D (AES-256-GCM), RFC 9106 (Argon2id).
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


WORD = 2**64 - 1
Block = list[int]  # 128 words of 64 bits


def argon2id(passphrase: bytes, salt: bytes, memory: int, passes: int, lanes: int, size: int) -> bytes:
    """`memory` in KiB; no secret and no associated data; at most 64 bytes (RFC 9106, section 3.2)."""
    numbers = struct.pack("<6I", lanes, size, memory, passes, 0x13, 2)
    first = hashlib.blake2b(numbers + argon2_field(passphrase) + argon2_field(salt) + bytes(8)).digest()
    segment = memory // (4 * lanes)
    length = 4 * segment  # blocks of a lane
    blocks: list[list[Block]] = []
    for lane in range(lanes):
        begin = [list(struct.unpack("<128Q", argon2_hash(first + struct.pack("<2I", i, lane), 1024)))
                 for i in (0, 1)]
        blocks.append(begin + [[0] * 128 for _ in range(length - 2)])
    for turn in range(passes):
        for part in range(4):
            for lane in range(lanes):
                argon2_fill(blocks, (turn, part, lane), (segment, passes))
    last = [0] * 128
    for one in blocks:
        last = [a ^ b for a, b in zip(last, one[-1])]
    return argon2_hash(struct.pack("<128Q", *last), size)


def argon2_field(value: bytes) -> bytes:
    return struct.pack("<I", len(value)) + value


def argon2_hash(value: bytes, size: int) -> bytes:
    """H' of section 3.3."""
    value = struct.pack("<I", size) + value
    if size <= 64:
        return hashlib.blake2b(value, digest_size=size).digest()
    out = b""
    value = hashlib.blake2b(value).digest()
    while size - len(out) > 64:
        out += value[:32]
        left = size - len(out)
        value = hashlib.blake2b(value, digest_size=min(left, 64)).digest()
    return out + value


def argon2_fill(blocks: list[list[Block]], place: tuple[int, int, int],
                sizes: tuple[int, int]) -> None:
    """One segment: section 3.4."""
    (turn, part, lane), (segment, passes) = place, sizes
    length = 4 * segment
    independent = turn == 0 and part < 2
    addresses: Block = []
    for index in range(segment):
        if independent and index % 128 == 0:
            counted = [turn, lane, part, len(blocks) * length, passes, 2, index // 128 + 1]
            zero = [0] * 128
            addresses = argon2_compress(zero, argon2_compress(zero, counted + [0] * 121))
        column = part * segment + index
        if turn == 0 and column < 2:
            continue
        before = blocks[lane][column - 1]
        word = addresses[index % 128] if independent else before[0]
        other = lane if turn == 0 and part == 0 else (word >> 32) % len(blocks)
        # How many blocks may be named, and where the first of them is: section 3.4.2.
        done = part * segment if turn == 0 else length - segment
        if other == lane:
            area = done + index - 1
        else:
            area = done - (1 if index == 0 else 0)
        low = word & 0xFFFFFFFF
        relative = area - 1 - (area * (low * low >> 32) >> 32)
        start = 0 if turn == 0 else (part + 1) % 4 * segment
        made = argon2_compress(before, blocks[other][(start + relative) % length])
        if turn > 0:
            made = [a ^ b for a, b in zip(made, blocks[lane][column])]
        blocks[lane][column] = made


def argon2_compress(one: Block, other: Block) -> Block:
    """G of section 3.5: BLAKE2b's rounds with multiplications, over rows and columns of 16 words."""
    mixed = [a ^ b for a, b in zip(one, other)]
    v = list(mixed)

    def mix(a: int, b: int, c: int, d: int) -> None:
        for turns in ((32, 24), (16, 63)):
            v[a] = v[a] + v[b] + 2 * (v[a] & 0xFFFFFFFF) * (v[b] & 0xFFFFFFFF) & WORD
            t = v[d] ^ v[a]
            v[d] = (t >> turns[0] | t << 64 - turns[0]) & WORD
            v[c] = v[c] + v[d] + 2 * (v[c] & 0xFFFFFFFF) * (v[d] & 0xFFFFFFFF) & WORD
            t = v[b] ^ v[c]
            v[b] = (t >> turns[1] | t << 64 - turns[1]) & WORD

    rows = [[16 * r + i for i in range(16)] for r in range(8)]
    columns = [[16 * r + 2 * k + i for r in range(8) for i in (0, 1)] for k in range(8)]
    for line in rows + columns:
        for i in range(4):
            mix(line[i], line[4 + i], line[8 + i], line[12 + i])
        for i in range(4):
            mix(line[i], line[4 + (i + 1) % 4], line[8 + (i + 2) % 4], line[12 + (i + 3) % 4])
    return [a ^ b for a, b in zip(mixed, v)]
