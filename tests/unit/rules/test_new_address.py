"""New addresses in answers and returned email: found where one is named for the lead, and only then."""

import pytest

from tracker.rules.mail.new_address import address_moved_to, address_named

OLD = "dana@acme.example"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I have moved to Globex. My new email address is dana.w@globex.example. Best", "dana.w@globex.example"),
        ("Please use my new address: <d.w@globex.example>", "d.w@globex.example"),
        ("This mailbox is not read. Please use dana@home.example instead.", "dana@home.example"),
        ("Ich habe eine neue E-Mail-Adresse: dana@neu.example", "dana@neu.example"),
        ("Ma nouvelle adresse est dana@fr.example", "dana@fr.example"),
        ("Mi nuevo correo es d@es.example", "d@es.example"),
        ("Il mio nuovo indirizzo è d@it.example.", "d@it.example"),
        ("O meu novo e-mail é d@pt.example", "d@pt.example"),
        ("Mijn nieuwe e-mailadres is d@nl.example", "d@nl.example"),
        ("My new email: dana@x.example. Again, my new email: DANA@x.example", "DANA@x.example"),
        ("You can reach me at DANA@acme.example", ""),
        ("My new address is a@x.example, or my new email b@y.example", ""),
        ("My colleague Bob has a new email: bob@acme.example", ""),
        ("I left. Please contact bob@acme.example", ""),
        ("Please use support@acme.example", ""),
        ("Please use noreply@acme.example", ""),
        ("See you at lunch, dana@other.example", ""),
        ("my new email " + "x" * 5_000 + " dana@x.example", ""),
        ("my new email a@" * 2_000, ""),
    ],
)
def test_an_answer_names_one_address_as_the_new_one(text, found):
    assert address_named(text, OLD) == found


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("551 5.1.6 User not local; please try <dana@new.example>", "dana@new.example"),
        ("The recipient has moved to dana@moved.example", "dana@moved.example"),
        ("550 5.1.1 <dana@acme.example> user unknown", ""),
        ("550 5.7.1 please try again later, or write to postmaster@acme.example", ""),
    ],
)
def test_a_mail_server_names_one(reason, found):
    assert address_moved_to(reason, OLD) == found
