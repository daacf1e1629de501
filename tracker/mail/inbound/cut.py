"""What a person wrote in a reply: without the quoted mail and the signature. Reads each line once, so that no text takes long."""

import re
from enum import Enum

LONGEST = 20_000
"""Characters of a reply that are kept."""
_MOST_LINES = 2000
_WROTE = re.compile(
    r"(?:wrote|writes|schrieb|geschrieben|a écrit|a ecrit|écrit|escribió|escribio|escreveu|ha scritto|scrisse|schreef|skrev|napsal\w*|napisał\w*(?:\(a\))?|"
    r"kirjoitti|írta|yazdı|пишет|написал\w*|写道|寫道|のメール|님이 작성)\s*[:：]?\s*$",
    re.IGNORECASE,
)
_WROTE_START = re.compile(
    r"^(?:on|am|le|el|em|il|op|den|dne|w dniu|в|at|vào|2?0?\d\d|\d{1,2}|mon|tue|wed|thu|fri|sat|sun|von|from|da|de)\b", re.IGNORECASE
)
_ADDRESS_END = re.compile(r"\d.{0,200}<[^<>\s]{1,200}@[^<>\s]{1,200}>\s*[:：]$")
_SCHRIEB_START = re.compile(
    r"^(?:am|on|le|op|den|el|il) .{4,300}(?:schrieb|wrote|écrit|schreef|skrev|escribió|scritto)\b.{0,200}:\s*$", re.IGNORECASE
)
_SEPARATOR = re.compile(
    r"^\s*[-_=*]{2,}\s*(?:original (?:message|appointment)|forwarded message|ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht|"
    r"message d'origine|message original|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht|"
    r"ursprungligt meddelande|oprindelig meddelelse|original-nachricht|исходное сообщение|původní zpráva|wiadomość oryginalna|"
    r"reply above|antwort oberhalb).{0,80}$|^\s*(?:begin forwarded message|anfang der weitergeleiteten).{0,40}$",
    re.IGNORECASE,
)
_RULE = re.compile(r"^\s*[_─-]{20,}\s*$")
_HEAD_LINE = re.compile(
    r"^\s*\*?(?:from|von|de|da|van|från|fra|od|от|отправитель|kimden|差出人|发件人|寄件者|보낸 사람|sent|gesendet|envoyé|enviado|inviato|verzonden|"
    r"skickat|wysłano|odesláno|lähetetty|sendt|elküldve|gönderildi|отправлено|дата|发送时间|发送日期|寄件日期|日期|送信日時|日時|보낸 날짜|"
    r"lähettäjä|feladó|gönderen|收件人|收件者|宛先|받는 사람|кому|komu|kime|címzett|vastaanottaja|do|主题|主旨|件名|제목|тема|temat|předmět|aihe|"
    r"tárgy|konu|date|datum|fecha|data|to|an|à|para|aan|till|til|subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne)\*?\s*[:：]\s*\S",
    re.IGNORECASE,
)
_SENT_FROM = re.compile(
    r"^\s*(?:sent from my |sent from outlook|get outlook for|von meinem .{1,40} gesendet|gesendet (?:mit|von) |envoyé de(?:puis)? mon |enviado desde |"
    r"enviado do meu |inviato da |verzonden vanaf mijn |skickat från min |wysłane z |отправлено с )",
    re.IGNORECASE,
)


def cut(text: str) -> str:
    """The reply's own text; with answers between quoted lines, all of these answers. Empty where nothing was written."""
    return split(text)[0]


def split(text: str) -> tuple[str, str]:
    """The reply's own text as of `cut`, and all that stands below from the first line that was cut off."""
    lines = text.split("\n")[:_MOST_LINES]
    kept: list[str] = []
    first = len(lines)
    for at, line in enumerate(lines):
        part = _part_of(lines, at)
        if part is _Line.OWN:
            kept.append(line.rstrip())
        else:
            first = min(first, at)
        if part is _Line.END:
            break
    return _tidy(kept), _tidy(lines[first:])


class _Line(Enum):
    """What a line belongs to."""

    OWN = 1
    QUOTE = 2
    """Own text may follow."""
    END = 3
    """Nothing of the sender follows."""


def _part_of(lines: list[str], at: int) -> _Line:
    line, plain = lines[at], lines[at].strip()
    if plain.startswith(">"):
        return _Line.QUOTE
    if _is_begin_of_quote(lines, at):
        has_more = any(answer.strip() and not answer.lstrip().startswith(">") for answer in lines[at + 1 :])
        return _Line.QUOTE if has_more and _is_quoted_below(lines, at) else _Line.END
    if line.rstrip("\r") in ("-- ", "--") or _SENT_FROM.match(plain):
        return _Line.END
    return _Line.QUOTE if _is_attribution_before(lines, at) else _Line.OWN


def has_quote(text: str) -> bool:
    """Whether it quotes a mail."""
    lines = text.split("\n")[:_MOST_LINES]
    return any(line.lstrip().startswith(">") or _is_begin_of_quote(lines, at) for at, line in enumerate(lines))


def _is_begin_of_quote(lines: list[str], at: int) -> bool:
    line = lines[at][:400]
    if _SEPARATOR.match(line) or _is_attribution(lines, at) or (_SCHRIEB_START.match(line.strip()) and _is_dated(lines, at)):
        return True
    if _RULE.match(line):
        return _heads(lines, at + 1)
    return _HEAD_LINE.match(line) is not None and _heads(lines, at)


def _is_attribution(lines: list[str], at: int) -> bool:
    """`On 7 December, Rosa wrote:` on one line, or the last line of a longer one.

    Without a number and an address it may be anyone's sentence, and without a known word any line, unless marked lines follow.
    """
    plain = lines[at][:400].strip()
    if not plain.endswith((":", "：", ">")):
        return False
    if _WROTE.search(plain):
        is_begun = "@" in plain or _WROTE_START.match(plain) is not None
        return (is_begun and _is_dated(lines, at)) or (at > 0 and _is_attribution_before(lines, at - 1))
    return _ADDRESS_END.search(plain) is not None and _is_quoted_below(lines, at)


def _is_dated(lines: list[str], at: int) -> bool:
    """Whether the line has a number or an address, or marked lines follow: else it may be anyone's sentence."""
    plain = lines[at][:400]
    return "@" in plain or any(c.isdigit() for c in plain) or _is_quoted_below(lines, at)


def _is_attribution_before(lines: list[str], at: int) -> bool:
    """Whether the line is the first of an attribution that ends with the next one or two."""
    plain = lines[at].strip()[:400]
    if not _WROTE_START.match(plain) or len(plain) > 200 or not any(c.isdigit() for c in plain):  # noqa: PLR2004 - a line
        return False
    following = [line.strip()[:200] for line in lines[at + 1 : at + 3]]
    return any(_WROTE.search(line) and line.endswith((":", "：")) and line for line in following)


def _is_quoted_below(lines: list[str], at: int) -> bool:
    """Whether the quoted mail is marked line by line, so that what follows unmarked is an answer."""
    following = next((line for line in lines[at + 1 : at + 4] if line.strip()), "")
    return following.lstrip().startswith(">")


def _heads(lines: list[str], at: int) -> bool:
    """Whether a block of header lines of a quoted mail begins here: three of the next six lines."""
    return sum(_HEAD_LINE.match(line[:400]) is not None for line in lines[at : at + 6]) >= 3  # noqa: PLR2004 - From, date, subject


def _tidy(lines: list[str]) -> str:
    text = "\n".join(lines).strip()
    text = "".join(c for c in text if c in "\n\t" or c.isprintable())
    return re.sub(r"\n{3,}", "\n\n", text).encode("utf-8", "replace").decode("utf-8")[:LONGEST].strip()
