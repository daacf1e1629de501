"""Tokens: the signed data in a link, pixel, landing, unsubscribe or tracking-choice URL. Minted by actions and the edge, verified by the edge.

The text is that of an itsdangerous `Signer` (SHA-256, a salt per audience): base64url of packed bytes, a dot, base64url of the
signature. Everything is keyed by the ids inside, never by the text; only the one canonical spelling of a token is accepted.
"""

import binascii
import hashlib
import hmac
import re
from struct import Struct
from urllib.parse import urlsplit

import msgspec
from itsdangerous import Signer

from tracker.base.errors import BadToken
from tracker.links.keys import Keys, sign

OPEN, CLICK, LANDING, UNSUBSCRIBE = b"leadlight.open", b"leadlight.click", b"leadlight.landing", b"leadlight.unsubscribe"
CHOICE = b"leadlight.choice"
VERSION = 1
LONGEST = 3_000
"""Characters; checked before anything is decoded."""

_SIGNATURE = 43
_HEAD = Struct(">B8s")
_MESSAGE = Struct(">B8s16s")
_CLICK = Struct(">B8s16s?H")
_LANDING = Struct(">B8s16s8sQ")
_LANDING_PAGE = Struct(">B8s16s8sQI")
_HEAD_TEXT = _HEAD.size * 4 // 3
_MESSAGE_TEXT = -(-_MESSAGE.size * 4 // 3)
_CLICK_TEXT = -(-(_MESSAGE.size + 1) * 4 // 3)
"""Characters that hold workspace and message; of a click also whether it names a share link instead."""
_LEADING = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}").match
_IS_BASE64 = re.compile(rb"[A-Za-z0-9+/]*").fullmatch
_PADDING = (b"", b"===", b"==", b"=")
_URLSAFE = bytes.maketrans(b"-_", b"+/")
_STANDARD = bytes.maketrans(b"+/", b"-_")


class OpenClaims(msgspec.Struct, frozen=True, gc=False):
    """A message was displayed."""

    workspace: str
    message: str


class ClickClaims(msgspec.Struct, frozen=True, gc=False):
    """A link was followed: of a message, or a stand-alone share link. `link` is its index, `url` where it leads."""

    workspace: str
    message: str | None
    share: str | None
    link: int
    url: str


class LandingClaims(msgspec.Struct, frozen=True, gc=False):
    """A click led to a site; `minted_at` is in milliseconds since the epoch, by the edge's clock."""

    workspace: str
    click: str
    site: str
    minted_at: int
    page: int = 0
    """The mark of the page that the link leads to (`confidential.page_mark`); 0: unknown, as in tokens of earlier versions."""


class UnsubscribeClaims(msgspec.Struct, frozen=True, gc=False):
    """The reader of this message wants no more mail."""

    workspace: str
    message: str


class ChoiceClaims(msgspec.Struct, frozen=True, gc=False):
    """The reader of this message chooses whether the lead is tracked."""

    workspace: str
    message: str


def mint_open(keys: Keys, claims: OpenClaims) -> str:
    """The token of a message's pixel."""
    return mint(keys, OPEN, _MESSAGE.pack(VERSION, bytes.fromhex(claims.workspace), bytes.fromhex(claims.message)))


def mint_click(keys: Keys, claims: ClickClaims) -> str:
    """The token of a tracked link; it carries the destination, so that a redirect needs no store."""
    owner = claims.message or claims.share
    if owner is None or (claims.message and claims.share):
        raise ValueError("a click token names a message or a share link")
    head = _CLICK.pack(VERSION, bytes.fromhex(claims.workspace), bytes.fromhex(owner), claims.share is not None, claims.link)
    return mint(keys, CLICK, head + claims.url.encode())


def mint_landing(keys: Keys, claims: LandingClaims) -> str:
    """The token a redirect to one of the workspace's own sites carries as `ll`."""
    ids = (bytes.fromhex(claims.workspace), bytes.fromhex(claims.click), bytes.fromhex(claims.site))
    if claims.page:
        return mint(keys, LANDING, _LANDING_PAGE.pack(VERSION, *ids, claims.minted_at, claims.page))
    return mint(keys, LANDING, _LANDING.pack(VERSION, *ids, claims.minted_at))


def mint_unsubscribe(keys: Keys, claims: UnsubscribeClaims) -> str:
    """The token of a message's unsubscribe address."""
    return mint(keys, UNSUBSCRIBE, _MESSAGE.pack(VERSION, bytes.fromhex(claims.workspace), bytes.fromhex(claims.message)))


def mint_choice(keys: Keys, claims: ChoiceClaims) -> str:
    """The token of a message's tracking-choice address."""
    return mint(keys, CHOICE, _MESSAGE.pack(VERSION, bytes.fromhex(claims.workspace), bytes.fromhex(claims.message)))


def verify_open(keys: Keys, token: str | bytes) -> OpenClaims:
    """Raises BadToken unless this exact text was signed as a pixel token."""
    packed = verify(keys, OPEN, token, _MESSAGE.size, _MESSAGE.size)
    _, workspace, message = _MESSAGE.unpack(packed)
    return OpenClaims(workspace.hex(), message.hex())


def verify_click(keys: Keys, token: str | bytes) -> ClickClaims:
    """Raises BadToken unless this exact text was signed as a click token and its destination is http or https."""
    packed = verify(keys, CLICK, token, _CLICK.size + 1, LONGEST)
    _, workspace, owner, is_share, link = _CLICK.unpack_from(packed)
    named = owner.hex()
    message, share = (None, named) if is_share else (named, None)
    try:
        url = packed[_CLICK.size :].decode()
    except UnicodeDecodeError:
        raise BadToken("destination", workspace.hex(), message) from None
    if not url.startswith(("http://", "https://")) and urlsplit(url).scheme not in ("http", "https"):
        raise BadToken("destination", workspace.hex(), message)
    return ClickClaims(workspace.hex(), message, share, link, url)


def verify_landing(keys: Keys, token: str | bytes) -> LandingClaims:
    """Raises BadToken unless this exact text was signed as a landing token. The caller checks its age."""
    packed = verify(keys, LANDING, token, _LANDING.size, _LANDING_PAGE.size)
    if len(packed) not in (_LANDING.size, _LANDING_PAGE.size):
        raise BadToken("length", *_named_by(token if isinstance(token, bytes) else token.encode(), LANDING))
    _, workspace, click, site, minted_at = _LANDING.unpack_from(packed)
    page = int.from_bytes(packed[_LANDING.size :])
    return LandingClaims(workspace.hex(), click.hex(), site.hex(), minted_at, page)


def verify_unsubscribe(keys: Keys, token: str | bytes) -> UnsubscribeClaims:
    """Raises BadToken unless this exact text was signed as an unsubscribe token."""
    packed = verify(keys, UNSUBSCRIBE, token, _MESSAGE.size, _MESSAGE.size)
    _, workspace, message = _MESSAGE.unpack(packed)
    return UnsubscribeClaims(workspace.hex(), message.hex())


def verify_choice(keys: Keys, token: str | bytes) -> ChoiceClaims:
    """Raises BadToken unless this exact text was signed as a tracking-choice token."""
    packed = verify(keys, CHOICE, token, _MESSAGE.size, _MESSAGE.size)
    _, workspace, message = _MESSAGE.unpack(packed)
    return ChoiceClaims(workspace.hex(), message.hex())


def leading_token(text: bytes) -> bytes:
    """The part at the start of a text that has the form of a token, whatever follows it; empty if there is none.

    A signature has a fixed length, so letters that follow it directly are no part of it.
    """
    found = _LEADING(text)
    return found[0] if found else b""


def leading_text(text: str) -> str:
    """As `leading_token`, of a parameter's value; the text itself if there is no token. Appended are characters of the address's end."""
    return leading_token(text.encode("utf-8", "surrogatepass")).decode() or text


def mint(keys: Keys, audience: bytes, packed: bytes) -> str:
    """The token of packed bytes, the first of which is the version."""
    payload = binascii.b2a_base64(packed, newline=False).translate(_STANDARD).rstrip(b"=")
    return (payload + b"." + _signature(keys.derived(audience)[0], payload)).decode("ascii")


def _signature(key: hmac.HMAC, payload: bytes) -> bytes:
    # Equals Signer.get_signature, which a test verifies.
    raw = binascii.b2a_base64(sign(key, payload), newline=False)
    return raw[:_SIGNATURE].translate(_STANDARD)


def verify(keys: Keys, audience: bytes, token: str | bytes, shortest: int, longest: int) -> bytes:
    """The packed bytes of a token of this audience. Raises BadToken(too_long | shape | signature | version | length).

    The signature covers the payload's text and is compared as text, so each token has exactly one spelling.
    """
    if len(token) > LONGEST:
        raise BadToken("too_long")
    if not token.isascii():
        raise BadToken("shape")
    text = token if isinstance(token, bytes) else token.encode("ascii")
    payload, _, given = text.rpartition(b".")
    if len(given) != _SIGNATURE or not payload:
        raise BadToken("shape", *_named_by(text, audience))
    if not _is_signed(keys, audience, payload, given):
        raise BadToken("signature", *_named_by(payload, audience))
    packed = binascii.a2b_base64(payload.translate(_URLSAFE) + _PADDING[len(payload) % 4])
    if packed[0] != VERSION:
        raise BadToken("version", *_named_by(payload, audience))
    if not shortest <= len(packed) <= longest:
        raise BadToken("length", *_named_by(payload, audience))
    return packed


def _is_signed(keys: Keys, audience: bytes, payload: bytes, given: bytes) -> bool:
    for key in keys.derived(audience):
        if hmac.compare_digest(_signature(key, payload), given):
            return True
    # Another process may just have rotated the keys.
    return keys.refresh() and any(hmac.compare_digest(_signature(key, payload), given) for key in keys.derived(audience))


def _named_by(payload: bytes, audience: bytes) -> tuple[str | None, str | None]:
    """The workspace and the message that an invalid token names.

    Not authenticated: use them only to show a known home page, and to read the refused request beside those of the message.
    """
    head = _decoded(payload, _HEAD_TEXT)
    if head is None or head[0] != VERSION:
        return None, None
    workspace = head[1 : _HEAD.size].hex()
    if audience == LANDING:
        return workspace, None
    whole = _decoded(payload, _CLICK_TEXT if audience == CLICK else _MESSAGE_TEXT)
    if whole is None or (audience == CLICK and whole[_MESSAGE.size]):  # it names a share link
        return workspace, None
    return workspace, whole[_HEAD.size : _MESSAGE.size].hex()


def _decoded(payload: bytes, length: int) -> bytes | None:
    """The bytes of the first `length` characters; None where these are too few or no base64."""
    text = payload[:length].translate(_URLSAFE)
    return binascii.a2b_base64(text + _PADDING[length % 4]) if len(text) == length and _IS_BASE64(text) else None


def reference_signer(secret: str, audience: bytes) -> Signer:
    """The equivalent itsdangerous signer, for tests and for other programs that hold the keys."""
    return Signer(secret, salt=audience, key_derivation="hmac", digest_method=hashlib.sha256)
