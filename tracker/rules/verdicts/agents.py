"""Known user agents: image proxies of mail providers, prefetchers, mail programs, robots.

Signatures as documented by the vendors or observed in public reports, verified in autumn 2026. Order matters: public robot
lists contain the image proxies of Gmail and Yahoo, although a person opened the email; so proxies are recognised first.
"""

IMAGE_PROXIES = (
    ("googleimageproxy", "gmail_image_proxy"),
    ("yahoomailproxy", "yahoo_image_proxy"),
)
"""Part of the agent (lower case), name. A person opened the email; the proxy hides device and place."""

PREFETCH_ENDING = "edge/12.246 mozilla/5.0"
"""How Gmail's delivery-time fetch ends; no browser does."""

BARE = "mozilla/5.0"
"""The whole agent of Apple's privacy proxy when it loads pictures in advance."""

MAIL_PROGRAMS = ("microsoft outlook", "outlook-ios", "outlook-android", "macoutlook", "thunderbird", "applemail", "airmail", "evolution/")
"""Mail programs of people; some robot lists contain them wrongly."""

OFFICE_PROBES = ("microsoft office existence discovery", "microsoft office protocol discovery", "microsoft-webdav", "ms-office; msoffice")
"""Requests of Office programs that test whether a link exists."""

PREVIEWERS = (
    "slackbot",
    "slack-imgproxy",
    "discordbot",
    "telegrambot",
    "whatsapp/",
    "linkedinbot",
    "twitterbot",
    "facebookexternalhit",
    "facebot",
    "skypeuripreview",
    "google-inspectiontool",
    "applebot",
    "bingpreview",
)
"""Link previews: the link was pasted into a chat or a post."""

ROBOTS = (
    "bot",
    "spider",
    "crawl",
    "curl/",
    "wget/",
    "python-",
    "python/",
    "aiohttp",
    "httpx",
    "go-http-client",
    "okhttp",
    "java/",
    "apache-httpclient",
    "libwww",
    "lwp::",
    "node-fetch",
    "axios/",
    "undici",
    "guzzle",
    "ruby",
    "php/",
    "postmanruntime",
    "headless",
    "phantomjs",
    "puppeteer",
    "playwright",
    "selenium",
    "safelinks",
    "urldefense",
    "barracuda",
    "mimecast",
    "proofpoint",
    "forcepoint",
    "symantec",
    "messagelabs",
    "trendmicro",
    "trend micro",
    "sophos",
    "zscaler",
    "scanner",
    "virustotal",
    "urlscan",
    "pingdom",
    "uptime",
    "monitor",
    "nmap",
    "archiver",
    "archive.org",
    "feedfetcher",
    "mediapartners-google",
    "google-safety",
    "googleother",
    "lighthouse",
)
"""Programs that identify themselves."""

NOT_ROBOTS = ("cubot",)
"""Parts of browser agents that contain the name of a robot by chance: a maker of phones."""
