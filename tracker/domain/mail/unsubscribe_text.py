"""What leads read where they unsubscribe, in seven languages. `{company}` stands for the company's name. Texts are plain."""

import msgspec

from tracker.base.languages import known


class UnsubscribeText(msgspec.Struct, frozen=True, kw_only=True):
    """The texts in one language."""

    language: str
    sender: str
    """Stands for an unknown company."""
    title: str
    explanation: str
    button: str
    done_title: str
    done: str


def unsubscribe_text(language: str) -> UnsubscribeText:
    """The texts in this language, else in English."""
    return _TEXTS[known(language)]


def _text(language: str, *texts: str) -> UnsubscribeText:
    return UnsubscribeText(**dict(zip(UnsubscribeText.__struct_fields__, (language, *texts), strict=True)))


_ALL = (
    _text(
        *("en", "this sender", "Stop this mail?", "Press the button and you will get no more mail from {company}."),
        *("Stop this mail", "Done", "You will get no more mail from {company}."),
    ),
    _text(
        *("de", "diesem Absender", "E-Mails abbestellen?", "Mit dem Knopf erhalten Sie keine E-Mails mehr von {company}."),
        *("E-Mails abbestellen", "Erledigt", "Sie erhalten keine E-Mails mehr von {company}."),
    ),
    _text(
        *("fr", "cet expéditeur", "Ne plus recevoir ces e-mails ?", "Avec ce bouton, vous ne recevrez plus d’e-mails de {company}."),
        *("Ne plus recevoir", "C’est fait", "Vous ne recevrez plus d’e-mails de {company}."),
    ),
    _text(
        *("es", "este remitente", "¿Dejar de recibir estos correos?", "Pulse el botón y no recibirá más correos de {company}."),
        *("Dejar de recibir", "Hecho", "No recibirá más correos de {company}."),
    ),
    _text(
        *("it", "questo mittente", "Non ricevere più queste e-mail?", "Con questo pulsante non riceverà più e-mail da {company}."),
        *("Non ricevere più", "Fatto", "Non riceverà più e-mail da {company}."),
    ),
    _text(
        *("pt", "este remetente", "Deixar de receber estes e-mails?", "Prima o botão e não receberá mais e-mails de {company}."),
        *("Deixar de receber", "Concluído", "Não receberá mais e-mails de {company}."),
    ),
    _text(
        *("nl", "deze afzender", "Geen e-mails meer ontvangen?", "Met deze knop ontvangt u geen e-mails meer van {company}."),
        *("Geen e-mails meer", "Gereed", "U ontvangt geen e-mails meer van {company}."),
    ),
)
_TEXTS = {text.language: text for text in _ALL}
