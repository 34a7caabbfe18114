"""udp's hardened wire on the package `cryptography`, both sides, written from the protocol's page. It
sends nothing: datagrams go in and come out."""

import hashlib
import hmac
import os
import struct
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

LABEL = b"handfast udp v2"
VERSION = b"\x02"
CONNECT, COOKIE_REPLY, CONNECTED, PACKET = 1, 2, 3, 4
DATA, HEARTBEAT, CHALLENGE, RESPONSE, CLOSE = 1, 2, 3, 4, 5
PINNED, RESUMING = 1, 2
NONE = bytes(8)  # what a heartbeat, or a close, has to say mostly
YES = bytes(7) + b"\x01"  # a heartbeat asks, a close answers
WINDOW, EPOCHS_AHEAD = 2048, 8
PAYLOAD_MAX = 1232 - 22 - 16 - 6


class Refused(Exception):
    """What came is not to be believed, and has changed nothing."""


def mac(key: bytes, *data: bytes) -> bytes:
    return hmac.digest(key, b"".join(data), "sha256")


def derive(secret: bytes, what: bytes, size: int = 32) -> bytes:
    return HKDFExpand(hashes.SHA256(), size, LABEL + b" " + what).derive(secret)


def public(key: X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def agree(key: X25519PrivateKey, other: bytes) -> bytes:
    return key.exchange(X25519PublicKey.from_public_bytes(other))


def kind_of(datagram: bytes) -> int:
    return datagram[1] if datagram[:1] == VERSION else 0


# The handshake.

@dataclass(frozen=True)
class Connect:
    mode: int
    key: bytes
    nonce: bytes
    half: bytes
    cookie: bytes = bytes(32)
    resumption: bytes = bytes(16)
    proof: bytes = bytes(32)

    FORMAT = ">2sB32s16s4s32s16s32s"

    def encode(self) -> bytes:
        return struct.pack(self.FORMAT, VERSION + bytes([CONNECT]), self.mode, self.key, self.nonce,
                           self.half, self.cookie, self.resumption, self.proof)

    @classmethod
    def decode(cls, datagram: bytes) -> "Connect":
        begin, *rest = struct.unpack(cls.FORMAT, datagram)
        if begin != VERSION + bytes([CONNECT]) or rest[0] > PINNED | RESUMING:
            raise Refused("no Connect")
        return cls(*rest)

    def without_cookie(self) -> bytes:
        """As it is proved and compared."""
        encoded = self.encode()
        return encoded[:55] + encoded[87:]

    def right_proof(self, secret: bytes) -> bytes:
        return mac(derive(secret, b"resume"), self.without_cookie()[:71])


@dataclass(frozen=True)
class Connected:
    mode: int
    client_half: bytes
    server_half: bytes
    key: bytes
    proof: bytes = bytes(32)

    FORMAT = ">2sB4s4s32s32s"

    def encode(self) -> bytes:
        return struct.pack(self.FORMAT, VERSION + bytes([CONNECTED]), self.mode, self.client_half,
                           self.server_half, self.key, self.proof)

    @classmethod
    def decode(cls, datagram: bytes) -> "Connected":
        begin, *rest = struct.unpack(cls.FORMAT, datagram)
        if begin != VERSION + bytes([CONNECTED]):
            raise Refused("no Connected")
        return cls(*rest)


class Keys:
    """What a handshake agrees on: `agreed` is ee, es where pinned, what was left where resuming."""

    def __init__(self, connect: Connect, connected: Connected, pinned: bytes, agreed: bytes):
        transcript = hashlib.sha256(
            LABEL + VERSION + bytes([connect.mode]) + pinned + connect.key + connect.nonce
            + connect.half + connected.server_half + connect.resumption + connected.key).digest()
        secret = mac(transcript, agreed)
        self.proof = mac(derive(secret, b"confirmation"), transcript)
        self.client = derive(secret, b"client-to-server")
        self.server = derive(secret, b"server-to-client")
        self.resumption = (derive(secret, b"resumption id", 16), derive(secret, b"resumption secret"))


class Client:
    """One attempt to connect: to whoever has `pinned`, or whoever answers; from what a session has
    left, an id and a secret, or not."""

    def __init__(self, pinned: bytes | None = None, resumed: tuple[bytes, bytes] | None = None):
        self.pinned = pinned
        self.resumed = resumed
        self.ephemeral = X25519PrivateKey.generate()
        mode = (PINNED if pinned else 0) | (RESUMING if resumed else 0)
        self.connect = Connect(mode, public(self.ephemeral), os.urandom(16), os.urandom(4))
        if resumed:
            name, secret = resumed
            self.connect = replace(self.connect, resumption=name)
            self.connect = replace(self.connect, proof=self.connect.right_proof(secret))

    def take_cookie(self, datagram: bytes) -> None:
        begin, nonce, cookie = struct.unpack(">2s16s32s", datagram)
        if begin != VERSION + bytes([COOKIE_REPLY]) or nonce != self.connect.nonce:
            raise Refused("another's cookie")
        self.connect = replace(self.connect, cookie=cookie)

    def answered(self, datagram: bytes) -> "Session":
        connected = Connected.decode(datagram)
        if (connected.mode, connected.client_half) != (self.connect.mode, self.connect.half):
            raise Refused("another's answer")
        agreed = agree(self.ephemeral, connected.key)
        if self.pinned:
            agreed += agree(self.ephemeral, self.pinned)
        if self.resumed:
            agreed += self.resumed[1]
        keys = Keys(self.connect, connected, self.pinned or bytes(32), agreed)
        if not hmac.compare_digest(keys.proof, connected.proof):
            raise Refused("who answers does not have the key")
        return Session(connected, keys.client, keys.server, keys.resumption)


class Server:
    """Answers one Connect after the other."""

    def __init__(self):
        self.identity = X25519PrivateKey.generate()
        self.public = public(self.identity)
        self.kept: dict[bytes, bytes] = {}  # what sessions have left
        self.cookie_secret = os.urandom(32)

    def cookie_reply(self, connect: Connect) -> bytes:
        return VERSION + bytes([COOKIE_REPLY]) + connect.nonce + self.cookie_of(connect)

    def cookie_of(self, connect: Connect) -> bytes:
        return mac(self.cookie_secret, connect.without_cookie())

    def accept(self, connect: Connect) -> tuple[bytes, "Session"]:
        """The answer, and the session; what is resumed is used up."""
        ephemeral = X25519PrivateKey.generate()
        agreed = agree(ephemeral, connect.key)
        if connect.mode & PINNED:
            agreed += agree(self.identity, connect.key)
        if connect.mode & RESUMING:
            secret = self.kept.get(connect.resumption)
            if not secret or not hmac.compare_digest(connect.right_proof(secret), connect.proof):
                raise Refused("nothing to resume")
            agreed += self.kept.pop(connect.resumption)
        elif connect.resumption + connect.proof != bytes(48):
            raise Refused("what is not used is not zero")
        connected = Connected(connect.mode, connect.half, os.urandom(4), public(ephemeral))
        pinned = self.public if connect.mode & PINNED else bytes(32)
        keys = Keys(connect, connected, pinned, agreed)
        connected = replace(connected, proof=keys.proof)
        return connected.encode(), Session(connected, keys.server, keys.client, keys.resumption)

    def keep(self, session: "Session") -> None:
        name, secret = session.resumption
        self.kept[name] = secret


# A session.

@dataclass(frozen=True)
class Message:
    kind: int
    body: bytes  # of data, what was said
    epoch: int
    counter: int
    seen: int  # the highest epoch of ours that the other side has opened


class Session:
    """Seals and opens packets. Epochs of its own change when `rotate` is called; it follows those of
    the other side, and says so unless `follows_aloud` is unset."""

    def __init__(self, connected: Connected, sending: bytes, receiving: bytes,
                 resumption: tuple[bytes, bytes]):
        self.ids = connected.client_half + connected.server_half
        self.sending, self.epoch, self.counter = sending, 0, 0
        self.receiving = {0: receiving}  # by epoch: this one, and the one before it
        self.highest_epoch = 0
        self.seen_epoch = 0
        self.opened: set[int] = set()
        self.resumption = resumption
        self.follows_aloud = True

    def rotate(self) -> None:
        self.sending = derive(self.sending, b"rotate")
        self.epoch += 1

    def seal(self, kind: int, body: bytes = NONE) -> bytes:
        if kind == DATA:
            padding = max(0, 7 - len(body))
            body = bytes([padding]) + body + bytes(padding)
        seen = self.highest_epoch if self.follows_aloud else 0
        numbers = struct.pack(">IQ", self.epoch, self.counter)
        header = VERSION + bytes([PACKET]) + self.ids + numbers
        contents = struct.pack(">IB", seen, kind) + body
        self.counter += 1
        return header + ChaCha20Poly1305(self.sending).encrypt(numbers, contents, header)

    def open(self, datagram: bytes) -> Message:
        if kind_of(datagram) != PACKET or datagram[2:10] != self.ids or len(datagram) < 51:
            raise Refused("another session's, or no packet")
        epoch, counter = struct.unpack(">IQ", datagram[10:22])
        newest = max(self.opened, default=0)
        if counter in self.opened or counter + WINDOW <= newest:
            raise Refused("was here before, or is too old to tell")
        try:
            contents = ChaCha20Poly1305(self.key_of(epoch)).decrypt(
                datagram[10:22], datagram[22:], datagram[:22])
        except InvalidTag:
            raise Refused("not authentic") from None
        seen, kind = struct.unpack(">IB", contents[:5])
        body = contents[5:]
        if kind == DATA:
            padding = body[0]
            end = len(body) - padding
            if any(body[end:]) or (padding and len(body) != 8):
                raise Refused("two ways to say the same")
            body = body[1:end]
        elif len(body) != 8 or not DATA < kind <= CLOSE:
            raise Refused("nothing that is known")
        if seen > self.epoch:
            raise Refused("an epoch seen that never was")
        self.opened.add(counter)
        self.opened = {one for one in self.opened if one + WINDOW > max(newest, counter)}
        self.seen_epoch = max(self.seen_epoch, seen)
        if epoch > self.highest_epoch:
            self.receiving = {self.highest_epoch: self.receiving[self.highest_epoch],
                              epoch: self.key_of(epoch)}
            self.highest_epoch = epoch
        return Message(kind, body, epoch, counter, seen)

    def key_of(self, epoch: int) -> bytes:
        if epoch in self.receiving:
            return self.receiving[epoch]
        if not 0 < epoch - self.highest_epoch <= EPOCHS_AHEAD:
            raise Refused("an epoch whose key is not known")
        key = self.receiving[self.highest_epoch]
        for _ in range(epoch - self.highest_epoch):
            key = derive(key, b"rotate")
        return key
