"""A user id leaves as a keyed hash alone, and each recipient gets another one: their data cannot be joined by it.

HMAC-SHA-256 under a key that HKDF (RFC 5869) derives for the recipient. Without the key a dictionary of all e-mail
addresses finds nothing. It is a pseudonym, not anonymous: whoever holds the key can compute it again.
"""

import hmac
import unicodedata

from diskret.model.records import Recipient

__all__ = ["Pseudonyms"]

_MAX_KNOWN = 1_000


class Pseudonyms:
    """Derive pseudonyms under one key of 32 bytes or more."""

    def __init__(self, key: bytes) -> None:
        # RFC 5869, 2.2: extract with a fixed salt; the key file's bytes need not be uniform.
        self._key = hmac.digest(b"diskret pseudonym v1", key, "sha256")
        self._known: dict[tuple[str, Recipient], str] = {}

    def of(self, user: str, recipient: Recipient) -> str:
        """Give a user's pseudonym for a recipient: 8 hex digits of the key's id, "-", 32 of the hash (128 bits)."""
        known = self._known.get((user, recipient))
        if known is None:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            key = self._derive(f"user|{recipient}")
            # The key's id is derived for the recipient as well: a common one would join what the hash keeps apart.
            key_id = self._derive(f"key id|{recipient}").hex()[:8]
            digest = hmac.digest(key, _normal(user).encode("utf-8", "surrogatepass"), "sha256").hex()[:32]
            known = self._known[user, recipient] = f"{key_id}-{digest}"
        return known

    def _derive(self, info: str) -> bytes:
        # RFC 5869, 2.3: expand; one block is all that is needed.
        return hmac.digest(self._key, info.encode() + b"\x01", "sha256")


def _normal(user: str) -> str:
    """Write an id or an e-mail address in one way: Alice@Example.com and alice@example.com are one person."""
    return unicodedata.normalize("NFC", user.strip()).casefold()
