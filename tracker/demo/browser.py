"""The browser: what a lead's browser with the snippet would send to the edge, over real HTTP. Used by demo.walker."""

from urllib.parse import parse_qs, urlsplit

import httpx

from tracker.base.ids import new_id
from tracker.base.settings import Settings
from tracker.links.urls import LANDING_PARAMETER

_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})
_TIMEOUT = httpx.Timeout(5.0)


class Browser:
    """One lead's browser on the demo site. All calls raise httpx.HTTPError where the edge does not answer as it should."""

    def __init__(self, settings: Settings, *, agent: str, visitor: str, site: str, origin: str) -> None:
        host = "127.0.0.1" if settings.host in _EVERYWHERE else settings.host
        self._edge = settings.edge_url
        self._local = f"http://{f'[{host}]' if ':' in host else host}:{settings.edge_port}"
        self._origin, self._site, self._visitor = origin, site, visitor
        self._landing: str | None = None
        self._page, self._url, self._title, self._referrer = "", "", "", ""
        self._http = httpx.Client(headers={"user-agent": agent, "accept-language": "en"}, timeout=_TIMEOUT, trust_env=False)

    def close(self) -> None:
        """Ends its connections."""
        self._http.close()

    def click(self, tracked_url: str) -> None:
        """Follows a link of a mail and remembers the landing token that the edge put into the address."""
        answer = self._http.get(f"{self._local}{tracked_url.removeprefix(self._edge)}", headers={"sec-fetch-dest": "document"})
        if not answer.is_redirect:
            raise httpx.HTTPStatusError(f"the edge answered {answer.status_code}", request=answer.request, response=answer)
        self._landing = next(iter(parse_qs(urlsplit(answer.headers["location"]).query).get(LANDING_PARAMETER, [])), None)

    def view(self, url: str, title: str) -> None:
        """Opens a page of the site."""
        self._referrer, self._page, self._url, self._title = self._url, new_id()[:20], url, title
        event: dict[str, object] = {"title": title}
        if self._referrer:
            event["referrer"] = self._referrer
        self._post("view", event, landing=self._landing)
        self._landing = None

    def beat(self, active_ms: int, scroll: int, *, is_last: bool = False) -> None:
        """Says how long and how far the page has been read; `is_last` as it is left."""
        self._post("leave" if is_last else "beat", {"active_ms": active_ms, "scroll": scroll})

    def _post(self, kind: str, more: dict[str, object], landing: str | None = None) -> None:
        event = {"id": new_id(), "kind": kind, "page": self._page, "url": self._url, "ago_ms": 0, **more}
        body: dict[str, object] = {"site": self._site, "visitor": self._visitor, "events": [event]}
        if landing:
            body["ll"] = landing
        headers = {"content-type": "text/plain;charset=UTF-8", "origin": self._origin}
        self._http.post(f"{self._local}/e", json=body, headers=headers).raise_for_status()
