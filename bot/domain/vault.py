"""Sealing and keyed hashing of personal data.

Every value is sealed with AES-256-GCM under a random 96-bit nonce (NIST SP 800-38D); the ciphertext opens with the
version of its key, and the place it belongs to (table, column, row) is authenticated with it, so that a value copied
into another row does not open. Look-ups go by HMAC-SHA-256 under a key of their own, codes and audit rows under
others: one key never serves two jobs. Whatever is stored opens with the version of its key, so that keys can be
rotated (bot/db/rotation.py): the highest version writes, the others still read.
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
        self._index = dict(sorted(keys.index.items()))
        self._code = keys.code
        # Begun once: verifying a million rows spends half as long on a copy as on beginning anew.
        self._audit = {version: hmac.new(key, digestmod=hashlib.sha256) for version, key in keys.audit.items()}
        self._keys = keys

    def versions(self, job: str) -> tuple[int, ...]:
        """The versions of the keys of a job (``field``, ``index``, ``code``, ``audit``), newest first."""
        return tuple(sorted(getattr(self._keys, job), reverse=True))

    def check_value(self, job: str, version: int) -> bytes:
        """What tells this key from another one under the same name; the key does not follow from it."""
        key: bytes = getattr(self._keys, job)[version]
        return hmac.digest(key, f"check value of {job} key {version}".encode(), hashlib.sha256)[:16]

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

    def renewed(self, sealed: bytes, place: str) -> bytes:
        """What is sealed at ``place``, sealed anew with the newest key; raises like :meth:`open`."""
        return self.seal(self.open_bytes(sealed, place), place)

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
        """Keyed hash of ``value`` for look-up, as it is stored: the version of its key, and the digest.

        ``kind`` (``phone``, ``email``, ``form``, ...) keeps kinds apart.
        """
        return self._indexed(max(self._index), kind, value)

    def indexes(self, kind: str, value: str) -> tuple[bytes, bytes]:
        """The hashes under which ``value`` may be found: the newest key's, and that of the one before.

        There are at most two index keys (``bot/settings.py``); of one key the hash comes twice, so that a statement
        looks the same always.
        """
        return self.index(kind, value), self._indexed(min(self._index), kind, value)

    def index_lock(self, kind: str, value: str) -> int:
        """The number under which everybody who is about to write this value waits for one another.

        It is the oldest key's, which two processes have in common while one of them has a newer one already.
        """
        return int.from_bytes(self._indexed(min(self._index), kind, value)[1:9], "big", signed=True)

    def _indexed(self, version: int, kind: str, value: str) -> bytes:
        said = f"{kind}:{value}".encode("utf-8", "surrogatepass")
        return bytes([version]) + hmac.digest(self._index[version], said, hashlib.sha256)

    def audit_mac(self, version: int, said: bytes) -> bytes:
        """What shows that ``said`` was written by somebody who has the audit key of this version.

        Raises:
            KeyError: there is no such key.
        """
        mac = self._audit[version].copy()
        mac.update(said)
        return mac.digest()

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
        self._index = hmac.digest(key, b"look-up", hashlib.sha256)  # a key of its own: one never serves two jobs

    def seal(self, plain: str | bytes, place: str) -> bytes:
        """Ciphertext of ``plain``, bound to ``place``."""
        return _seal(self._cipher, 0, plain, place)

    def open(self, sealed: bytes, place: str) -> str:
        """The text sealed at ``place``; ``SealBroken`` if it was not sealed there with this key."""
        return self.open_bytes(sealed, place).decode()

    def open_bytes(self, sealed: bytes, place: str) -> bytes:
        """The bytes sealed at ``place``; raises like :meth:`open`."""
        return _open(self._cipher, sealed, place)

    def index(self, kind: str, value: str) -> bytes:
        """Keyed hash of ``value`` for look-up among what belongs to the same owner; 0 stands for their own key."""
        return b"\0" + hmac.digest(self._index, f"{kind}:{value}".encode(), hashlib.sha256)


def _seal(cipher: AESGCM, version: int, plain: str | bytes, place: str) -> bytes:
    data = plain.encode("utf-8", "surrogatepass") if isinstance(plain, str) else plain
    nonce = os.urandom(_NONCE_BYTES)
    return bytes([version]) + nonce + cipher.encrypt(nonce, data, place.encode())


def _open(cipher: AESGCM, sealed: bytes, place: str) -> bytes:
    try:
        return cipher.decrypt(sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :], place.encode())
    except (InvalidTag, ValueError) as error:  # altered, or too short to be one
        raise SealBroken(f"{place}: does not open") from error
