"""Bounces without a machine-readable part: notes of mail servers to people, known by their sender and their words."""

import logging
import re

from flufl.bounce import all_failures

from tracker.mail.inbound.absence import is_bulk
from tracker.mail.inbound.delivery_status import UNKNOWN_USER, is_temporary, severity, status_in
from tracker.mail.inbound.inbound_mail import Bounce
from tracker.mail.inbound.parts import Mail, address, header, plain_text, printable
from tracker.mail.raw_fields import raw_field
from tracker.rules.mail.matching import has_prefix

_DAEMONS = re.compile(
    r"^(?:mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|mmdf|mdaemon|maildelivery|mail-delivery|microsoftexchange\w*)\b",
    re.IGNORECASE,
)
_DAEMON_NAMES = re.compile(
    r"mail delivery (?:sub)?system|mail delivery service|mail administrator|postmaster|mailer[- ]daemon|internet mail delivery|"
    r"system administrator|microsoft outlook",
    re.IGNORECASE,
)
_SUBJECTS = re.compile(
    r"undeliver(?:able|ed)|non-delivery|automatically rejected|deliver(?:y|ing).{0,40}(?:fail|problem|error|notification|unsuccessful)|fail(?:ure|ed).{0,20}(?:notice|deliver)|"
    r"returned (?:mail|to sender|email)|mail (?:system )?(?:error|failure)|could ?n(?:o|')t be (?:sent|delivered)|not delivered|"
    r"unzustellbar|nicht zugestellt|zustellung.{0,30}(?:fehl|nicht)|fehler bei der|non remis|non distribu|échec de la|impossible de remettre|"
    r"no se (?:puede|ha podido|pudo) entregar|no entregado|devuelto|mancata consegna|non recapitabile|impossibile recapitare|"
    r"não (?:foi )?(?:entregue|é possível)|onbestelbaar|niet (?:bezorgd|afgeleverd)|niedostarcz|nie (?:dostarczono|można dostarczyć)|"
    r"не доставлен|недоставлен|не удалось доставить|配信不能|配信できません|退信|无法送达|投递失败|kunde inte levereras|ikke leveres|undelivered|"
    r"nedoručiteln|nedoruč|teslim edilemedi|toimittaminen epäonnistui|ei voitu toimittaa|kézbesíthet|배달되지 않|배달할 수 없|전송 실패|nelivrat|"
    r"δεν παραδόθηκε|не доставлено|nedostavljiv|לא נמסרה|تعذر تسليم",
    re.IGNORECASE,
)
_DELAYS = re.compile(
    r"delay(?:ed)?|still (?:being )?(?:trying|retried)|will (?:keep|continue) (?:to )?try|not yet been delivered|verzögert|noch nicht zugestellt|"
    r"retard|en différé|retrasad|ritard|vertraagd|attras",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"could ?n(?:o|')t be delivered|could not deliver|unable to deliver|wasn't delivered|was not delivered|permanent (?:fatal )?error|"
    r"returned to sender|delivery (?:to the following|has failed|failed)|did not reach|qmail-send|undeliverable|not delivered|"
    r"konnte nicht|nicht zugestellt|n'a pas pu|n’a pas pu|no se pudo|no se ha podido|non è stato possibile|non è stata|não pôde|kon niet|"
    r"nie można|не может быть|не удалось|できません|无法|smtp error|fatal errors|transcript of session|addresses? failed",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<![\w.+@-])[\w.+=&'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}(?![\w@-])", re.ASCII)
"""ASCII alone, since Chinese, Japanese and Korean write without spaces around it."""
_QUOTED = re.compile(
    r"^(?:-{2,}.{0,80}(?:original|copy|below|returned|message|nachricht|weitergeleitete).{0,80}|received: .*|return-path: .*|"
    r"(?:message-id|from): .{1,300}\n(?:from|to|date|subject): .*)$",
    re.IGNORECASE | re.MULTILINE,
)
_CODE = re.compile(r"(?<!\d)[45]\d\d[ )-]")
_MOST_ADDRESSES = 5
_LONGEST_REASON = 500
_LARGEST_FOREIGN = 100_000
"""Characters of a mail that the second reader sees: its time grows faster than the text."""


def is_from_a_server(mail: Mail) -> bool:
    """Whether a mail server wrote it: by the null sender, the name in From or none there, or a field that only bounces have."""
    name, sender = address(mail, "from")
    if str(mail.get("return-path", "")).strip() == "<>" and not is_vacation(mail):
        return True
    if mail.get("x-failed-recipients") or mail.get("x-ms-exchange-message-is-ndr"):
        return True
    if not sender and raw_field(mail, "from").rstrip().endswith("<>"):
        return True
    return _DAEMONS.match(sender or str(mail.get("from", ""))[:200].strip("<> ")) is not None or _DAEMON_NAMES.fullmatch(name) is not None


def is_vacation(mail: Mail) -> bool:
    """Whether an auto-responder of a person says so."""
    return "auto-replied" in str(mail.get("auto-submitted", "")).lower() or "x-autoreply" in mail or "x-autorespond" in mail


def has_bounce_subject(mail: Mail) -> bool:
    """Whether the subject is that of a bounce."""
    return _SUBJECTS.search(header(mail, "subject")) is not None


def notice_of(mail: Mail) -> Bounce | None:
    """The bounce that a server's note tells; None for a mail of a person, or a note about something else."""
    is_server, subject = is_from_a_server(mail), header(mail, "subject")
    if has_prefix(subject) and not mail.get("x-failed-recipients"):
        return None  # a postmaster who answers or forwards
    if not is_server and (not _SUBJECTS.search(subject) or "in-reply-to" in mail or is_bulk(mail)):
        return None
    found = _by_second_reader(mail)
    if not found and (not is_server or "list-unsubscribe" in mail):
        return None
    text = plain_text(mail)
    head = own_words(text)
    is_delayed = _DELAYS.search(subject) is not None or (_DELAYS.search(head[:1500]) is not None and not _SUBJECTS.search(subject))
    if not (
        found
        or mail.get("x-failed-recipients")
        or is_delayed
        or (_SUBJECTS.search(subject) and head)
        or _BODY.search(head)
        or UNKNOWN_USER.search(head)
        or (is_server and status_in(head).startswith("5"))  # in whatever language the rest is
    ):
        return None
    named = _named(mail, head, found)
    if not named and not returned_text(text):
        return None
    reason = _reason(head, named)
    status = status_in(reason) or status_in(head)
    final = severity(status or ("4.0.0" if is_temporary(reason) else ""), reason or head, is_delayed=is_delayed)
    return Bounce(severity=final, recipients=named, status=status, reason=reason)


def returned_text(text: str) -> str:
    """The returned mail that follows a note in the same text; empty for none."""
    found = _QUOTED.search(text[:_LARGEST_FOREIGN])
    return text[found.start() : _LARGEST_FOREIGN] if found else ""


def own_words(text: str) -> str:
    """The server's words, without the returned mail."""
    found = _QUOTED.search(text[:_LARGEST_FOREIGN])
    return text[: found.start() if found else 20_000][:20_000]


def _named(mail: Mail, head: str, by_reader: list[str]) -> tuple[str, ...]:
    """The addresses that were not reached."""
    stated = _ADDRESS.findall(header(mail, "x-failed-recipients", 2000))
    found = stated or by_reader
    if not found:
        own = {address(mail, name)[1].lower() for name in ("from", "to", "reply-to")}
        found = [one.rstrip(".") for one in _ADDRESS.findall(head) if one.lower().rstrip(".") not in own and not _DAEMONS.match(one)]
    return tuple(dict.fromkeys(found))[:_MOST_ADDRESSES]


def _by_second_reader(mail: Mail) -> list[str]:
    """The addresses that `flufl.bounce` finds. It raises on mails that it does not expect."""
    if len(plain_text(mail)) > _LARGEST_FOREIGN:
        return []
    try:
        temporary, permanent = all_failures(mail)
    except Exception:  # noqa: BLE001 - its errors are of any kind, and mean the same: not known
        return []
    found = [one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in (*permanent, *temporary)]
    return sorted(one for one in found if _ADDRESS.fullmatch(one))


def _reason(head: str, named: tuple[str, ...]) -> str:
    """The line that says why: one with a code, else the line after the first address, else the first of all."""
    lines = [line.strip(" >\t") for line in head.split("\n") if line.strip()]
    signs = (
        lambda line: status_in(line) or _CODE.search(line),
        lambda line: UNKNOWN_USER.search(line[:500]),
        lambda line: any(one in line for one in named),
    )
    for is_reason in signs:
        for at, line in enumerate(lines):
            if is_reason(line):
                return printable(" ".join(lines[at : at + 2]), _LONGEST_REASON)
    return printable(lines[0], _LONGEST_REASON) if lines else ""


logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
"""It logs every detector, and its errors with the mail's content."""
