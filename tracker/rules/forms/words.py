"""Words in the names of fields and forms, in English, German, French, Spanish, Italian, Portuguese and Dutch.

They are looked up in stems (see `identity.stem`): lower case, without accents, words joined by hyphens. Each is an expression that both
`re` and RE2 take.
"""


def _words(*beginnings: str, whole: str = "") -> str:
    """An expression for words with one of these beginnings, and whole names (of the form `a b c`)."""
    exact = f"|^(?:{whole.replace(' ', '|')})$" if whole else ""
    return f"(?:^|-)(?:{'|'.join(beginnings)}){exact}"


EMAIL = _words("e-?mail", "mail(?:adress|adres|-adres|$)", "correo", "courriel", "posta-elettronica", "endereco-de-e")
PHONE = _words(
    *("phone", "telephone", "telefon", "telefoon", "tel(?:-|$)", "mobil", "mobiel", "handy", "cell", "rufnummer", "telemovel"),
    *("movil", "celular", "portable", "whatsapp", "gsm", "numero-de-tel", "callback-number"),
)
COMPANY = _words(
    *("compan", "firma", "firmen", "unternehmen", "business-name", "organi[sz]", "entreprise", "societe", "raison-sociale"),
    *("azienda", "ragione-sociale", "societa", "empresa", "compania", "bedrijf", "onderneming", "employer", "account-name"),
)
MESSAGE = _words(
    *("message", "msg", "nachricht", "mitteilung", "anfrage", "anliegen", "bemerkung", "kommentar", "frage", "betreff"),
    *("comment", "question", "inquir", "enquir", "subject", "description", "details", "sujet", "objet", "demande"),
    *("mensaje", "comentario", "consulta", "asunto", "mensagem", "assunto", "pedido", "duvida"),
    *("messaggio", "commento", "oggetto", "richiesta", "bericht", "opmerking", "vraag", "onderwerp", "how-can-we-help"),
)
NAME = _words(
    *("name", "fname", "lname", "first", "last", "full-?name", "surname", "vorname", "nachname", "anrede", "salutation"),
    *("prenom", "nom(?:-|$)", "civilite", "nombre", "apellido", "nome", "sobrenome", "apelido", "cognome", "naam", "voornaam"),
    *("achternaam", "user-?name", "your-name", "firstname", "lastname", "middle-?name", "title$"),
)
FIRST_NAME = _words(
    *("first-?name", "fname", "given-?name", "forename", "vorname", "prenom", "voornaam", "primeiro-nome", "your-first"),
    whole="first nombre nome",
)
LAST_NAME = _words(
    *("last-?name", "lname", "surname", "family-?name", "nachname", "familienname", "nom-de-famille", "apellido", "sobrenome", "apelido"),
    *("cognome", "achternaam"),
    whole="last",
)
"""Of names in two fields; in a form with only a first name, it is the whole name."""
PASSWORD = _words(
    *("pass(?:-|$|word|wd|wort|phrase|code)", "pwd", "kennwort", "mot-de-passe", "mdp(?:-|$)", "contrasena", "senha"),
    *("wachtwoord", "otp(?:-|$)", "totp", "one-time-code"),
)
SEARCH = _words(
    *("search", "such(?:e|begriff|wort|feld|text)", "recherche", "busca", "busqueda", "cerca", "ricerca", "pesquis", "zoek", "keyword"),
    whole="q query s k term terms qs",
)
TRAP = _words("honey", "hpot", "hp(?:-|$)", "leave-blank", "bot-?field", "g-recaptcha", "h-captcha", "cf-turnstile", "captcha", whole="b")
"""Fields that no person fills in: traps for robots, and the hidden answers of captchas."""

IS_SEARCH = _words(
    "search", "site-?search", "such(?:e|formular|maske|feld)", "recherche", "busca", "busqueda", "cerca", "ricerca", "pesquis", "zoek"
)
IS_SIGN_IN = _words(
    *("log-?in", "logon", "sign-?in", "sign-?on", "sso(?:-|$)", "einlogg", "anmelde", "lost-?password", "forgot", "password", "passwort"),
    *("kennwort", "magic-?link", "connexion", "se-connecter", "mot-de-passe", "iniciar-sesion", "acceder", "acceso", "contrasena"),
    *("accedi", "accesso", "entrar", "senha", "inlog", "wachtwoord", "user-login", "wp-login", "reset"),
)
IS_NEWSLETTER = _words(
    *("newsletter", "news-?letter", "subscri", "mailing-?list", "mailchimp", "mc-embedded", "mc(?:-|$)", "list-manage", "klaviyo"),
    *("abonn", "rundbrief", "infobrief", "infolettre", "lettre-d-info", "suscri", "boletin", "boletim", "assin", "iscrizione"),
    *("nieuwsbrief", "[a-z]*newsletter", "[a-z-]*-list-manage"),
)
IS_INQUIRY = _words(
    *("contact", "kontakt", "contatt", "contato", "inquir", "enquir", "anfrage", "demo(?:-|$)", "trial", "quot", "angebot", "offert"),
    *("devis", "preventiv", "presupuesto", "cotiza", "orcamento", "consult", "beratung", "call-?back", "ruckruf", "rueckruf"),
    *("termin(?:-|$)", "rendez-?vous", "appointment", "booking", "book-", "afspraak", "aanvra", "richiesta", "demande", "solicit"),
    *("proposta", "sales", "request", "get-in-touch", "talk-to", "wpcf", "[a-z]+anfrage", "[a-z]+kontakt"),
)
IS_COMMENT = _words("comment-?form", "commentform", "wp-comments", "comments-post", "kommentar", "commentaire", "comentario")
