"""Lines with which a quoted mail begins: separators, header lines, and attributions (`On 7 December, Rosa wrote:`). Used by `cut`, `quotes`.

In doubt a line is the sender's own: what a person wrote is never lost for a resemblance.
"""

import re
from collections.abc import Sequence

ORIGINAL = "-----Original Message-----"
"""A separator that every reader of lines knows."""
_LONGEST = 400
_VERBS = (
    r"wrote|writes|schrieb|geschrieben|a écrit|a ecrit|écrit|escribió|escribio|escreveu|ha scritto|scrisse|schreef|geschreven|skrev|"
    r"napsal\w{0,4}|napisał\w{0,4}(?:\(a\))?|kirjoitti|írta|yazdı|пишет|написал\w{0,4}|写道|寫道|のメール|님이 작성"
)
_WROTE = re.compile(rf"(?:{_VERBS})\s*[:：]?\s*$", re.IGNORECASE)
_VERB = re.compile(rf"(?<!\w)(?:{_VERBS})(?!\w)", re.IGNORECASE)
_START = re.compile(
    r"^(?:on|am|le|el|em|il|op|den|dne|w dniu|в|at|vào|2?0?\d\d|\d{1,2}|mon|tue|wed|thu|fri|sat|sun|von|from|da|de)\b", re.IGNORECASE
)
_BEGINS_WITH_DATE = re.compile(r"^(?:am|on|le|op|den|el|il|em|da|de) .{4,300}", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:i|we|ich|wir|je|j'ai|nous|yo|io|eu|ik|wij)\b", re.IGNORECASE)
_MAILBOX = re.compile(r"[^\s<>@]{1,100}@[^\s<>@]{1,200}")
_DATE = re.compile(r"\d{4}|\d{1,2}[./-]\d{1,2}|\d{1,2}[:h]\d{2}|\d{1,2}年")
_ADDRESS_END = re.compile(r"\d.{0,200}<[^<>\s]{1,200}@[^<>\s]{1,200}>\s*[:：]$")
_DASHES = re.compile(r"^-{2,}\s*(.{4,380}?)\s*-{2,}$")
_SEPARATOR = re.compile(
    r"^\s*[-_=*]{2,}\s*(?:original (?:message|appointment)|forwarded message|ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht|"
    r"message d'origine|message d’origine|message original|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht|"
    r"oorspronkelijke bericht|ursprungligt meddelande|oprindelig meddelelse|original-nachricht|исходное сообщение|původní zpráva|"
    r"wiadomość oryginalna|reply above|antwort oberhalb).{0,80}$|^\s*(?:begin forwarded message|anfang der weitergeleiteten).{0,40}$",
    re.IGNORECASE,
)
_RULE = re.compile(r"^\s*[_─-]{20,}\s*$")
_SUBJECT = r"subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|主题|主旨|件名|제목|тема|temat|předmět|aihe|tárgy|konu"
_HEAD_LINE = re.compile(
    r"^\s*\*?(?:from|von|de|da|van|från|fra|od|от|отправитель|kimden|差出人|发件人|寄件者|보낸 사람|"
    r"(?:sent|gesendet|envoyé|enviad[oa]|inviato|verzonden)(?: (?:am|le|el|em|il|op))?|"
    r"skickat|wysłano|odesláno|lähetetty|sendt|elküldve|gönderildi|отправлено|дата|发送时间|发送日期|寄件日期|日期|送信日時|日時|보낸 날짜|"
    r"lähettäjä|feladó|gönderen|收件人|收件者|宛先|받는 사람|кому|komu|kime|címzett|vastaanottaja|do|date|datum|fecha|data|"
    rf"to|an|à|a|para|aan|till|til|cc|{_SUBJECT})\*?\s*[:：]\s*\S",
    re.IGNORECASE,
)
_SUBJECT_LINE = re.compile(rf"^\s*\*?(?:{_SUBJECT})\*?\s*[:：]", re.IGNORECASE)
_LABEL = re.compile(r"^\s*\*?[^\W\d_][\w .'’-]{0,28}\*?\s*[:：]\s*\S")
_BLOCK = 6
"""Lines in which the header lines of a quoted mail stand."""


def is_begin_of_quote(lines: Sequence[str], at: int) -> bool:
    """Whether a quoted mail begins with this line."""
    line = lines[at][:_LONGEST]
    if _SEPARATOR.match(line) or attribution(lines, at):
        return True
    if _RULE.match(line):
        return is_head(lines, at + 1)
    return _HEAD_LINE.match(line) is not None and is_head(lines, at)


def attribution(lines: Sequence[str], at: int) -> int:
    """Of how many lines the attribution that begins here is, at most three; 0: none does."""
    for count in (1, 2, 3):
        part = [line.strip() for line in lines[at : at + count]]
        if len(part) < count or not all(part):
            return 0
        if not _is_attribution(" ".join(part), is_quoted=is_quoted_below(lines, at + count - 1)):
            continue
        if count == 1 or (_START.match(part[0]) and not _is_complete(" ".join(part[1:])) and not _is_complete(part[-1])):
            return count
    return 0


def is_quoted_below(lines: Sequence[str], at: int) -> bool:
    """Whether the quoted mail is marked line by line, so that what follows unmarked is an answer."""
    following = next((line for line in lines[at + 1 : at + 4] if line.strip()), "")
    return following.lstrip().startswith(">")


def is_head(lines: Sequence[str], at: int) -> bool:
    """Whether header lines of a quoted mail begin here: three of the next six lines, with a subject or an address."""
    block = _block(lines, at)
    is_told = any(_SUBJECT_LINE.match(line) or _MAILBOX.search(line) for line in block)
    return is_told and _are_labelled(block, _HEAD_LINE)


def is_foreign_head(lines: Sequence[str], at: int) -> bool:
    """Whether three lines `label: value` begin here, of which the first two are an address and a date: header lines of any language."""
    block = _block(lines, at)
    first = block[:2]
    is_told = any(_MAILBOX.search(line) for line in first) and any(_DATE.search(line) and not _MAILBOX.search(line) for line in first)
    return is_told and _are_labelled(block, _LABEL)


def _are_labelled(block: list[str], label: re.Pattern[str]) -> bool:
    """Whether the first line is, and two more."""
    return bool(block) and label.match(block[0]) is not None and sum(label.match(line) is not None for line in block) >= 3  # noqa: PLR2004


def _block(lines: Sequence[str], at: int) -> list[str]:
    return [line[:_LONGEST] for line in lines[at : at + 2 * _BLOCK] if line.strip()][:_BLOCK]


def _is_attribution(line: str, *, is_quoted: bool) -> bool:
    """Without a date and an address it may be anyone's sentence, and without a known word any line, unless marked lines follow."""
    plain = _without_dashes(line[:_LONGEST])
    if len(line) > _LONGEST or not plain.endswith((":", "：")):
        return False
    if _is_complete(plain):
        return True
    if _WROTE.search(plain):
        has_mailbox = "@" in plain
        return (has_mailbox or _START.match(plain) is not None) and (has_mailbox or is_quoted)
    return is_quoted and (_ADDRESS_END.search(plain) is not None or _names_writer(plain))


def _is_complete(line: str) -> bool:
    """Whether the line names a date and who wrote then; a sentence in the first person does not."""
    plain = _without_dashes(line)
    if not plain.endswith((":", "：")) or not _DATE.search(plain) or not _VERB.search(plain):
        return False
    return _MAILBOX.search(plain) is not None or _names_writer(plain)


def _names_writer(plain: str) -> bool:
    is_begun = _BEGINS_WITH_DATE.match(plain) or (_START.match(plain) and _WROTE.search(plain))
    return is_begun is not None and _VERB.search(plain) is not None and not _FIRST_PERSON.search(plain)


def _without_dashes(line: str) -> str:
    """`---- On 7 December Rosa wrote ----` as another program writes it."""
    found = _DASHES.match(line)
    return f"{found[1]}:" if found and _WROTE.search(found[1]) else line
