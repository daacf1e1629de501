"""Which e-mail addresses are accepted: those of public hosts, and of private networks."""

import pytest

from tracker.actions.checks import email
from tracker.base.errors import Invalid

ACCEPTED = (
    "dana@example.com",
    "a+tag@x.com",
    "!#$%&'*+-/=?^_`{|}~@x.com",
    "ü@bücher.example",
    "a@xn--bcher-kva.example",
    "a@xn--zzzzzz.example",
    "a@r3---sn.example",
    "a@ab--cd.example",
    "admin@localhost",
    "a@mail.local",
    "a@team.test",
    "a@my_host.example",
    "a@a_-b.c",
    "a@1.2.3.4",
    "a@x.c",
    f"{'a' * 64}@x.com",
    f"{'é' * 64}@{'é' * 50}.com",
    "a@straße.example",
    "a@हिन्दी.example",
    "a@例\u3002jp",
    "a@\U0001f600.com",
    f"a@{'b' * 63}.com",
)
REFUSED = (
    "",
    "dana",
    "@x.com",
    "a@",
    "a@intranet",
    "a@LOCALHOST",
    '"a.b"@x.com',
    "Dana <a@x.com>",
    "a(b)@x.com",
    "a@b@x.com",
    "a b@x.com",
    "a\u00a0b@x.com",
    ".a@x.com",
    "a.@x.com",
    "a..b@x.com",
    "a@x..com",
    "a@x.com.",
    "a@-x.com",
    "a@x-.com",
    "a@x--.com",
    "a@_x.com",
    "a@x_.com",
    "a@[192.0.2.1]",
    f"a@{'é' * 63}.com",
    "a@\u0378.com",
    f"{'a' * 65}@x.com",
    f"a@{'b' * 64}.com",
    f"{'a' * 64}@{'.'.join(['b' * 62] * 4)}.com",
)


@pytest.mark.parametrize("text", ACCEPTED)
def test_an_accepted_address_is_kept_as_typed(text: str) -> None:
    """Blanks around it are removed."""
    assert email("email", f" {text}\n") == text


def test_letters_of_two_characters_are_one() -> None:
    """Some systems write `ü` as `u` and a combining diaeresis."""
    assert email("email", "a@bu\u0308cher.example") == "a@bücher.example"


@pytest.mark.parametrize("text", REFUSED)
def test_an_invalid_address_is_refused(text: str) -> None:
    """The error names the field."""
    with pytest.raises(Invalid) as error:
        email("email", text)

    assert error.value.field == "email"
