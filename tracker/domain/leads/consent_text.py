"""What leads read about tracking, in seven languages: on the page where they choose, and in email.

`{company}` stands for the company's name; `company_words` puts it in. Texts are plain: callers escape them for HTML.
"""

import msgspec

from tracker.base.languages import known


class ConsentText(msgspec.Struct, frozen=True, kw_only=True):
    """The texts in one language."""

    language: str
    sender: str
    """Stands for an unknown company."""
    title: str
    explanation: str
    note: str
    """What the choice does and does not do."""
    refuse: str
    grant: str
    refused_title: str
    refused: str
    granted_title: str
    granted: str
    change: str
    """Above the button that takes the choice back."""
    failed_title: str
    failed: str
    link: str
    """The link in the footer of tracked email."""
    question: str
    """The sentence in email that asks."""
    answer: str
    """The link after the question."""


def text_in(language: str) -> ConsentText:
    """The texts in this language, else in English."""
    return _TEXTS[known(language)]


def company_words(text: str, company: str) -> str:
    """The text with the company's name. Not str.format, since the name may contain braces."""
    return text.replace("{company}", company)


_EN = ConsentText(
    language="en",
    sender="The sender",
    title="Email tracking",
    explanation="{company} would like to see when you open its emails, which links you follow, and which pages of its website you then view.",
    note="You decide, and you can change it at any time. If you say no, this also applies to emails you already have. You still receive emails.",
    refuse="No, do not track",
    grant="Yes, allow tracking",
    refused_title="Tracking is off",
    refused="{company} no longer records when you open emails, follow links or view its website. You still receive emails.",
    granted_title="Tracking is allowed",
    granted="{company} may see when you open its emails, which links you follow, and which pages of its website you then view.",
    change="Changed your mind?",
    failed_title="Not saved",
    failed="Your choice could not be saved. Please try again in a minute.",
    link="Email tracking: your choice",
    question="May we see when you open our emails and which links you follow?",
    answer="Yes or no",
)
_DE = ConsentText(
    language="de",
    sender="Der Absender",
    title="E-Mail-Tracking",
    explanation="{company} möchte sehen, wann Sie E-Mails öffnen, welchen Links Sie folgen und welche Seiten der Website Sie danach ansehen.",
    note="Sie entscheiden und können das jederzeit ändern. Ein Nein gilt auch für E-Mails, die Sie schon haben. E-Mails erhalten Sie weiterhin.",
    refuse="Nein, kein Tracking",
    grant="Ja, Tracking erlauben",
    refused_title="Tracking ist aus",
    refused="{company} erfasst nicht mehr, wann Sie E-Mails öffnen, Links folgen oder die Website ansehen. E-Mails erhalten Sie weiterhin.",
    granted_title="Tracking ist erlaubt",
    granted="{company} darf sehen, wann Sie E-Mails öffnen, welchen Links Sie folgen und welche Seiten der Website Sie danach ansehen.",
    change="Haben Sie es sich anders überlegt?",
    failed_title="Nicht gespeichert",
    failed="Ihre Wahl konnte nicht gespeichert werden. Bitte versuchen Sie es in einer Minute noch einmal.",
    link="E-Mail-Tracking: Ihre Wahl",
    question="Dürfen wir sehen, wann Sie unsere E-Mails öffnen und welchen Links Sie folgen?",
    answer="Ja oder Nein",
)
_FR = ConsentText(
    language="fr",
    sender="L’expéditeur",
    title="Suivi des e-mails",
    explanation="{company} souhaite voir quand vous ouvrez ses e-mails, quels liens vous suivez et quelles pages de son site vous consultez ensuite.",
    note="Vous décidez, et vous pouvez changer d’avis à tout moment. Un refus vaut aussi pour les e-mails déjà reçus. Vous recevrez toujours les e-mails.",
    refuse="Non, pas de suivi",
    grant="Oui, autoriser le suivi",
    refused_title="Le suivi est désactivé",
    refused="{company} n’enregistre plus quand vous ouvrez ses e-mails, suivez des liens ou consultez son site. Vous recevrez toujours les e-mails.",
    granted_title="Le suivi est autorisé",
    granted="{company} peut voir quand vous ouvrez ses e-mails, quels liens vous suivez et quelles pages de son site vous consultez ensuite.",
    change="Vous avez changé d’avis ?",
    failed_title="Non enregistré",
    failed="Votre choix n’a pas pu être enregistré. Veuillez réessayer dans une minute.",
    link="Suivi des e-mails : votre choix",
    question="Pouvons-nous voir quand vous ouvrez nos e-mails et quels liens vous suivez ?",
    answer="Oui ou non",
)
_ES = ConsentText(
    language="es",
    sender="El remitente",
    title="Seguimiento de correos",
    explanation="{company} desea ver cuándo abre sus correos, qué enlaces sigue y qué páginas de su sitio web visita después.",
    note="Usted decide y puede cambiarlo en cualquier momento. Un no vale también para los correos que ya tiene. Seguirá recibiendo correos.",
    refuse="No, sin seguimiento",
    grant="Sí, permitir el seguimiento",
    refused_title="El seguimiento está desactivado",
    refused="{company} ya no registra cuándo abre correos, sigue enlaces o visita su sitio web. Seguirá recibiendo correos.",
    granted_title="El seguimiento está permitido",
    granted="{company} puede ver cuándo abre sus correos, qué enlaces sigue y qué páginas de su sitio web visita después.",
    change="¿Ha cambiado de opinión?",
    failed_title="No guardado",
    failed="No se pudo guardar su elección. Inténtelo de nuevo dentro de un minuto.",
    link="Seguimiento de correos: su elección",
    question="¿Podemos ver cuándo abre nuestros correos y qué enlaces sigue?",
    answer="Sí o no",
)
_IT = ConsentText(
    language="it",
    sender="Il mittente",
    title="Tracciamento delle e-mail",
    explanation="{company} vorrebbe vedere quando apre le sue e-mail, quali link segue e quali pagine del suo sito visita in seguito.",
    note="Decide lei e può cambiare in qualsiasi momento. Un no vale anche per le e-mail già ricevute. Continuerà a ricevere le e-mail.",
    refuse="No, nessun tracciamento",
    grant="Sì, consenti il tracciamento",
    refused_title="Il tracciamento è disattivato",
    refused="{company} non registra più quando apre le e-mail, segue link o visita il suo sito. Continuerà a ricevere le e-mail.",
    granted_title="Il tracciamento è consentito",
    granted="{company} può vedere quando apre le sue e-mail, quali link segue e quali pagine del suo sito visita in seguito.",
    change="Ha cambiato idea?",
    failed_title="Non salvato",
    failed="Non è stato possibile salvare la sua scelta. Riprovi tra un minuto.",
    link="Tracciamento delle e-mail: la sua scelta",
    question="Possiamo vedere quando apre le nostre e-mail e quali link segue?",
    answer="Sì o no",
)
_PT = ConsentText(
    language="pt",
    sender="O remetente",
    title="Rastreamento de e-mails",
    explanation="{company} gostaria de ver quando abre os seus e-mails, que ligações segue e que páginas do seu site visita depois.",
    note="A decisão é sua e pode mudá-la a qualquer momento. Um não vale também para os e-mails que já tem. Continuará a receber e-mails.",
    refuse="Não, sem rastreamento",
    grant="Sim, permitir o rastreamento",
    refused_title="O rastreamento está desativado",
    refused="{company} já não regista quando abre e-mails, segue ligações ou visita o seu site. Continuará a receber e-mails.",
    granted_title="O rastreamento está permitido",
    granted="{company} pode ver quando abre os seus e-mails, que ligações segue e que páginas do seu site visita depois.",
    change="Mudou de ideias?",
    failed_title="Não guardado",
    failed="Não foi possível guardar a sua escolha. Tente novamente dentro de um minuto.",
    link="Rastreamento de e-mails: a sua escolha",
    question="Podemos ver quando abre os nossos e-mails e que ligações segue?",
    answer="Sim ou não",
)
_NL = ConsentText(
    language="nl",
    sender="De afzender",
    title="E-mailtracking",
    explanation="{company} wil graag zien wanneer u e-mails opent, welke links u volgt en welke pagina’s van de website u daarna bekijkt.",
    note="U beslist en kunt dit altijd wijzigen. Een nee geldt ook voor e-mails die u al hebt. U blijft e-mails ontvangen.",
    refuse="Nee, niet volgen",
    grant="Ja, volgen toestaan",
    refused_title="Tracking staat uit",
    refused="{company} legt niet meer vast wanneer u e-mails opent, links volgt of de website bekijkt. U blijft e-mails ontvangen.",
    granted_title="Tracking is toegestaan",
    granted="{company} mag zien wanneer u e-mails opent, welke links u volgt en welke pagina’s van de website u daarna bekijkt.",
    change="Van gedachten veranderd?",
    failed_title="Niet opgeslagen",
    failed="Uw keuze kon niet worden opgeslagen. Probeer het over een minuut opnieuw.",
    link="E-mailtracking: uw keuze",
    question="Mogen wij zien wanneer u onze e-mails opent en welke links u volgt?",
    answer="Ja of nee",
)
_TEXTS = {text.language: text for text in (_EN, _DE, _FR, _ES, _IT, _PT, _NL)}
