"""Keys for all purposes, made from the installation's one secret."""

from hashlib import blake2b

from survey.settings import Settings


def derived_key(settings: Settings, purpose: bytes) -> bytes:
    """A key of 64 bytes for one purpose (16 bytes at most), made from the installation's secret."""
    secret = settings.secret_key.get_secret_value() or "demonstration"
    return blake2b(secret.encode(), person=purpose).digest()


def derived_keys(settings: Settings, purpose: bytes) -> tuple[bytes, ...]:
    """The key of now, and that of the secret before, where the secret was changed."""
    previous = settings.secret_key_previous.get_secret_value()
    now = derived_key(settings, purpose)
    if not previous:
        return (now,)
    return now, blake2b(previous.encode(), person=purpose).digest()
