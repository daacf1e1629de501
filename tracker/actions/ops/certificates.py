"""The TLS certificates of PUBLIC_URL and EDGE_URL: an alarm two weeks before one runs out. Called by the periodic worker."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from tracker.actions.deps import Deps
from tracker.base.network.certificates import valid_until
from tracker.domain.alerting.alarm import Alarm, AlarmKind

SOON = timedelta(days=14)


def check_certificates(deps: Deps, now: datetime) -> None:
    """Begins the alarm, or ends it when every certificate lasts. One that cannot be fetched changes nothing. Raises PyMongoError."""
    urls = dict.fromkeys(url for url in (deps.settings.edge_url, deps.settings.public_url) if url.startswith("https://"))
    ends = {url: valid_until(url) for url in urls}
    ending = {url: end for url, end in ends.items() if end is not None and end - now < SOON}
    if ending:
        listed = ", ".join(f"{urlsplit(url).hostname} on {end.day} {end:%B %Y}" for url, end in ending.items())
        text = f"It runs out for {listed}. After that, browsers refuse the address. The proxy renews certificates; see its log."
        deps.store.alarms.begin(Alarm(kind=AlarmKind.CERTIFICATE, title="A certificate runs out", text=text), now)
    elif all(ends.values()):
        deps.store.alarms.end(AlarmKind.CERTIFICATE)
