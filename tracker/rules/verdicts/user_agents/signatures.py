"""Agents that name a mail provider, a mail program, an Office component or a link previewer, as one ordered table.

Signatures are documented by the vendors or were observed in public reports (autumn 2026). Order matters: public robot lists contain the
image proxies and several mail programs, although a person looked. The first signature that matches decides.
"""

from typing import NamedTuple

from tracker.rules.verdicts.user_agents.agent import AgentKind


class Signature(NamedTuple):
    """One named agent. `pattern` is an RE2 expression, searched without regard to case."""

    name: str
    kind: AgentKind
    pattern: str


_PROXY, _PREFETCH, _OFFICE = AgentKind.IMAGE_PROXY, AgentKind.PREFETCH, AgentKind.OFFICE
_MAIL, _PREVIEW = AgentKind.MAIL_PROGRAM, AgentKind.PREVIEWER

SIGNATURES = (
    # Mail providers. Gmail and Yahoo fetch when a person opens; the others load ahead.
    Signature("gmail_image_proxy", _PROXY, r"googleimageproxy"),
    Signature("yahoo_image_proxy", _PROXY, r"yahoomailproxy"),
    Signature("apple_privacy_proxy", _PREFETCH, r"^mozilla/5\.0$"),
    Signature("gmail_prefetch", _PREFETCH, r"edge/12\.246 mozilla/5\.0$"),
    # Office components that look up links. OneOutlook is the new Outlook for Windows.
    Signature("office_discovery", _OFFICE, r"microsoft office (?:existence|protocol) discovery|office existence discovery"),
    Signature("office_webdav", _OFFICE, r"microsoft-webdav|dav-miniredir|data access internet publishing provider"),
    Signature("one_outlook", _OFFICE, r"oneoutlook"),
    # Mail programs.
    Signature("outlook", _MAIL, r"microsoft outlook|macoutlook|outlook-(?:ios|android)|outlook-express|hxoutlook|hxmail|hxtsr"),
    Signature("windows_mail", _MAIL, r"windows[- ]live[- ]mail|windows mail|mswinmail"),
    Signature("thunderbird", _MAIL, r"thunderbird|betterbird|icedove|k-9 mail"),
    Signature("apple_mail", _MAIL, r"applemail|apple mail|^mail/\d|mobilemail/|maild/"),
    Signature("gmail_app", _MAIL, r"^gmail/|googlemail/"),
    Signature("yahoo_mail_app", _MAIL, r"yahoomobile(?:mail)?/|yahoo mail/"),
    Signature(
        "mail_program",
        _MAIL,
        r"airmail|\bevolution/|postbox|em ?client/|mailbird|lotus[- ]notes|hcl notes|\bthe bat!|foxmail|mailspring|mailmate|\bkmail|"
        r"sparrow/|barca(?:pro)?/|eudora(?:/| \d)|claws.mail|sylpheed|geary/|readdle|sparkmail|bluemail|canary ?mail|edison ?mail|\bnewton/|"
        r"zimbra desktop|\bgnus/|\bmutt/|mailmaster|samsung ?email|protonmail|tutanota|polymail|superhuman|mimestream|aquamail|fairemail",
    ),
    Signature("office", _OFFICE, r"ms-?office|microsoft office|msoffice|office365|microsoft (?:word|excel|powerpoint)/?"),
    # Link previews of chats and social networks.
    Signature("slack_preview", _PREVIEW, r"slackbot|slack-imgproxy"),
    Signature("microsoft_preview", _PREVIEW, r"skypeuripreview|microsoftpreview|bingpreview|teamsbot|msteams-linkunfurl"),
    Signature("discord_preview", _PREVIEW, r"discordbot"),
    Signature("telegram_preview", _PREVIEW, r"telegrambot"),
    Signature("whatsapp_preview", _PREVIEW, r"^whatsapp(?:/|$)"),
    Signature("viber_preview", _PREVIEW, r"^viber(?:/|$)|viberurldownloader"),
    Signature("linkedin_preview", _PREVIEW, r"linkedinbot"),
    Signature("x_preview", _PREVIEW, r"twitterbot"),
    Signature("facebook_preview", _PREVIEW, r"facebookexternalhit|facebookcatalog|facebot|meta-external(?:fetcher|hit)|cortex/1\.0"),
    Signature("apple_preview", _PREVIEW, r"^applebot/|lpmetadataprovider|com\.apple\.webkit\.linkpresentation"),
    Signature("google_preview", _PREVIEW, r"google-pagerenderer|google web preview|googlemessages|google-read-aloud|googlechat"),
    Signature("zoom_preview", _PREVIEW, r"\bzoom(?:bot|-?unfurl|chat|\.us)|zoommarketplace|zoom marketplace|zoom-link-preview"),
    Signature("unfurl_service", _PREVIEW, r"embedly|iframely|microlink|opengraph\.io|linkpreview|link-preview|unfurl"),
    Signature(
        "workplace_preview",
        _PREVIEW,
        r"notionbot|notionembedder|mattermost-bot|rocket\.chat bot|frontappbot|^(?:notion|asana|trello|atlassian|jira|confluence|mattermost|"
        r"rocket\.?chat|synapse|zulip(?:urlpreview)?|basecamp|intercom|clickup|monday\.com|airtable|figma|miro|quip|google-?docs)\b",
    ),
    Signature(
        "social_preview",
        _PREVIEW,
        r"^pinterest/0|pinterestbot|redditbot|^tumblr/\d|vkshare|cardyb|^(?:bluesky|mastodon|misskey|pleroma|akkoma|signal|wire|viber)\b|"
        r"http\.rb/.{1,40}mastodon|threads-?bot|kakaotalk-scrap|line-?poker|linespider|snap url preview|flipboardproxy|nextcloud server",
    ),
    # Assistants that fetch a page because a person asked for it.
    Signature(
        "assistant",
        _PREVIEW,
        r"chatgpt-user|claude-user|claude-web|perplexity-user|mistralai-user|duckassistbot|cohere-ai|gemini-deep-research|notebooklm|amzn-user|"
        r"manus-user|kagi-?(?:fetcher|assistant)|youbot|microsoft-?copilot|copilotbot|grok(?:bot|-user)|\b[a-z]+-user/\d",
    ),
)
"""Searched in this order."""

STRIPPED_WEBKIT = r"^mozilla/5\.0 \((?:macintosh|iphone|ipad|ipod|windows nt|x11|linux)[^()/]*\) applewebkit/[\d.]+ \(khtml, like gecko\)$"
"""The agent of Apple Mail on a Mac: nothing behind the engine."""
