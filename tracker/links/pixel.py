"""The pixel: an image at the end of a message, which reports that it was opened. Called by actions.mail."""

import re

from tracker.links.html_tokens import encode_value
from tracker.links.placement import places

CLIPPED_FROM = 95_000
"""Bytes. Gmail shows the first 102 kB of a message, so that a longer one has a pixel at its top too."""

_LOOK = "display:block;float:left;width:1px;height:1px;border:0;padding:0;margin:{} -1px 0 0"
"""A float changes neither lines nor margins; with negative margins it has no size for its surroundings."""
_FIRM = ";width:1px!important;height:1px!important;max-width:1px!important"
"""Added where the message has `!important` rules, such as `img{width:100%!important}` for phones."""
_APART = ";position:absolute;top:0;left:0"
"""Added where the body may be a flexible box or a grid, in which any child takes a place, or as high as the window, which hides the margin
of its last paragraph until a float follows. Programs that take this away show a float."""
_ARRANGED = re.compile(r"flex|grid|height\s*[:=]\s*[\"']?\s*100|writing-mode", re.IGNORECASE)


def insert_pixel(html: str, url: str) -> str | None:
    """The HTML with the pixel at the end of its body, and at the top too if it is long. Both count as one open.

    None where no place is certain: the HTML is cut off inside a tag, a comment or a style, has frames, or is plain text.
    """
    found = places(html)
    if found.end is None:
        return None
    end, is_long = found.end, len(html.encode("utf-8", "surrogatepass")) > CLIPPED_FROM
    top = found.top if is_long and found.top is not None and found.top < end else None
    more = (_APART if _ARRANGED.search(html) else "") + (_FIRM if "important" in html else "")
    first = "" if top is None else _image(url, _LOOK.format("0") + more)
    return f"{html[: top or 0]}{first}{html[top or 0 : end]}{_image(url, _LOOK.format('-1px') + more)}{html[end:]}"


def _image(url: str, style: str) -> str:
    return f'<img src={encode_value(url)} width="1" height="1" alt="" style="{style}">'
