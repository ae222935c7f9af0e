"""Secrets that lead somewhere: the cookies, links and keys that we hand out."""

from hashlib import sha256


def digest(secret: str) -> bytes:
    """What is kept of one, 32 bytes. It is random and long, so that a plain hash suffices.

    Whatever is sent in place of one has a digest too, also text that is no Unicode.
    """
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
