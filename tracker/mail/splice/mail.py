"""A mail whose HTML can be replaced while all other bytes stay as they are. Called by actions.mail."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracker.mail.splice.encodings import Inexact, decoded_body, decoded_text, encoded_body, encoded_text
from tracker.mail.splice.parts import Part, Unreadable, read_parts

UNCHANGED = {
    "signed": "the email is signed",
    "encrypted": "the email is encrypted",
    "calendar": "the email is an invitation",
    "report": "the email is a report",
    "automatic": "the email is an automatic answer",
    "dkim": "the email client signed the email (DKIM)",
    "unreadable": "the structure of the email is not certain",
    "inexact": "the text of the email cannot be changed exactly",
    "too_large": "the email is too large",
    "plain": "the email has no HTML",
}
"""Why no byte of a mail is changed, as the end of a sentence for the rep."""

_KINDS = {
    "multipart/signed": "signed",
    "application/pkcs7-signature": "signed",
    "application/x-pkcs7-signature": "signed",
    "application/pgp-signature": "signed",
    "multipart/encrypted": "encrypted",
    "application/pkcs7-mime": "encrypted",
    "application/x-pkcs7-mime": "encrypted",
    "application/pgp-encrypted": "encrypted",
    "text/calendar": "calendar",
    "multipart/report": "report",
}
_PGP = re.compile(r"^-----BEGIN PGP (?:SIGNED )?MESSAGE", re.MULTILINE)
_LARGEST_HTML = 2 * 2**20
_ENCODING_FIELD = re.compile(rb"^content-transfer-encoding[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as bytes, with the HTML that a recipient reads. `unchanged` (a key of UNCHANGED): no byte of it may be changed."""

    raw: bytes
    htmls: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    """Its plain texts, as far as they can be decoded."""
    unchanged: str | None = None
    _leaves: tuple[Part, ...] = ()

    def with_htmls(self, new: Sequence[str]) -> bytes:
        """The mail with other HTML. Only bytes of HTML parts differ, and the transfer encoding of those that need another one.

        Raises Inexact where that is not possible.
        """
        edits: dict[tuple[int, int], bytes] = {}
        for leaf, old, text in zip(self._leaves, self.htmls, new, strict=True):
            if text == old:
                continue
            body, encoding = encoded_body(encoded_text(text, leaf.charset), leaf.transfer_encoding)
            edits[leaf.body] = body + (_last_break(self.raw[slice(*leaf.body)]) if encoding == "base64" else b"")
            if encoding != leaf.transfer_encoding:
                edits[leaf.header] = _with_encoding(self.raw[slice(*leaf.header)], encoding)
        return self._checked(_applied(self.raw, edits), new) if edits else self.raw

    def _checked(self, made: bytes, new: Sequence[str]) -> bytes:
        """The mail if it reads as intended. Raises Inexact."""
        again = read_mail(made)
        same = len(again.htmls) == len(new) and all(
            encoded_text(text, leaf.charset) == encoded_text(found, leaf.charset)
            for text, found, leaf in zip(new, again.htmls, self._leaves, strict=True)
        )
        if again.unchanged is not None or not same:
            raise Inexact("result")
        return made


def read_mail(raw: bytes) -> Mail:
    """Reads the mail. Never raises: what is not certain is a mail that stays unchanged."""
    try:
        return _read(raw, read_parts(raw))
    except (Unreadable, ValueError, LookupError, TypeError, AttributeError):  # the standard library's, of broken parameters
        return Mail(raw, unchanged="unreadable")


def _read(raw: bytes, root: Part) -> Mail:
    texts = tuple(_texts(raw, root))
    leaves = tuple(part for part in root.walk() if part.type == "text/html" and not part.is_file)
    unchanged = _reason(root, texts)
    try:
        htmls = tuple(_text(raw, leaf) for leaf in leaves)
    except Inexact:
        return Mail(raw, texts=texts, unchanged=unchanged or "inexact")
    if any(_PGP.search(html) for html in htmls):
        unchanged = unchanged or "encrypted"
    if unchanged is None and not leaves:
        unchanged = "plain"
    if unchanged is None and sum(map(len, htmls)) > _LARGEST_HTML:
        return Mail(raw, texts=texts, unchanged="too_large")
    return Mail(raw, htmls, texts, unchanged, leaves)


def _reason(root: Part, texts: Sequence[str]) -> str | None:
    if "dkim-signature" in root.fields:
        return "dkim"
    if str(root.fields.get("auto-submitted", "no")).strip().lower() != "no":
        return "automatic"
    for part in root.walk():
        if part.type in _KINDS:
            return _KINDS[part.type]
    return "encrypted" if any(_PGP.search(text) for text in texts) else None


def _text(raw: bytes, leaf: Part) -> str:
    return decoded_text(decoded_body(raw[slice(*leaf.body)], leaf.transfer_encoding), leaf.charset)


def _texts(raw: bytes, root: Part) -> Iterator[str]:
    for part in root.walk():
        if part.type == "text/plain" and not part.is_file:
            try:
                yield _text(raw, part)
            except Inexact:
                yield raw[slice(*part.body)].decode("utf-8", "replace")


def _last_break(body: bytes) -> bytes:
    """The line breaks at the end of a base64 body, which its content does not have."""
    return body[len(body.rstrip(b"\r\n")) :]


def _with_encoding(header: bytes, encoding: str) -> bytes:
    """The header block with this transfer encoding."""
    field = f"Content-Transfer-Encoding: {encoding}".encode()
    if _ENCODING_FIELD.search(header):
        return _ENCODING_FIELD.sub(lambda match: field + (b"\r" if match[0].endswith(b"\r") else b""), header, count=1)
    return header + field + b"\r\n"


def _applied(raw: bytes, edits: Mapping[tuple[int, int], bytes]) -> bytes:
    pieces, position = [], 0
    for (start, end), replacement in sorted(edits.items()):
        pieces += [raw[position:start], replacement]
        position = end
    return b"".join((*pieces, raw[position:]))
