"""File names and types of attachments, and the ids of conversations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.actions.mail.attachments import file_name, media_type
from tracker.base.errors import Invalid
from tracker.mail import threads


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Offer v2.pdf", "Offer v2.pdf"),
        ("C:\\Users\\rita\\Offer.pdf", "Offer.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nBcc: x@y.example.txt", "aBcc_ x@y.example.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        (".htaccess", "htaccess"),
        ("..", "attachment"),
        ("", "attachment"),
        ("Müller & Söhne.pdf", "Müller & Söhne.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("x" * 300, "x" * 120),
        (".pdf", "pdf"),
        ('a"b<c>.txt', "a_b_c_.txt"),
    ],
)
def test_names_are_safe(given_name: str, kept: str) -> None:
    """In headers, on disks, and as they are read."""
    assert file_name(given_name) == kept


@given(st.text(max_size=300))
def test_any_name_becomes_one(name: str) -> None:
    """One line, not empty, without folders, and stable."""
    kept = file_name(name)
    assert 0 < len(kept) <= 120
    assert not set(kept) & set("\r\n\0/\\")
    assert file_name(kept) == kept


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.PDF", "application/pdf"),
        ("a.png", "image/png"),
        ("a.eml", "application/octet-stream"),
        ("a.tar.gz", "application/octet-stream"),
        ("a", "application/octet-stream"),
        ("a.unknown", "application/octet-stream"),
    ],
)
def test_the_extension_decides_the_type(name: str, kind: str) -> None:
    """A mail inside a mail is a file like others."""
    assert media_type(name) == kind


def test_references_end_with_the_message_answered() -> None:
    """Each id once; the first and the last ones of a long conversation."""
    assert threads.references("r", ["<a@x>", "b@x", "<a@x>"], "<a@x>") == ("<b@x>", "<a@x>")
    chain = threads.references("r", [f"<{n}@x>" for n in range(50)], "<50@x>")
    assert (len(chain), chain[0], chain[1], chain[-1]) == (20, "<0@x>", "<32@x>", "<50@x>")
    assert threads.references("r", [], None) == ()
    with pytest.raises(Invalid):
        threads.references("r", ["x y"], None)


@pytest.mark.parametrize(
    ("subject", "answer"), [("Offer", "Re: Offer"), ("Re: Offer", "Re: Offer"), ("AW: Angebot", "AW: Angebot"), ("Request", "Re: Request")]
)
def test_the_subject_of_an_answer(subject: str, answer: str) -> None:
    """Never `Re: Re:`."""
    assert threads.reply_subject(subject) == answer
