"""Signs of a robot that need no list: how an agent is built. Used by tracker.rules.verdicts.user_agents.robots.

Each sign is conservative: browsers inside apps, televisions and old telephones do not show it.
"""

from tracker.rules.verdicts.user_agents.pattern_set import PatternSet, pattern

_NAMED = (
    ("carries_url", r"https?:/|\bwww\.|https?%3a"),
    ("carries_mail_address", r"[\w.+-]+(?:@| at | \[at\] |\(at\))[\w-]+(?:\.| dot |\(dot\))[a-z]{2,}"),
    ("names_itself_robot", r"(?:bot|crawler|spider|scraper|fetcher|scanner|indexer|validator|checker)(?:[^a-z]|$)"),
    ("program_text", r"\$\{|<[a-z!/?]|\?=|\{\{|\bselect .{1,60} from\b|\bunion select\b|/etc/passwd"),
    ("placeholder", r"^(?:user-?agent|mozilla|browser|chrome|firefox|test|null|none|undefined|unknown|-|\(null\))\b[:]?\s*$"),
    ("header_in_value", r"^['\"]?user-agent\s*:"),
    ("template", r"\((?:platform|system|os)[;)]|geckoversion|firefoxversion"),
    ("site_name", r"(?:^|[ (;])[a-z][\w-]{2,}\.(?:io|ai|dev|org)(?:[/ ;)]|$)"),
)
"""Name and expression, searched in this order. Only these count for televisions and old telephones."""
_NAMED_SET = PatternSet(expression for _, expression in _NAMED)

_COMPATIBLE = pattern(r"compatible; *([^;()/ ]+)")
_COMPATIBLE_BROWSERS = frozenset(
    {
        "amigavoyager", "dillo", "googletv", "ibrowse", "icab", "konqueror", "lotus-notes", "msie", "ncbrowser", "netfront", "netpositive",
        "offbyone", "omniweb", "opera", "openweb", "pocketie", "polaris", "qnx", "webtv", "windows", "linux", "u", "macintosh", "x11",
        "palmos", "symbianos", "avantgo", "netcaptor", "voyager", "servo", "maxthon",
    }
)  # fmt: skip
"""Browsers that name themselves behind the word *compatible*."""

_BROWSER_START = pattern(
    r"^\W{0,3}(?:mozilla/?\d|mozilla \(|opera[ /]|applewebkit/|dalvik/|ucweb|juc ?\(|lynx|e?links|w3m|dillo|icab|ibrowse|netsurf|nook|"
    r"konqueror|amaya|amiga|arora|midori|epiphany|galeon|uzbl|surf/|netpositive|omniweb|avant|hotjava|cyberdog|nokia|sam-?sung|sonyericsson|"
    r"sie-|lg[-/e]|mot-|motorola|blackberry|htc[-_ /]|huawei|zte|alcatel|sagem|sanyo|sharp|sec-|sgh-|docomo|kddi|softbank|j-phone|vodafone|"
    r"up\.browser|portalmmm|palm|philips|panasonic|benq|bird|haier|lenovo|spice|micromax|karbonn|lava|ktouch|k-touch|tcl|oppo|xiaomi|"
    r"android|iphone|ipad|safari/|instagram|fban|\[fb|facebook|line/|snapchat/|pinterest/|gsa/|duckduckgo/\d|brave/|vivaldi/|"
    r"micromessenger|kakaotalk|bytedance|tiktok|musical_ly|linkedin/|\[linkedin)",
)
_DEVICE = pattern(
    r"android|iphone|ipad|ipod|windows|macintosh|mac os|mac_powerpc|x11|\bcros\b|cfnetwork|darwin/|midp|cldc|profile/|browser|"
    r"webkit|gecko|presto|\btv\b|hbbtv|smart-?tv|wap|maui|brew|netfront|symbian|bada|tizen|playstation|nintendo|xbox|applecoremedia|"
    r"mosaic|kreatv|risc os|os/2|beos|netbsd|freebsd|ucweb|opera",
)
_ONLY_COMMENT = pattern(r"^mozilla/\d\.\d+ ?\(([^()]*)\)?\W*$")
_PLATFORM = pattern(
    r"msie|trident|konqueror|windows|win(?:9|n|3|16|32)|macintosh|mac_|x11|linux|android|iphone|ipad|symbian|palm|blackberry|nokia|samsung|"
    r"playstation|nintendo|webtv|amiga|beos|risc os|qnx|os/2|icab|dillo|omniweb|opera|smart-?tv|maple|gecko|rv:",
)


def general_sign(text: str) -> str:
    """The name of the sign that an agent shows; empty if it shows none."""
    named = named_sign(text)
    if named:
        return named
    compatible = _COMPATIBLE.search(text)
    if compatible and compatible.group(1).lower() not in _COMPATIBLE_BROWSERS:
        return "compatible_name"
    comment = _ONLY_COMMENT.search(text)
    if comment and not _PLATFORM.search(comment.group(1)):
        return "no_platform"
    if not _BROWSER_START.search(text) and not _DEVICE.search(text):
        return "no_browser"
    return ""


def named_sign(text: str) -> str:
    """The name of a sign that counts for every device; empty if there is none."""
    index = _NAMED_SET.first(text)
    return "" if index is None else _NAMED[index][0]
