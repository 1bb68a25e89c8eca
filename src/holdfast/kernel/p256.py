"""The keys by which a push service knows this server (VAPID, RFC 8292): P-256, as text."""

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )

PRIVATE_KEY_BYTES = 32


def new_private_key() -> str:
    """A new key: 32 bytes in base64url, as all tools for Web Push write it."""
    from cryptography.hazmat.primitives.asymmetric import ec

    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64url(number.to_bytes(PRIVATE_KEY_BYTES, "big"))


def read_private_key(text: str) -> "EllipticCurvePrivateKey":
    """The key that a setting means: 32 bytes in base64url, or PEM.

    Raises:
        ValueError: it is none, or one of another curve.
    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if text.lstrip().startswith("-----BEGIN"):
        key = load_pem_private_key(text.strip().encode(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise ValueError("is not a key of the curve P-256")
        return key
    raw = from_base64url(text.strip())
    if len(raw) != PRIVATE_KEY_BYTES:
        raise ValueError("does not have 32 bytes")
    return ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())


def public_text(key: "EllipticCurvePrivateKey") -> str:
    """The public key, uncompressed, in base64url: what a browser takes as applicationServerKey."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64url(point)


def check_public_key(text: str) -> None:
    """Refuse what is no uncompressed public key of this curve. Raises as `read_public_key`."""
    read_public_key(text)


def read_public_key(text: str) -> "EllipticCurvePublicKey":
    """The key that `public_text` writes.

    Raises:
        ValueError: the point is not on the curve, or the text is no base64url.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    raw = from_base64url(text)
    if len(raw) != 65 or raw[0] != 4:
        raise ValueError("is not a point of 65 bytes")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)


def sign(key: "EllipticCurvePrivateKey", message: bytes) -> bytes:
    """An ES256 signature (RFC 7518 §3.4): r and s, 32 bytes each."""
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(PRIVATE_KEY_BYTES, "big") + s.to_bytes(PRIVATE_KEY_BYTES, "big")


def is_signed_by(key: "EllipticCurvePublicKey", message: bytes, signature: bytes) -> bool:
    """Whether `sign` made the signature, with the other half of this key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """What base64url stands for, with or without its padding.

    Raises:
        ValueError: it has other characters.
    """
    stripped = text.rstrip("=")
    if not stripped.isascii() or any(
        not (character.isalnum() or character in "-_") for character in stripped
    ):
        raise ValueError("is not base64url")
    return base64.urlsafe_b64decode(stripped + "=" * (-len(stripped) % 4))
