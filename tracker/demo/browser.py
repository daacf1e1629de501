"""A browser simulation: sends the snippet's requests to the edge over HTTP. Used by demo.live_walk."""

import json
from urllib.parse import parse_qs, urlsplit

from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import Outbound
from tracker.base.ids import new_id
from tracker.base.settings import Settings
from tracker.links.landing import PARAMETER

_WILDCARD_HOSTS = frozenset({"0.0.0.0", "::", ""})
_TIMEOUT_SECONDS = 5.0
_REDIRECTS = range(300, 400)
_SUCCESSES = range(200, 300)


class Browser:
    """One lead's browser on the demo site. Every call raises DeliveryError if the edge does not respond as expected."""

    def __init__(self, settings: Settings, *, agent: str, visitor: str, site: str, origin: str) -> None:
        host = ("::1" if settings.host == "::" else "127.0.0.1") if settings.host in _WILDCARD_HOSTS else settings.host
        self._edge = settings.edge_url
        self._local = f"http://{f'[{host}]' if ':' in host else host}:{settings.edge_port}"
        self._origin, self._site, self._visitor = origin, site, visitor
        self._landing: str | None = None
        self._page, self._url, self._title, self._referrer = "", "", "", ""
        self._headers = {"user-agent": agent, "accept": "*/*", "accept-language": "en"}
        self._http = Outbound(total=_TIMEOUT_SECONDS)

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    def click(self, tracked_url: str) -> None:
        """Follows a tracked link and keeps the landing token of the redirect."""
        url = f"{self._local}{tracked_url.removeprefix(self._edge)}"
        response = self._http.probe(url, headers={**self._headers, "sec-fetch-dest": "document"}, trusted=True)
        _check(response.status, _REDIRECTS)
        self._landing = next(iter(parse_qs(urlsplit(response.headers["location"]).query).get(PARAMETER, [])), None)

    def view(self, url: str, title: str) -> None:
        """Opens a page of the site."""
        self._referrer, self._page, self._url, self._title = self._url, new_id()[:20], url, title
        event: dict[str, object] = {"title": title}
        if self._referrer:
            event["referrer"] = self._referrer
        self._post("view", event, landing=self._landing)
        self._landing = None

    def heartbeat(self, active_ms: int, scroll: int, *, is_last: bool = False) -> None:
        """Sends active time and scroll depth; `is_last` when the page is left."""
        self._post("leave" if is_last else "beat", {"active_ms": active_ms, "scroll": scroll})

    def _post(self, kind: str, more: dict[str, object], landing: str | None = None) -> None:
        event = {"id": new_id(), "kind": kind, "page": self._page, "url": self._url, "ago_ms": 0, **more}
        body: dict[str, object] = {"site": self._site, "visitor": self._visitor, "events": [event]}
        if landing:
            body["ll"] = landing
        headers = {**self._headers, "content-type": "text/plain;charset=UTF-8", "origin": self._origin}
        response = self._http.post(f"{self._local}/e", body=json.dumps(body).encode(), headers=headers, trusted=True)
        _check(response.status, _SUCCESSES)


def _check(status: int, expected: range) -> None:
    """Raises DeliveryError for any other status."""
    if status not in expected:
        raise DeliveryError(f"the edge responded with status {status}", permanent=False)
