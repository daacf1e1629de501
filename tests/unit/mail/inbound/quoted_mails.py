"""How mail programs lay out the mail that is answered: each ends, or stands before, what the sender wrote."""

OLD = "Do you still want the offer?"

ATTRIBUTIONS = {
    "en gmail": "On Mon, Dec 7, 2026 at 10:00 AM Rosa Lima <rosa@us.example> wrote:",
    "en thunderbird": "On 07/12/2026 10:00, Rosa Lima wrote:",
    "en apple": "On 7 Dec 2026, at 10:00, Rosa Lima <rosa@us.example> wrote:",
    "en zoho": "---- On Mon, 07 Dec 2026 10:00:00 +0100 Rosa Lima <rosa@us.example> wrote ----",
    "en proton": "On Monday, December 7th, 2026 at 10:00 AM, Rosa Lima <rosa@us.example> wrote:",
    "de gmail": "Am Mo., 7. Dez. 2026 um 10:00 Uhr schrieb Rosa Lima <rosa@us.example>:",
    "de gmail phone": "Rosa Lima <rosa@us.example> schrieb am Mo., 7. Dez. 2026, 10:00:",
    "de thunderbird": "Am 07.12.26 um 10:00 schrieb Rosa Lima:",
    "de open-xchange": "Rosa Lima <rosa@us.example> hat am 07.12.2026 10:00 CET geschrieben:",
    "fr gmail": "Le lun. 7 déc. 2026 à 10:00, Rosa Lima <rosa@us.example> a écrit\u00a0:",
    "fr thunderbird": "Le 07/12/2026 à 10:00, Rosa Lima a écrit\u202f:",
    "es gmail": "El lun, 7 dic 2026 a las 10:00, Rosa Lima (<rosa@us.example>) escribió:",
    "es thunderbird": "El 7/12/26 a las 10:00, Rosa Lima escribió:",
    "it gmail": "Il giorno lun 7 dic 2026 alle ore 10:00 Rosa Lima <rosa@us.example> ha scritto:",
    "it thunderbird": "Il 07/12/2026 10:00, Rosa Lima ha scritto:",
    "pt brazil": "Em seg., 7 de dez. de 2026 às 10:00, Rosa Lima <rosa@us.example> escreveu:",
    "pt portugal": "Rosa Lima <rosa@us.example> escreveu (segunda, 7/12/2026 à(s) 10:00):",
    "nl gmail": "Op ma 7 dec 2026 om 10:00 schreef Rosa Lima <rosa@us.example>:",
    "nl apple": "Op 7 dec 2026, om 10:00 heeft Rosa Lima <rosa@us.example> het volgende geschreven:",
    "nl thunderbird": "Op 07-12-2026 om 10:00 schreef Rosa Lima:",
}

WRAPPED = {
    "en": "On Mon, Dec 7, 2026 at 10:00 AM Rosa Lima <\nrosa@us.example> wrote:",
    "de": "Am Mo., 7. Dez. 2026 um 10:00 Uhr schrieb Rosa Lima <\nrosa@us.example>:",
    "fr": "Le lun. 7 déc. 2026 à 10:00, Rosa Lima de la Société Northbeam\n<rosa@us.example> a écrit :",
    "it": "Il giorno lun 7 dic 2026 alle ore 10:00 Rosa Lima <\nrosa@us.example> ha\nscritto:",
    "nl": "Op ma 7 dec 2026 om 10:00 schreef Rosa Lima\n<rosa@us.example>:",
}

HEADS = {
    "en": ("From", "Sent", "To", "Subject", "Monday, December 7, 2026 10:00 AM"),
    "de": ("Von", "Gesendet", "An", "Betreff", "Montag, 7. Dezember 2026 10:00"),
    "fr": ("De", "Envoyé", "À", "Objet", "lundi 7 décembre 2026 10:00"),
    "es": ("De", "Enviado el", "Para", "Asunto", "lunes, 7 de diciembre de 2026 10:00"),
    "it": ("Da", "Inviato", "A", "Oggetto", "lunedì 7 dicembre 2026 10:00"),
    "pt": ("De", "Enviada em", "Para", "Assunto", "segunda-feira, 7 de dezembro de 2026 10:00"),
    "nl": ("Van", "Verzonden", "Aan", "Onderwerp", "maandag 7 december 2026 10:00"),
    "ro": ("De la", "Trimis", "Către", "Subiect", "luni, 7 decembrie 2026 10:00"),
}
"""Labels of Outlook; the last language is one whose words are not known."""


def _head(language: str, *, has_address: bool = True) -> str:
    sender, sent, to, subject, at = HEADS[language]
    who = "Rosa Lima &lt;rosa@us.example&gt;" if has_address else "Lima, Rosa"
    return f"<b>{sender}:</b> {who}<br>\n<b>{sent}:</b> {at}<br>\n<b>{to}:</b> Dana Whitfield<br>\n<b>{subject}:</b> Offer"


_ON = "On Mon, 7 Dec 2026 at 10:00, Rosa Lima &lt;rosa@us.example&gt; wrote:"
_RULE = '<hr style="display:inline-block;width:98%" tabindex="-1">'
_BORDER = "border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"

LAYOUTS = {
    "gmail": f'<div class="gmail_quote"><div dir="ltr" class="gmail_attr">{_ON}<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;'
    f'border-left:1px #ccc solid;padding-left:1ex"><div>{OLD}</div></blockquote></div>',
    "apple mail": f'<div><br><blockquote type="cite"><div>{_ON}</div><br class="Apple-interchange-newline"><div>{OLD}</div></blockquote></div>',
    "apple phone": f'<div dir="ltr"><br><blockquote type="cite">{_ON}<br><br></blockquote></div><blockquote type="cite"><div>{OLD}</div></blockquote>',
    "thunderbird": f'<div class="moz-cite-prefix">On 07/12/2026 10:00, Rosa Lima wrote:<br></div><blockquote type="cite" cite="mid:1@x">{OLD}</blockquote>',
    "yahoo": f'<div id="ydp1yahoo_quoted_22" class="ydp1yahoo_quoted"><div><div>{_ON}</div><div><br></div><div><div>{OLD}</div></div></div></div>',
    "proton": f'<div class="protonmail_quote">{_ON}<br><blockquote class="protonmail_quote" type="cite">{OLD}</blockquote></div>',
    "gmx": f'<div name="quote" style="margin:10px 5px; border-left:2px solid #C3D9E5;"><div>{_head("de")}</div><div name="quoted-content">{OLD}</div></div>',
    "spark": f'<div name="messageReplySection">{_ON}<br><blockquote type="cite" class="spark_quote">{OLD}</blockquote></div>',
    "roundcube": f'<p id="reply-intro">{_ON}</p><blockquote type="cite" style="border-left:#1010ff 2px solid">{OLD}</blockquote>',
    "zimbra": f'<hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">{_head("ro")}</div><div data-marker="__QUOTED_TEXT__">{OLD}</div>',
    "zoho": f'<div>---- On Mon, 07 Dec 2026 10:00:00 +0100 <b>Rosa &lt;rosa@us.example&gt;</b> wrote ----</div><blockquote id="blockquote_zmail">{OLD}</blockquote>',
    "mail.ru": f'<blockquote style="border-left:1px solid #0857A6;margin:10px">Понедельник, 7 декабря 2026, 10:00 от Rosa &lt;rosa@us.example&gt;:<br>{OLD}</blockquote>',
    "yandex": f'<div>07.12.2026, 10:00, "Rosa Lima" &lt;rosa@us.example&gt;:</div><blockquote><div>{OLD}</div></blockquote>',
    "netease": f'<blockquote id="isReplyContent" style="PADDING-LEFT:1ex"><div>2026-12-07 10:00</div>{OLD}</blockquote>',
    "fastmail": f'<div>{_ON}<br></div><blockquote type="cite" id="qt">{OLD}</blockquote>',
    "bare, in": f"<blockquote><p>{_ON}</p><p>{OLD}</p></blockquote>",
    "bare, above": f"<p>{_ON}</p><blockquote><p>{OLD}</p></blockquote>",
    "line at the left": f'<p>{_ON}</p><div style="border-left:3px solid #ccc;padding-left:8px"><p>{OLD}</p></div>',
    "samsung": f"<div><!-- originalMessage --><div>-------- Original message --------</div><div>From: Rosa &lt;rosa@us.example&gt;</div><div>{OLD}</div></div>",
    "foxmail": f"<div>------------------&nbsp;Original&nbsp;Message&nbsp;------------------</div><div><b>From:</b> Rosa</div><div>{OLD}</div>",
    **{f"outlook {one}": f'<div><div style="{_BORDER}"><p class="MsoNormal">{_head(one)}</p></div></div><p>{OLD}</p>' for one in HEADS},
    **{f"outlook within {one}": f'<div style="{_BORDER}"><p>{_head(one, has_address=False)}</p></div>{OLD}' for one in list(HEADS)[:-1]},
    **{
        f"outlook web {one}": f'<div id="appendonsend"></div>{_RULE}<div id="divRplyFwdMsg" dir="ltr"><font>{_head(one)}</font></div><div>{OLD}</div>'
        for one in HEADS
    },
    "outlook phone": f'<div id="ms-outlook-mobile-signature">Get <a href="https://aka.ms/x">Outlook for iOS</a></div>'
    f'<div id="mail-editor-reference-message-container">{_RULE}<div>{_head("en")}</div>{OLD}</div>',
    "notes": f"<table><tr><td>From:</td><td>Rosa Lima/NB</td></tr><tr><td>To:</td><td>Dana</td></tr><tr><td>Date:</td><td>07.12.2026</td></tr>"
    f"<tr><td>Subject:</td><td>Offer</td></tr></table><hr><div>{OLD}</div>",
}
"""HTML below the sender's own part."""

OWN_SENTENCES = (
    "On Tuesday 8 December we can meet, as I wrote:",
    "On 3 occasions your colleague wrote:",
    "Am 3.12.2026 schrieb ich Ihnen:",
    "From: Berlin\nTo: Munich\nDate: 14.12.2026",
    "Sent from my boss yesterday: the contract is signed.",
    "Ask Kim <kim@acme.example>:",
    "The poet wrote:",
    "To: do\nFrom: us\nData: none",
    "Name: Dana\nPhone: 555 0100\nCity: Lyon",
)
"""They look like the begin of a quoted mail, and are none."""
