"""Sealing and keyed hashing of personal data.

Every value is sealed with AES-256-GCM under a random 96-bit nonce (NIST SP 800-38D); the ciphertext opens with the
version of its key, and the place it belongs to (table, column, row) is authenticated with it, so that a value copied
into another row does not open. Look-ups go by HMAC-SHA-256 under a key of their own, codes and audit rows under
others: one key never serves two jobs.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.errors import SealBroken

KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True)
class Keys:
    """The keys of a deployment. Each maps a version (1 to 255) to 32 bytes; the highest version writes.

    Attributes:
        field: seals fields.
        index: hashes phones, addresses and tokens for look-up.
        code: hashes one-time codes.
        audit: authenticates audit rows.
    """

    field: Mapping[int, bytes]
    index: Mapping[int, bytes]
    code: Mapping[int, bytes]
    audit: Mapping[int, bytes]


class Vault:
    """Seals, opens and hashes with the keys of the deployment."""

    def __init__(self, keys: Keys) -> None:
        self._ciphers = {version: AESGCM(key) for version, key in keys.field.items()}
        self._newest = max(self._ciphers)
        self._index = keys.index[max(keys.index)]
        self._code = keys.code

    def seal(self, plain: str | bytes, place: str) -> bytes:
        """Ciphertext of ``plain``, bound to ``place`` (``table/column/row``)."""
        return _seal(self._ciphers[self._newest], self._newest, plain, place)

    def open(self, sealed: bytes, place: str) -> str:
        """The text sealed at ``place``.

        Raises:
            SealBroken: the value was made elsewhere, with an unknown key, or altered.
        """
        return self.open_bytes(sealed, place).decode("utf-8", "surrogatepass")

    def open_bytes(self, sealed: bytes, place: str) -> bytes:
        """The bytes sealed at ``place``; raises like :meth:`open`."""
        cipher = self._ciphers.get(sealed[0]) if sealed else None
        if cipher is None:
            raise SealBroken(f"{place}: sealed with an unknown key")
        return _open(cipher, sealed, place)

    def person(self, wrapped: bytes, account: int) -> Seal:
        """The seal of one account, from its wrapped key."""
        return Seal(self.open_bytes(wrapped, f"accounts/person_key/{account}"))

    def new_person(self, account: int) -> tuple[bytes, Seal]:
        """A fresh key for an account: wrapped for storage, and ready to use."""
        key = new_key()
        return self.seal(key, f"accounts/person_key/{account}"), Seal(key)

    def new_file(self, file: int) -> tuple[bytes, Seal]:
        """A fresh key for one file: wrapped for storage, and ready to use."""
        key = new_key()
        return self.seal(key, f"pictures/file_key/{file}"), Seal(key)

    def file(self, wrapped: bytes, file: int) -> Seal:
        """The seal of one file, from its wrapped key."""
        return Seal(self.open_bytes(wrapped, f"pictures/file_key/{file}"))

    def index(self, kind: str, value: str) -> bytes:
        """Keyed hash of ``value`` for look-up; ``kind`` (``phone``, ``email``, ``form``, ...) keeps kinds apart."""
        return hmac.digest(self._index, f"{kind}:{value}".encode("utf-8", "surrogatepass"), hashlib.sha256)

    def code_hash(self, challenge: int, subject: int, purpose: str, destination: str, code: str) -> bytes:
        """Keyed hash of a one-time code, bound to all it is for; the key's version is its first byte."""
        version = max(self._code)
        return bytes([version]) + self._code_digest(version, challenge, subject, purpose, destination, code)

    def code_matches(
        self, hashed: bytes, challenge: int, subject: int, purpose: str, destination: str, code: str
    ) -> bool:
        """Whether ``code`` is the one hashed, compared in constant time; an unknown key version never matches."""
        version = hashed[0]
        if version not in self._code:
            return False
        digest = self._code_digest(version, challenge, subject, purpose, destination, code)
        return hmac.compare_digest(hashed[1:], digest)

    def _code_digest(self, version: int, *parts: object) -> bytes:
        return hmac.digest(self._code[version], "\x1f".join(map(str, parts)).encode(), hashlib.sha256)


def new_key() -> bytes:
    """A random key for any of the jobs of :class:`Keys`."""
    return AESGCM.generate_key(KEY_BYTES * 8)


class Seal:
    """Seals and opens the fields of one account, or one file; useless once its key is destroyed."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: str | bytes, place: str) -> bytes:
        """Ciphertext of ``plain``, bound to ``place``."""
        return _seal(self._cipher, 0, plain, place)

    def open(self, sealed: bytes, place: str) -> str:
        """The text sealed at ``place``; ``SealBroken`` if it was not sealed there with this key."""
        return self.open_bytes(sealed, place).decode()

    def open_bytes(self, sealed: bytes, place: str) -> bytes:
        """The bytes sealed at ``place``; raises like :meth:`open`."""
        return _open(self._cipher, sealed, place)


def _seal(cipher: AESGCM, version: int, plain: str | bytes, place: str) -> bytes:
    data = plain.encode("utf-8", "surrogatepass") if isinstance(plain, str) else plain
    nonce = os.urandom(_NONCE_BYTES)
    return bytes([version]) + nonce + cipher.encrypt(nonce, data, place.encode())


def _open(cipher: AESGCM, sealed: bytes, place: str) -> bytes:
    try:
        return cipher.decrypt(sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :], place.encode())
    except InvalidTag as error:
        raise SealBroken(f"{place}: does not open") from error
