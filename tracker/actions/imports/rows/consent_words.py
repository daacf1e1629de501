"""Words for tracking consent in the cells of an imported file, in seven languages. Pure. Used by `csv_rows`."""

import unicodedata

from tracker.base.errors import Invalid
from tracker.domain.leads.consent import ConsentState

_WORDS = {
    ConsentState.GRANTED: (
        "granted grant given allowed accepted agreed consented yes y true 1 optin "
        "erteilt gegeben erlaubt zugestimmt eingewilligt ja j "
        "accorde donne accepte autorise consenti oui o vrai "
        "concedido otorgado dado aceptado permitido autorizado si s verdadero "
        "concesso dato accettato consentito autorizzato vero "
        "concedida aceite aceito permitida sim verdadeiro "
        "verleend toegestaan gegeven akkoord toestemming waar"
    ),
    ConsentState.REFUSED: (
        "refused denied declined rejected withdrawn revoked objected no n false 0 optout "
        "abgelehnt verweigert widerrufen widersprochen nein "
        "refuse refusee retire revoque non faux "
        "rechazado denegado negado retirado revocado falso "
        "rifiutato negato ritirato revocato "
        "recusado revogado nao "
        "geweigerd afgewezen ingetrokken nee onwaar"
    ),
    ConsentState.EXEMPT: "exempt exempted ausgenommen befreit exempte dispense exento esente isento vrijgesteld",
    ConsentState.UNKNOWN: (
        "unknown none pending notasked "
        "unbekannt offen ausstehend inconnu enattente desconocido pendiente sconosciuto inattesa desconhecido pendente "
        "onbekend openstaand"
    ),
}
_STATE_OF = {word: state for state, words in _WORDS.items() for word in words.split()}


def state_of(text: str) -> ConsentState:
    """The state that a cell names, in any case and with or without accents. Raises Invalid (`consent`)."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    found = _STATE_OF.get("".join(letter for letter in decomposed if letter.isalnum()))
    if found is None:
        raise Invalid("consent", "must be granted, refused, exempt or unknown, or yes or no")
    return found
