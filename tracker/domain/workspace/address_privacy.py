"""Which parameters of web addresses are confidential, so that their values are never stored. Set per workspace."""

import msgspec

DEFAULT_WORDS = (
    *(
        "token",
        "accesstoken",
        "authtoken",
        "cftoken",
        "key",
        "apikey",
        "code",
        "passcode",
        "authcode",
        "sig",
        "signature",
        "hmac",
        "pass",
        "passwd",
        "password",
        "passwort",
        "kennwort",
    ),
    *(
        "passphrase",
        "pwd",
        "pw",
        "secret",
        "credential",
        "email",
        "mail",
        "auth",
        "oauth",
        "authorization",
        "session",
        "sess",
        "sessionid",
        "sessid",
        "phpsessid",
        "jsessionid",
        "sid",
        "sso",
    ),
    *("otp", "pin", "jwt", "bearer", "saml", "nonce", "ticket", "csrf", "xsrf", "magic", "invite", "invitation", "iban", "ssn"),
    # The other languages of the pages that leads see.
    *("schlüssel", "schluessel", "geheim", "geheimnis", "sitzung", "einladung", "zugang"),
    *("passe", "mdp", "motdepasse", "jeton", "contraseña", "contrasena", "contrasenya", "clave", "secreto", "sesion", "sesión"),
    *("senha", "segredo", "sessao", "sessão", "wachtwoord", "sleutel", "sessie", "uitnodiging", "chiave", "segreto", "sessione", "invito"),
)
"""Words of parameter names, in lower case; a name with one of them is confidential."""
MOST_WORDS = 200
LONGEST_WORD = 40


class AddressPrivacy(msgspec.Struct, frozen=True, kw_only=True):
    """The workspace's choice. Off: addresses are stored as browsers report them."""

    is_on: bool = True
    words: tuple[str, ...] = DEFAULT_WORDS
