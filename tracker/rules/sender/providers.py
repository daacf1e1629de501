"""Mail providers by the name of their submission server, and public providers whose domains belong to none of their users. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MailProvider:
    """A provider, and what its documentation tells to add to SPF."""

    name: str
    hosts: tuple[str, ...]
    """The submission servers: names, or suffixes that begin with a dot."""
    spf_include: str


PROVIDERS = (
    MailProvider("Google", (".gmail.com", ".googlemail.com", ".google.com"), "_spf.google.com"),
    MailProvider("Microsoft 365", (".office365.com", ".outlook.com", ".office.com"), "spf.protection.outlook.com"),
    MailProvider("Amazon SES", (".amazonaws.com",), "amazonses.com"),
    MailProvider("SendGrid", (".sendgrid.net",), "sendgrid.net"),
    MailProvider("Mailgun", (".mailgun.org",), "mailgun.org"),
    MailProvider("Postmark", (".postmarkapp.com",), "spf.mtasv.net"),
    MailProvider("Fastmail", (".fastmail.com", ".messagingengine.com"), "spf.messagingengine.com"),
)

PUBLIC_DOMAINS = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "ymail.com", "aol.com"),
        *("icloud.com", "me.com", "mac.com", "gmx.com", "gmx.net", "gmx.de", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de"),
        *("mail.com", "proton.me", "protonmail.com", "pm.me", "orange.fr", "free.fr", "laposte.net", "libero.it", "yandex.com", "mail.ru"),
    }
)
"""Domains of public mail providers: their users cannot change the records."""


def provider_of(host: str) -> MailProvider | None:
    """The provider of a submission server; None: unknown, or one's own."""
    name = "." + host.rstrip(".").lower()
    return next((provider for provider in PROVIDERS if name.endswith(provider.hosts)), None)
