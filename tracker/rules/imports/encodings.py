"""The encoding of an imported file: a guess, which people see with a sample and can change. Pure.

Files without a mark are compared as each encoding would read them: letters of names in place of signs inside words, and the endings
of the addresses in the file. A column of names is too short for statistics of languages.
"""

import re
import unicodedata
from collections import Counter

from tracker.base.errors import Invalid

NAMES = {
    "utf-8": "Unicode (UTF-8)",
    "utf-16-le": "Unicode (UTF-16)",
    "utf-16-be": "Unicode (UTF-16, big-endian)",
    "cp1252": "Western European (Windows-1252)",
    "mac_roman": "Western European (Mac)",
    "cp850": "Western European (DOS)",
    "cp1250": "Central European (Windows-1250)",
    "iso8859_2": "Central European (ISO 8859-2)",
    "cp1251": "Cyrillic (Windows-1251)",
    "koi8_r": "Cyrillic (KOI8-R)",
    "cp1253": "Greek (Windows-1253)",
    "cp1254": "Turkish (Windows-1254)",
    "shift_jis": "Japanese (Shift JIS)",
    "gb18030": "Chinese (GB 18030)",
    "euc_kr": "Korean (EUC-KR)",
}
"""The encodings that can be chosen, with the words for people."""
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_HOME = {
    "cp1250": "pl cz sk hu si hr ro ba al",
    "iso8859_2": "pl cz sk hu si hr ro",
    "cp1251": "ru bg ua by kz rs mk",
    "koi8_r": "ru",
    "cp1253": "gr cy",
    "cp1254": "tr",
    "shift_jis": "jp",
    "gb18030": "cn",
    "euc_kr": "kr",
}
"""The countries whose addresses speak for an encoding."""
_COMMON = frozenset("äöüßéèêëàâáçñíóúùûôîïõãòìæœøåÄÖÜÉÅØÇÑ")
_SCRIPTS = {"cp1251": "CYRILLIC", "koi8_r": "CYRILLIC", "cp1253": "GREEK", "shift_jis": "", "gb18030": "", "euc_kr": "HANGUL"}
_DOUBLE = frozenset({"shift_jis", "gb18030", "euc_kr"})
_SAMPLE = 200_000
_LAST_ASCII = 0x7F
_ENDING = re.compile(rb"@[\w.-]+\.([a-z]{2})\b", re.IGNORECASE)


def guess(data: bytes) -> str:
    """The most likely encoding, a key of NAMES."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    head = data[:4000]
    if len(head) > 1 and head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if len(head) > 1 and head[0::2].count(0) > len(head) // 4:
        return "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "utf-8" if _is_mostly_utf8(data) else _best(data)
    return "utf-8"


def decoded(data: bytes, encoding: str) -> str:
    """The text of the file. Bytes that are no UTF-8 in a file of UTF-8 are read as Windows-1252. Raises Invalid (`file`)."""
    if encoding not in NAMES:
        raise Invalid("encoding", f"must be one of {', '.join(NAMES)}")
    for mark, marked in _MARKS:
        if data.startswith(mark) and marked == encoding:
            data = data[len(mark) :]
    try:
        text = data.decode(encoding, "strict" if encoding.startswith("utf") else "replace")
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise Invalid("file", "has invalid text; export it again as CSV (UTF-8)") from None
        text = mended(data)
    return text


def mended(data: bytes) -> str:
    """The text of a file of UTF-8 with some bytes of Windows-1252."""
    parts, rest = [], data
    while rest:
        try:
            parts.append(rest.decode("utf-8"))
            break
        except UnicodeDecodeError as error:
            parts.append(rest[: error.start].decode("utf-8"))
            parts.append(rest[error.start : error.end].decode("cp1252", "replace"))
            rest = rest[error.end :]
    return "".join(parts)


def sample(text: str, *, longest: int = 8) -> list[str]:
    """Words with letters that depend on the encoding, as they would be imported."""
    found: dict[str, None] = {}
    for match in re.finditer(r"[\w@.+-]*[^\x00-\x7f][^\s,;|\"\t]*", text[:_SAMPLE]):
        found.setdefault(match[0][:40], None)
        if len(found) == longest:
            break
    return list(found)


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether most bytes beyond ASCII are well-formed UTF-8: some lines were added by another program."""
    part = data[:_SAMPLE]
    high = sum(byte > _LAST_ASCII for byte in part)
    wrong = part.decode("utf-8", "replace").count("�")
    return wrong * 3 < high


def _best(data: bytes) -> str:
    lines = [line for line in re.split(rb"[\r\n]+", data[:_SAMPLE]) if any(byte > _LAST_ASCII for byte in line)][:400]
    endings = Counter(found.lower().decode() for found in _ENDING.findall(data[:_SAMPLE]))
    part = b"\n".join(lines)
    candidates = [name for name in NAMES if not name.startswith("utf")]
    return max(candidates, key=lambda name: _score(part, name, endings))


def _score(data: bytes, encoding: str, endings: Counter[str]) -> float:
    """How well an encoding reads the file: the average of its letters, and a premium for the countries of its addresses."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding in _DOUBLE or error.end - error.start > 1:
            return -10
        text = data.decode(encoding, "replace")
    letters = [_letter(text, at, encoding) for at, c in enumerate(text) if ord(c) > _LAST_ASCII]
    mean = sum(letters) / max(1, len(letters))
    home = sum(count for ending, count in endings.items() if ending in _HOME.get(encoding, "").split())
    base = 0.05 if encoding == "cp1252" else 0.0
    return mean + base + 0.6 * home / max(1, sum(endings.values()))


def _letter(text: str, at: int, encoding: str) -> float:
    """How likely the letter is where it stands: from -2 to 1."""
    c = text[at]
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if c == "�" or unicodedata.category(c) in ("Cc", "Co", "Cn"):
        return -2
    if not c.isalpha():
        return -1.5 if before.isalpha() and after.isalpha() else 0
    script = _SCRIPTS.get(encoding)
    if script is not None:
        return _foreign_letter(c, before, after, script)
    if c.isupper() and (before.islower() or (before.isalpha() and after.islower())):
        return -1
    if c in _COMMON:
        return 1 if encoding != "cp1254" else 0.9
    return 0.45 if _is_latin(c) and encoding in ("cp1250", "iso8859_2", "cp1254") else 0.3 if _is_latin(c) else -0.5


def _foreign_letter(c: str, before: str, after: str, script: str) -> float:
    name = unicodedata.name(c, "")
    if script:
        if not name.startswith(script) or (c.isupper() and before.islower()):
            return -1.5
        mixed = any(n.isalpha() and n.isascii() for n in (before, after))
        return -1 if mixed else 1.0
    if name.startswith(("HIRAGANA", "KATAKANA")):
        return 1.1
    if not name.startswith("CJK"):
        return -1.5
    mixed = any(n.isalpha() and n.isascii() for n in (before, after))
    return -1 if mixed else 0.6


def _is_latin(c: str) -> bool:
    return unicodedata.name(c, "").startswith("LATIN")


def double_encoded(cell: str) -> str:
    """The cell as it was before it was written as UTF-8 twice (`MÃ¼ller`); unchanged if it was not."""
    if "Ã" not in cell and "â€" not in cell and "Å" not in cell and "Ä" not in cell and "Ð" not in cell:
        return cell
    try:
        found = cell.encode("cp1252").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return cell
    return found if len(found) < len(cell) else cell
