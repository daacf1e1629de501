"""Words for tracking consent in imported files."""

import pytest

from tracker.actions.imports.rows.consent_words import state_of
from tracker.base.errors import Invalid
from tracker.domain.leads.consent import ConsentState
from tracker.rules.imports.headings import guessed as columns


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ConsentState.GRANTED, ("granted", " YES ", "Ja", "erteilt", "Oui", "accordé", "Sí", "concedido", "sì", "concesso", "sim", "toegestaan", "1")),
        (ConsentState.REFUSED, ("Refused", "no", "Nein", "verweigert", "non", "Refusé", "rechazado", "rifiutato", "Não", "geweigerd", "FALSE")),
        (ConsentState.EXEMPT, ("exempt", "befreit", "exempté", "exento", "esente", "isento", "vrijgesteld")),
        (ConsentState.UNKNOWN, ("unknown", "unbekannt", "inconnu", "desconocido", "sconosciuto", "desconhecido", "onbekend", "Not asked")),
    ],
)  # fmt: skip
def test_words_of_seven_languages_are_known(state, words):
    """In any case, with or without accents."""
    assert [state_of(word) for word in words] == [state] * len(words)


@pytest.mark.parametrize("text", ["perhaps", "-", "granted on Monday", "да", "{}"])
def test_other_words_are_refused(text):
    """The message says what to write."""
    with pytest.raises(Invalid, match="granted, refused, exempt or unknown, or yes or no") as refused:
        state_of(text)
    assert refused.value.field == "consent"


@pytest.mark.parametrize("title", ["Consent", "tracking_consent", "Einwilligung", "Consentement", "Consenso", "Toestemming"])
def test_the_column_has_many_names(title):
    """Of the seven languages."""
    assert columns(["email", title]) == {0: "email", 1: "consent"}
