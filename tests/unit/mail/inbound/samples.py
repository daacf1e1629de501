"""Received mails in the shapes of common servers and clients, written for the tests."""

from dataclasses import dataclass

OURS = "<7f3a@mail.us.example>"
LEAD = "dana@acme.example"


@dataclass(frozen=True)
class Sample:
    name: str
    kind: str
    raw: str
    severity: str = ""
    says: str = ""
    """A part of the reason, or the whole cut text of a reply."""
    until: str = ""
    answers: bool = True


def mail(text: str, *fields: str, sender: str = f"Dana Whitfield <{LEAD}>", subject: str = "Re: Offer") -> str:
    head = [f"From: {sender}", "To: Rosa <rosa@us.example>", f"Subject: {subject}", "Date: Mon, 7 Dec 2026 10:00:00 +0000", *fields]
    if not any(field.lower().startswith("content-type") for field in fields):
        head += ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    return "\n".join(head) + "\n\n" + text + "\n"


RETURNED = f"Message-ID: {OURS}\nFrom: rosa@us.example\nTo: {LEAD}\nSubject: Offer\n"


def report(text: str, status: str, *, sender: str, subject: str, returned: str = RETURNED, as_headers: bool = True) -> str:
    kind = "text/rfc822-headers" if as_headers else "message/rfc822"
    return mail(
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example\n\n{status}\n\n--b\nContent-Type: {kind}\n\n{returned}\n\n--b--",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        sender=sender,
        subject=subject,
    )


def status(code: str, diagnostic: str, *, action: str = "failed", to: str = LEAD) -> str:
    return f"Final-Recipient: rfc822; {to}\nAction: {action}\nStatus: {code}\nDiagnostic-Code: smtp; {diagnostic}"


DAEMON = "Mail Delivery Subsystem <MAILER-DAEMON@mx.example>"
BY_THREAD = f"In-Reply-To: {OURS}\nReferences: <0@x.example> {OURS}"

BOUNCES = [
    Sample(
        "postfix",
        "bounce",
        report(
            "This is the mail system at host mx.example.",
            status("5.1.1", f"550 5.1.1 <{LEAD}>: User unknown"),
            sender=DAEMON,
            subject="Undelivered Mail Returned to Sender",
        ),
        "hard",
        "User unknown",
    ),
    Sample(
        "postfix delay",
        "bounce",
        report(
            "YOUR MESSAGE IS DELAYED",
            status("4.4.1", "connect to mx: timed out", action="delayed"),
            sender=DAEMON,
            subject="Delayed Mail (still being retried)",
        ),
        "delayed",
    ),
    Sample(
        "postfix expired",
        "bounce",
        report(
            "I'm sorry.",
            status("4.4.1", "connect to mx: Connection timed out"),
            sender=DAEMON,
            subject="Undelivered Mail Returned to Sender",
        ),
        "soft",
    ),
    Sample(
        "gmail",
        "bounce",
        report(
            f"Your message wasn't delivered to {LEAD} because the address couldn't be found.",
            status("5.1.1", "550-5.1.1 The email account that you tried to reach does not exist. NoSuchUser"),
            sender="Mail Delivery Subsystem <mailer-daemon@googlemail.example>",
            subject="Delivery Status Notification (Failure)",
            as_headers=False,
        ),
        "hard",
        "does not exist",
    ),
    Sample(
        "gmail full",
        "bounce",
        report(
            "The recipient's inbox is full",
            status("5.2.2", "552-5.2.2 The email account that you tried to reach is over quota"),
            sender="Mail Delivery Subsystem <mailer-daemon@googlemail.example>",
            subject="Delivery Status Notification (Failure)",
        ),
        "soft",
        "over quota",
    ),
    Sample(
        "exchange online",
        "bounce",
        report(
            "Your message to dana couldn't be delivered.",
            status("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient dana@acme.example not found by SMTP address lookup"),
            sender="Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@acme.example>",
            subject="Undeliverable: Offer",
        ),
        "hard",
        "RecipientNotFound",
    ),
    Sample(
        "exchange denied",
        "bounce",
        report(
            "Your message couldn't be delivered",
            status("5.4.1", "550 5.4.1 Recipient address rejected: Access denied."),
            sender="postmaster@acme.example",
            subject="Undeliverable: Offer",
        ),
        "hard",
    ),
    Sample(
        "exchange rule",
        "bounce",
        report(
            "Ihre Nachricht wurde nicht zugestellt",
            status("5.7.1", "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy"),
            sender="postmaster@acme.example",
            subject="Unzustellbar: Angebot",
        ),
        "soft",
        "policy",
    ),
    Sample(
        "exim with status",
        "bounce",
        report(
            "A message that you sent could not be delivered.",
            status("5.0.0", f"550 5.1.1 <{LEAD}> User doesn't exist"),
            sender="Mail Delivery System <Mailer-Daemon@mx.example>",
            subject="Mail delivery failed: returning message to sender",
        ),
        "hard",
        "User doesn't exist",
    ),
    Sample(
        "sendmail",
        "bounce",
        report(
            "----- Transcript of session follows -----\n550 5.1.1 dana... User unknown",
            status("5.1.1", "550 5.1.1 User unknown"),
            sender=DAEMON,
            subject="Returned mail: see transcript for details",
            as_headers=False,
        ),
        "hard",
    ),
    Sample(
        "domino",
        "bounce",
        report(
            "Your message could not be delivered because: User dana not listed in Domino Directory",
            "Final-Recipient: rfc822;dana@acme.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: X-Notes; User dana (dana@acme.example) not listed in Domino Directory",
            sender="postmaster@acme.example",
            subject="DELIVERY FAILURE: User dana not listed in Domino Directory",
            as_headers=False,
        ),
        "hard",
        "Domino Directory",
    ),
    Sample(
        "mimecast",
        "bounce",
        report(
            "The email you sent could not be delivered.",
            status("5.0.0", "550 Invalid Recipient - https://community.mimecast.example/docs/DOC-1369#550"),
            sender="Postmaster <postmaster@eu-smtp.example>",
            subject="[Postmaster] Email Delivery Failure",
        ),
        "hard",
        "Invalid Recipient",
    ),
    Sample(
        "proofpoint",
        "bounce",
        report(
            "The original message was received from mx",
            status("5.7.1", "554 5.7.1 Blocked - see https://ipcheck.proofpoint.example/"),
            sender="Mail Delivery Subsystem <MAILER-DAEMON@ppe-hosted.example>",
            subject="Returned mail: see transcript for details",
        ),
        "soft",
        "Blocked",
    ),
    Sample(
        "icloud",
        "bounce",
        report(
            "This is an automatically generated notice",
            status("5.2.2", "552 5.2.2 <dana@acme.example>: user is over quota"),
            sender=DAEMON,
            subject="Undelivered Mail Returned to Sender",
        ),
        "soft",
    ),
    Sample(
        "amazon ses",
        "bounce",
        report(
            "An error occurred while trying to deliver the mail to the following recipients",
            status("5.1.1", "550 5.1.1 user unknown"),
            sender="MAILER-DAEMON@amazonses.example",
            subject="Delivery Status Notification (Failure)",
        ),
        "hard",
    ),
    Sample(
        "null mx",
        "bounce",
        report(
            "Domain accepts no mail",
            status("5.1.10", "556 5.1.10 Recipient address has null MX"),
            sender=DAEMON,
            subject="Undelivered Mail Returned to Sender",
        ),
        "hard",
    ),
    Sample(
        "no diagnostic",
        "bounce",
        report(
            "Not delivered",
            f"Final-Recipient: RFC822; <{LEAD}>\nAction: Failed\nStatus: 5.1.1 (bad destination)",
            sender=DAEMON,
            subject="failure",
        ),
        "hard",
    ),
    Sample(
        "no action",
        "bounce",
        report("Not delivered", f"Final-Recipient: rfc822;{LEAD}\nStatus: 5.2.0", sender=DAEMON, subject="failure"),
        "soft",
    ),
    Sample(
        "disabled",
        "bounce",
        report(
            "Not delivered",
            status("5.2.1", "550 5.2.1 The email account that you tried to reach is inactive"),
            sender=DAEMON,
            subject="failure",
        ),
        "hard",
    ),
    Sample(
        "qmail",
        "bounce",
        mail(
            f"Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<{LEAD}>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 no such user here\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <rosa@us.example>\n{RETURNED}",
            "Return-Path: <>",
            sender="MAILER-DAEMON@mx.example",
            subject="failure notice",
        ),
        "hard",
        "no such user",
    ),
    Sample(
        "exim without status",
        "bounce",
        mail(
            f"This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  {LEAD}\n    Unrouteable address\n\n------ This is a copy of the message, including all the headers. ------\n\n{RETURNED}",
            f"X-Failed-Recipients: {LEAD}",
            "Auto-Submitted: auto-replied",
            sender="Mail Delivery System <Mailer-Daemon@mx.example>",
            subject="Mail delivery failed: returning message to sender",
        ),
        "hard",
        "Unrouteable address",
    ),
    Sample(
        "exim delay",
        "bounce",
        mail(
            f"This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours.\n\n  {LEAD}\n    Delay reason: timed out\n\nDelivery attempts will continue.",
            f"In-Reply-To: {OURS}",
            sender="Mail Delivery System <Mailer-Daemon@mx.example>",
            subject="Warning: message 1abc delayed 24 hours",
        ),
        "delayed",
    ),
    Sample(
        "gmx",
        "bounce",
        mail(
            f'This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to\none or more of its recipients. This is a permanent error.\n\nThe following address failed:\n\n"{LEAD}":\nSMTP error from remote server for RCPT TO command, host: mx (192.0.2.1) reason: 550 Requested action not taken: mailbox unavailable\n\n--- The header of the original message is following. ---\n\n{RETURNED}',
            "Return-Path: <>",
            sender='"GMX Mailer Daemon" <mailer-daemon@gmx.example>',
            subject="Mail delivery failed: returning message to sender",
        ),
        "soft",
        "mailbox unavailable",
    ),
    Sample(
        "yahoo",
        "bounce",
        mail(
            f"Sorry, we were unable to deliver your message to the following address.\n\n<{LEAD}>:\n552: 1 Requested mail action aborted, mailbox not found\n\n--- Below this line is a copy of the message.\n\nReceived: from 192.0.2.1\n{RETURNED}",
            sender="MAILER-DAEMON@yahoo.example",
            subject="Failure Notice",
        ),
        "hard",
        "mailbox not found",
    ),
    Sample(
        "old exchange",
        "bounce",
        mail(
            f"Your message\n\n  To:      {LEAD}\n  Subject: Offer\n\ndid not reach the following recipient(s):\n\n{LEAD} on Mon, 7 Dec 2026\n    The recipient name is not recognized. The user does not exist.",
            f"In-Reply-To: {OURS}",
            sender="System Administrator <postmaster@acme.example>",
            subject="Undeliverable: Offer",
        ),
        "hard",
    ),
    Sample(
        "german provider",
        "bounce",
        mail(
            f"Ihre E-Mail konnte nicht zugestellt werden:\n\n{LEAD}: Empfänger unbekannt (550)\n\n-------- Originalnachricht --------\n{RETURNED}",
            sender="Mailer-Daemon <mailer-daemon@post.example>",
            subject="Ihre Nachricht ist unzustellbar",
        ),
        "hard",
        "unbekannt",
    ),
    Sample(
        "french provider",
        "bounce",
        mail(
            f"Votre message n'a pas pu être remis à {LEAD}:\n550 utilisateur inconnu",
            f"References: {OURS}",
            sender="postmaster@orange.example",
            subject="Message non remis",
        ),
        "hard",
        "inconnu",
    ),
    Sample(
        "spanish report",
        "bounce",
        report(
            "No se ha podido entregar",
            status("5.1.1", "550 5.1.1 usuario desconocido"),
            sender="postmaster@correo.example",
            subject="No se puede entregar: Oferta",
        ),
        "hard",
    ),
    Sample(
        "status without report type",
        "bounce",
        report("x", status("5.1.1", "550 no"), sender=DAEMON, subject="failure").replace("report-type=delivery-status; ", ""),
        "hard",
    ),
    Sample(
        "without a sender",
        "bounce",
        mail(
            f"UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<{LEAD}>:\n    mx.example:\n"
            f">>> RCPT TO:<{LEAD}>\n<<< 550 User unknown.\n\n--- original message ---\n{RETURNED}",
            sender='"Courier mail server at mx.example" <>',
            subject="NOTICE: mail delivery status.",
        ),
        "hard",
        "User unknown",
    ),
    Sample(
        "broken boundary",
        "bounce",
        report(
            "This is the mail system.",
            status("5.0.0", "550 is not a known user on this system"),
            sender=DAEMON,
            subject="Undelivered Mail Returned to Sender",
        ).replace('boundary="b"', 'boundary="b" Message-Id: <x@mx.example>; boundary="c"'),
        "hard",
        "not a known user",
    ),
    Sample(
        "too large behind a code for addresses",
        "bounce",
        report("Sorry.", status("5.1.1", "550 RCPT TO max message size exceeded"), sender=DAEMON, subject="Undeliverable"),
        "soft",
        "size exceeded",
    ),
]

ANSWERS = [
    Sample(
        "outlook",
        "away",
        mail(
            "I am out of the office until 18 December 2026 and will reply then.",
            BY_THREAD,
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: All",
            subject="Automatic reply: Offer",
        ),
        until="2026-12-18",
    ),
    Sample(
        "outlook german",
        "away",
        mail("Ich bin bis zum 18.12.2026 nicht im Büro.", BY_THREAD, subject="Automatische Antwort: Angebot"),
        until="2026-12-18",
    ),
    Sample(
        "gmail vacation",
        "away",
        mail("I'm back on January 4.", BY_THREAD, "Precedence: bulk", "X-Autoreply: yes", "Auto-Submitted: auto-replied"),
        until="2027-01-04",
    ),
    Sample(
        "french",
        "away",
        mail("Je suis absente jusqu'au 5 janvier 2027 inclus.", BY_THREAD, subject="=?utf-8?q?R=C3=A9ponse_automatique?= : Offre"),
        until="2027-01-05",
    ),
    Sample(
        "spanish",
        "away",
        mail("Estaré fuera hasta el 20 de diciembre.", BY_THREAD, "Auto-Submitted: auto-replied", subject="Respuesta automática: Oferta"),
        until="2026-12-20",
    ),
    Sample(
        "italian", "away", mail("Sono assente fino al 24/12/2026.", BY_THREAD, subject="Risposta automatica: Offerta"), until="2026-12-24"
    ),
    Sample(
        "dutch", "away", mail("Ik ben afwezig t/m 11 december.", BY_THREAD, subject="Automatisch antwoord: Offerte"), until="2026-12-11"
    ),
    Sample("portuguese", "away", mail("Estou ausente.", BY_THREAD, subject="Resposta automática: Oferta")),
    Sample("not certain", "away", mail("Back on 3/4.", BY_THREAD, "Auto-Submitted: auto-replied")),
    Sample(
        "sieve",
        "away",
        mail(
            "Bin wieder am 2027-01-11 da.", BY_THREAD, "Auto-Submitted: auto-replied (vacation)", "Return-Path: <>", subject="Auto: Offer"
        ),
        until="2027-01-11",
    ),
    Sample("exim vacation", "away", mail("On leave.", BY_THREAD, "Precedence: auto_reply", subject="Offer")),
    Sample(
        "ticket system",
        "away",
        mail("We received your request. Ticket 4711.", BY_THREAD, "Auto-Submitted: auto-generated", sender="Help <help@acme.example>"),
    ),
    Sample(
        "notes",
        "away",
        mail("Away.", subject="AUTO: Dana Whitfield is out of the office (returning 18.12.2026)"),
        until="2026-12-18",
        answers=False,
    ),
    Sample(
        "named in the subject",
        "away",
        mail("Away.", subject="Whitfield, Dana is out of the office until 18.12."),
        until="2026-12-18",
        answers=False,
    ),
    Sample(
        "polish",
        "away",
        mail("Jestem poza biurem do 18 grudnia.", subject="Automatyczna odpowiedź: Offer"),
        until="2026-12-18",
        answers=False,
    ),
]

COMPLAINT = Sample(
    "feedback report",
    "complaint",
    mail(
        f"--b\nContent-Type: text/plain\n\nThis is an abuse report\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n\n--b\nContent-Type: message/rfc822\n\n{RETURNED}\nHi\n--b--",
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"',
        sender="feedback@provider.example",
        subject="Abuse report",
    ),
)

QUOTE = "> Hi Dana,\n> here is the offer."
REPLIES = [
    Sample(
        "gmail",
        "reply",
        mail(f"Sounds good, call me.\n\nOn Mon, Dec 7, 2026 at 9:00 AM Rosa <rosa@us.example> wrote:\n\n{QUOTE}", BY_THREAD),
        says="Sounds good, call me.",
    ),
    Sample(
        "gmail two lines",
        "reply",
        mail(f"Yes.\n\nOn Mon, Dec 7, 2026 at 9:00 AM Rosa Longname\n<rosa@us.example> wrote:\n\n{QUOTE}", BY_THREAD),
        says="Yes.",
    ),
    Sample(
        "outlook",
        "reply",
        mail(
            "Passt.\n\nVon: Rosa <rosa@us.example>\nGesendet: Montag, 7. Dezember 2026 09:00\nAn: Dana\nBetreff: Angebot\n\nHallo Dana",
            BY_THREAD,
            subject="AW: Angebot",
        ),
        says="Passt.",
    ),
    Sample(
        "outlook rule",
        "reply",
        mail(
            "Fine.\n\n________________________________\nFrom: Rosa <rosa@us.example>\nSent: Monday\nTo: Dana\nSubject: Offer\n\nHi",
            BY_THREAD,
        ),
        says="Fine.",
    ),
    Sample("old outlook", "reply", mail("No thanks.\n\n-----Original Message-----\nFrom: Rosa\n", BY_THREAD), says="No thanks."),
    Sample(
        "apple french",
        "reply",
        mail(f"D'accord.\n\nEnvoyé de mon iPhone\n\n> Le 7 déc. 2026 à 09:00, Rosa <rosa@us.example> a écrit :\n{QUOTE}", BY_THREAD),
        says="D'accord.",
    ),
    Sample(
        "thunderbird german",
        "reply",
        mail(f"Am 07.12.26 um 09:00 schrieb Rosa:\n{QUOTE}\n\nGerne, Dienstag.\n-- \nDana", BY_THREAD),
        says="Gerne, Dienstag.",
    ),
    Sample(
        "between",
        "reply",
        mail("Am 07.12.26 um 09:00 schrieb Rosa:\n> One?\n\nYes.\n\n> Two?\n\nNo.", BY_THREAD),
        says="Yes.\n\n\nNo.".replace("\n\n\n", "\n\n"),
    ),
    Sample(
        "html",
        "reply",
        mail(
            "<div>Call me &amp; Tom.</div><div>On Mon, 7 Dec 2026 Rosa &lt;rosa@us.example&gt; wrote:</div><blockquote>Hi</blockquote>",
            BY_THREAD,
            "Content-Type: text/html",
        ),
        says="Call me & Tom.",
    ),
    Sample(
        "no thread, spanish",
        "reply",
        mail("Gracias.\n\nEl lun, 7 dic 2026 a las 9:00, Rosa (<rosa@us.example>) escribió:\n" + QUOTE, subject="RE: Oferta"),
        says="Gracias.",
        answers=False,
    ),
    Sample(
        "about a bounce",
        "reply",
        mail(
            "My first mail was undeliverable, the mailbox was full. Delivery failed twice: 550 user unknown.",
            BY_THREAD,
            subject="Re: Undeliverable: Offer",
        ),
    ),
    Sample(
        "absence told by a person",
        "reply",
        mail("I am out of office next week, so let us talk before 12 December.", BY_THREAD, subject="Re: Out of office next week"),
    ),
]

ORDINARY = [
    Sample(
        "forwarded bounce",
        "other",
        mail(
            f"--b\nContent-Type: text/plain\n\nLook at this: delivery has failed, 550 5.1.1\n--b\nContent-Type: message/rfc822\n\n{BOUNCES[0].raw}\n--b--",
            'Content-Type: multipart/mixed; boundary="b"',
            subject="Fwd: Undelivered Mail Returned to Sender",
        ),
        answers=False,
    ),
    Sample(
        "newsletter",
        "other",
        mail(
            "Why mail is not delivered: unknown users and 550 5.1.1",
            "List-Unsubscribe: <https://x.example>",
            "Precedence: bulk",
            subject="Undeliverable? Ten tips",
        ),
        answers=False,
    ),
    Sample(
        "postmaster person",
        "other",
        mail(
            "We move our mail servers on Friday. Questions to admin@acme.example.",
            sender="Postmaster <postmaster@acme.example>",
            subject="Maintenance",
        ),
        answers=False,
    ),
    Sample(
        "read receipt",
        "other",
        mail(
            "--b\nContent-Type: text/plain\n\nRead\n--b\nContent-Type: message/disposition-notification\n\nDisposition: manual-action; displayed\n--b--",
            'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"',
            subject="Read: Offer",
        ),
        answers=False,
    ),
    Sample(
        "delivered",
        "other",
        report(
            "Your mail was delivered",
            status("2.0.0", "250 ok", action="delivered"),
            sender=DAEMON,
            subject="Delivery Status Notification (Success)",
        ),
        answers=False,
    ),
    Sample(
        "postmaster who answers",
        "reply",
        mail(
            "We were unable to deliver the pallets to dan@else.example, the address was unknown.",
            BY_THREAD,
            sender="postmaster@acme.example",
        ),
    ),
    Sample(
        "shop",
        "other",
        mail("Your parcel was not delivered. Write to help@shop.example.", sender="delivery@shop.example", subject="Not delivered"),
        answers=False,
    ),
    Sample(
        "unknown cause",
        "other",
        mail("The cause is unknown. Write to admin@acme.example.", sender="postmaster@acme.example", subject="Outage"),
        answers=False,
    ),
    Sample("new mail", "other", mail("Hello, do you sell trucks?", subject="Question"), answers=False),
    Sample(
        "parcel",
        "other",
        mail(
            "Your parcel could not be delivered. Call 550 1234.",
            sender="Parcels <info@parcel.example>",
            subject="Delivery failed: your parcel",
        ),
        answers=False,
    ),
    Sample("empty", "other", "", answers=False),
    Sample("no from", "other", "Subject: Delivery failure\n\nunknown user a@b.example", answers=False),
]
ALL = [*BOUNCES, *ANSWERS, COMPLAINT, *REPLIES, *ORDINARY]
