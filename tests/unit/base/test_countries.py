"""Countries: what people write in the field *Country*, and what it means."""

import pytest

from tracker.base.countries import EEA, code_of, countries, language_of, name_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, "DE") for text in ("DE", "de", "DEU", "Germany", " GERMANY ", "Deutschland", "Allemagne", "Alemania", "Germania")),
        *((text, "DE") for text in ("Alemanha", "Duitsland", "Berlin, Germany", "Germany (EU)")),
        *((text, "GB") for text in ("UK", "U.K.", "GB", "England", "Great Britain", "United Kingdom", "Großbritannien", "Royaume-Uni")),
        *((text, "CH") for text in ("CH", "Schweiz", "Suisse", "Svizzera", "Suisse / Schweiz", "Switzerland")),
        *((text, "US") for text in ("US", "USA", "U.S.A.", "United States of America", "EE. UU.", "États-Unis", "etats unis")),
        *((text, "ES") for text in ("España", "Espana", "Spain", "Spanien")),
        *((text, "AT") for text in ("Österreich", "Oesterreich", "Osterreich", "Austria")),
        *((text, code) for text, code in (("Ελλάδα", "GR"), ("日本", "JP"), ("Česko", "CZ"), ("Czech Republic", "CZ"), ("Suomi", "FI"))),
        *((text, code) for text, code in (("Niger", "NE"), ("Nigeria", "NG"), ("Holland", "NL"), ("Northern Ireland", "GB"), ("IE", "IE"))),
        *((text, "") for text in (None, "", "  ", "Atlantis", "Georgia, USA", "EMEA", "—", "x" * 10_000, "Dover, DE", "Europe")),
    ],
    ids=repr,
)
def test_a_country_is_read_from_what_people_write(text: str | None, code: str) -> None:
    """Codes and names in seven languages and the country's own; two countries in one text are none."""
    assert code_of(text) == code


def test_every_country_is_found_by_its_own_code_and_name() -> None:
    """No English name or code is hidden by another country's."""
    assert [c.code for c in countries().values() if (code_of(c.code), code_of(c.name)) != (c.code, c.code)] == []
    assert len(EEA) == 30
    assert countries().keys() >= EEA
    assert (name_of("DE"), name_of("XX"), language_of("AT"), language_of("")) == ("Germany", "", "de", "")
