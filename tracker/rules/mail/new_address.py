"""The new address of a lead, as an answer or a returned email names it. Pure; what is found is a proposal for a person, never used by itself."""

import re

from tracker.base.mail_addresses import address_key, mailbox_key

_ADDRESS = re.compile(r"(?<![\w.+'&@-])[\w][\w.+'&-]{0,63}@(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{0,62}(?![\w@])")
_CHANGED = re.compile(
    # English
    r"\bnew (?:e-?mail|mail|contact)?[ -]?(?:address|id)\b|\bnew e-?mail\b|\baddress (?:has |was |is )?(?:been )?(?:changed|changing|moved)|"
    r"\bchanged (?:my|our|to a new) e-?mail|\bmy e-?mail (?:address )?(?:is now|has changed)|\bi(?:['’]m| am| have|['’]ve)? (?:now )?moved to\b|"
    r"\b(?:reach|contact|e-?mail|write to|write) me (?:now |instead |from now on )?(?:at|on|under|via)\b|\bi can (?:now )?be reached (?:at|on|under|via)\b|"
    r"\bupdate (?:your|my) (?:records|contacts?|address)|\bplease (?:now )?use\b|"
    # German
    r"\bneue[nrs]? (?:e-?mail|mail|kontakt)?-?\s?adresse|\bneue[nrs]? e-?mail\b|\badresse (?:hat sich geändert|lautet|ist (?:jetzt|nun|ab))|"
    r"\bbitte (?:nutzen|verwenden|benutzen) sie\b|\berreichen sie mich|\berreichst du mich|\bbin ich (?:jetzt|nun|künftig|ab sofort) (?:unter|erreichbar)|"
    # French
    r"\bveuillez (?:désormais )?utiliser|\bnouvelle adresse|\badresse (?:e-?mail |mail |électronique )?(?:a changé|change\b)|\bme (?:joindre|contacter)\b|\bm['’]écrire\b|"
    # Spanish, Italian, Portuguese
    r"\bnuev[ao] (?:dirección|correo|e-?mail)|\b(?:dirección|correo) (?:ha cambiado|cambió)|\bescr[ií]bame|\bcontactarme|"
    r"\bnuov[ao] (?:indirizzo|e-?mail|mail)|\bindirizzo (?:è|e'|e) (?:stato )?cambiato|\bscriver?mi\b|\bcontattar?mi\b|"
    r"\bnovo (?:endereço|e-?mail|correio)|\bendereço (?:mudou|foi alterado)|\bescreva-me|\bcontacta?r-me|"
    # Dutch
    r"\bnieuwe? (?:e-?mail|mail)?-?\s?adres|\badres is (?:gewijzigd|veranderd)|\bbereik(?:t|en) (?:u )?mij",
    re.IGNORECASE,
)
_MOVED = re.compile(
    r"\bplease try|\b(?:has|user) moved|\bmoved to\b|\bnew address|\bnow (?:at|is)\b|\bforward(?:ed|ing)? to\b|\buse instead\b|\buser not local",
    re.IGNORECASE,
)
"""How mail servers name it (RFC 5321: 251, 551)."""
_SOMEONE_ELSE = re.compile(
    r"\b(?:colleague|co-?worker|successor|assistant|replacement|team|kolleg|nachfolg|vertret|collègue|successeur|assistante?|compañer|coleg|sucesor|"
    r"collega|successore|sucessor|opvolger|support|helpdesk)",
    re.IGNORECASE,
)
_REACH = 160
"""Characters after such words in which the address begins."""
_BEFORE = 60
"""Characters before them in which words for someone else make it no address of the lead."""
_LONGEST = 5_000
_NOT_A_PERSON = re.compile(r"^(?:no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?)\b", re.IGNORECASE)
_ROLE = re.compile(
    r"^(?:support|help|helpdesk|service|sales|vertrieb|info|office|team|hr|jobs|contact|kontakt|hello|admin)@", re.IGNORECASE
)
"""Addresses that a lead names for others; an answer may come from one."""


def address_named(text: str, known: str) -> str:
    """The one address that a person or an auto-responder names as the new one; empty for none or several. `known`: the lead's address."""
    return _one_after(_CHANGED, text, known)


def address_moved_to(reason: str, known: str) -> str:
    """The one address that the words of a mail server name; empty for none or several."""
    return _one_after(_MOVED, reason, known)


def is_usable(address: str, known: str) -> bool:
    """Whether it is an address of a person, and another one than the known one."""
    return bool(address_key(address)) and mailbox_key(address) != mailbox_key(known) and not _NOT_A_PERSON.match(address)


def _one_after(words: re.Pattern[str], text: str, known: str) -> str:
    found: dict[str, str] = {}
    for match in words.finditer(text[:_LONGEST]):
        near = text[match.start() : match.end() + _REACH + 254]
        address = next((one for one in _ADDRESS.finditer(near) if one.start() <= match.end() - match.start() + _REACH), None)
        if address is None:
            continue
        around = text[max(0, match.start() - _BEFORE) : match.start() + address.start()]
        if is_usable(address[0], known) and not _ROLE.match(address[0]) and not _SOMEONE_ELSE.search(around):
            found[mailbox_key(address[0])] = address[0]
    return next(iter(found.values())) if len(found) == 1 else ""
