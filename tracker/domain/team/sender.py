"""How a rep's email is signed: name, address, reply address and signature. Part of the rep."""

import msgspec


class SenderProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Empty fields mean the rep's own name and address, no Reply-To and no signature."""

    name: str = ""
    address: str = ""
    reply_to: str = ""
    signature: str = ""
    """Sanitised HTML that the console adds below a message."""
