"""The deployed UDP wire on the package `cryptography`, in both revisions."""

import base64
import json
import os
import struct

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NET_OBS_KEY = b"OdiXEOXdvwgWfIizYjdEguhN-IP7eyqp9oITq_0MiBs="
HEARTBEAT, ACK = 0x13, 0x40


class Wire:
    """One side of one session."""

    def __init__(self, revision: str, private: bytes | None = None):
        self.later = revision == "v0_8"
        self.private = (X25519PrivateKey.from_private_bytes(private) if private
                        else X25519PrivateKey.generate())
        self.fernet = Fernet(NET_OBS_KEY)
        self.tokens = 0
        self.key = b""

    @property
    def public(self) -> str:
        raw = self.private.public_key().public_bytes(serialization.Encoding.Raw,
                                                     serialization.PublicFormat.Raw)
        return base64.urlsafe_b64encode(raw).decode()

    # Tokens.

    def plain_token(self, message: dict) -> bytes:
        salt = struct.pack(">Q", self.tokens) if self.later else b""
        self.tokens += 1
        return salt + json.dumps(message).encode()

    def token(self, message: dict) -> bytes:
        return self.fernet.encrypt(self.plain_token(message))

    def read_token(self, token: bytes) -> dict:
        plain = self.fernet.decrypt(token)
        return json.loads(plain[8:] if self.later else plain)

    def agree(self, public: str) -> None:
        theirs = X25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(public))
        self.key = HKDF(hashes.SHA256(), 32, None, b"bittrrt-chacha20poly1305").derive(
            self.private.exchange(theirs))

    # Packets: (flags, channel, sequence, offset) and the payload; the document has no header.

    def packet(self, payload: bytes, header: tuple = (0, 0, 0, 0), nonce: bytes = b"") -> bytes:
        nonce = nonce or os.urandom(12)
        flags, channel, sequence, offset = header
        plain = payload
        if self.later:
            plain = struct.pack(">IQQ", flags << 24 | channel, sequence, offset) + payload
        return nonce + ChaCha20Poly1305(self.key).encrypt(nonce, plain, b"")

    def read_packet(self, packet: bytes) -> tuple[tuple, bytes]:
        plain = ChaCha20Poly1305(self.key).decrypt(packet[:12], packet[12:], b"")
        if not self.later:
            return (0, 0, 0, 0), plain
        first, sequence, offset = struct.unpack(">IQQ", plain[:20])
        return (first >> 24, first & 0xFFFFFF, sequence, offset), plain[20:]
