"""User agents that say what they are: mail providers' image proxies, prefetchers, mail programs, robots.

Signatures as documented by the vendors or observed in public reports, re-verified autumn 2026. Order matters: every
public robot list calls Gmail's and Yahoo's image proxies robots, although a person looked; so proxies are told apart first.
"""

IMAGE_PROXIES = (
    ("googleimageproxy", "gmail_image_proxy"),
    ("yahoomailproxy", "yahoo_image_proxy"),
)
"""Part of the agent (lower case), name. A person opened the mail; their device and place stay hidden."""

PREFETCH_ENDING = "edge/12.246 mozilla/5.0"
"""How Gmail's delivery-time fetch ends; no browser does."""

BARE = "mozilla/5.0"
"""The whole agent of Apple's privacy proxy when it loads pictures in advance."""

MAIL_PROGRAMS = ("microsoft outlook", "outlook-ios", "outlook-android", "macoutlook", "thunderbird", "applemail", "airmail", "evolution/")
"""Mail programs that people use; some robot lists wrongly name them."""

OFFICE_PROBES = ("microsoft office existence discovery", "microsoft office protocol discovery", "microsoft-webdav", "ms-office; msoffice")
"""Office looking whether a link is there."""

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
"""Link previews: the mail or link was pasted somewhere."""

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
"""Programs that name themselves."""

NOT_ROBOTS = ("cubot",)
"""Parts of honest agents in which a robot's name is hidden: a maker of telephones."""
