"""Access tokens for SMTP and IMAP from Microsoft (device code flow, by msal) and Google (refresh token). Used by actions; knows no store.

msal builds the requests and keeps the token cache; `tracker.base.http.outbound` sends them. Discovery is off: the endpoints of Microsoft's
v2.0 platform are known (learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code). MICROSOFT_LOGIN_URL and GOOGLE_TOKEN_URL are
the operator's, and may name any address.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import msal
import msgspec
from msal.exceptions import MsalServiceError

from tracker.base.errors import DeliveryError, Invalid
from tracker.base.http.outbound import Outbound
from tracker.base.settings import Settings
from tracker.domain.mail.mail_sign_in import MailCredentials, MailSignIn

_MICROSOFT = "https://login.microsoftonline.com"
_SCOPES = {"send": "https://outlook.office.com/SMTP.Send", "read": "https://outlook.office.com/IMAP.AccessAsUser.All"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_USUAL_SECONDS = 3600
_ENDED = frozenset({"invalid_grant", "interaction_required", "invalid_client", "unauthorized_client", "login_required"})
"""OAuth errors after which a retry cannot help (RFC 6749, 5.2; OpenID Connect Core, 3.1.2.6)."""
_WORDS = {
    "invalid_grant": "the permission was withdrawn or has expired",
    "interaction_required": "the provider asks for another sign-in",
    "invalid_client": "the app's secret is wrong, or the app is not a public client",
    "unauthorized_client": "the app was not found in this directory",
    "expired_token": "the code has expired",
    "authorization_declined": "the sign-in was declined",
    "access_denied": "the sign-in was declined",
    "invalid_scope": "the app lacks a permission: SMTP.Send to send, IMAP.AccessAsUser.All to read",
}


class SignInEnded(DeliveryError):
    """The provider accepts this sign-in no longer: an admin has to sign in again."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token, when it expires, and what is kept to get the next one."""

    expires_at: datetime
    credentials: MailCredentials


@dataclass(frozen=True, slots=True)
class _MsalResponse:
    status_code: int
    text: str
    headers: dict[str, str]

    def raise_for_status(self) -> None:
        """Msal calls it after a server error."""
        raise DeliveryError(f"the sign-in server answered with status {self.status_code}", permanent=False)


class _HttpClient:
    """msal's HTTP client."""

    def __init__(self, outbound: Outbound, base: str, tenant: str) -> None:
        self._outbound, self._base, self._tenant = outbound, base, tenant

    def get(self, _url: str, **_more: Any) -> _MsalResponse:
        """The discovery document, without a request: the only GET of msal in this flow."""
        root = f"{_MICROSOFT}/{self._tenant}/oauth2/v2.0"
        found = {
            "issuer": f"{_MICROSOFT}/{self._tenant}/v2.0",
            "authorization_endpoint": f"{root}/authorize",
            "token_endpoint": f"{root}/token",
            "device_authorization_endpoint": f"{root}/devicecode",
        }
        return _MsalResponse(200, json.dumps(found), {})

    def post(self, url: str, *, data: Any = None, headers: dict[str, str] | None = None, **_more: Any) -> _MsalResponse:
        """Sends the form to the configured login server."""
        body = urlencode(data or {}).encode()
        target = self._base + url.removeprefix(_MICROSOFT)
        answer = self._outbound.post(target, body=body, headers={**(headers or {}), **_FORM}, trusted=True)
        return _MsalResponse(answer.status, answer.body.decode("utf-8", "replace"), dict(answer.headers))

    def close(self) -> None:
        """The outbound client is closed by its owner."""


def begin_microsoft(outbound: Outbound, settings: Settings, sign_in: MailSignIn) -> MailSignIn:
    """Asks for a code that the admin enters at Microsoft. Raises Invalid, DeliveryError."""
    app, _ = _app(outbound, settings, sign_in)
    flow = _asked(lambda: app.initiate_device_flow(scopes=_scopes(sign_in)))
    if "user_code" not in flow:
        raise Invalid("client_id", f"was refused: {_words(flow)}")
    secret = MailCredentials(flow=json.dumps(flow)).encoded
    return msgspec.structs.replace(sign_in, secret=secret, user_code=str(flow["user_code"]), verification_url=str(flow["verification_uri"]))


def finish_microsoft(outbound: Outbound, settings: Settings, sign_in: MailSignIn, now: datetime) -> AccessToken | None:
    """Asks once whether the admin has signed in; None: not yet. Raises SignInEnded, DeliveryError."""
    app, cache = _app(outbound, settings, sign_in)
    flow = json.loads(sign_in.credentials.flow)
    answer = _asked(lambda: app.acquire_token_by_device_flow(flow, exit_condition=lambda _flow: True))
    if answer.get("error") in ("authorization_pending", "slow_down"):
        return None
    return _microsoft_token(answer, cache, now)


def renew(outbound: Outbound, settings: Settings, sign_in: MailSignIn, now: datetime) -> AccessToken:
    """A new access token. Raises SignInEnded, DeliveryError."""
    return (_renew_google if sign_in.provider == "google" else _renew_microsoft)(outbound, settings, sign_in, now)


def _renew_microsoft(outbound: Outbound, settings: Settings, sign_in: MailSignIn, now: datetime) -> AccessToken:
    app, cache = _app(outbound, settings, sign_in)
    accounts = app.get_accounts()
    if not accounts:
        raise SignInEnded("the sign-in with Microsoft is missing", permanent=True)
    answer = _asked(lambda: app.acquire_token_silent_with_error(_scopes(sign_in), account=accounts[0], force_refresh=True))
    return _microsoft_token(answer, cache, now)


def _scopes(sign_in: MailSignIn) -> list[str]:
    return [_SCOPES[use] for use in sign_in.uses]


def _asked(call: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    """The answer. msal raises errors of several types for a server error and for an answer that is not as documented."""
    try:
        return call() or {}
    except (MsalServiceError, ValueError, KeyError, TypeError, AttributeError):
        raise DeliveryError("the sign-in server did not answer as expected", permanent=False) from None


def _renew_google(outbound: Outbound, settings: Settings, sign_in: MailSignIn, now: datetime) -> AccessToken:
    """RFC 6749, 6: one request with the refresh token."""
    known = sign_in.credentials
    form = {"grant_type": "refresh_token", "client_id": sign_in.client_id, "client_secret": known.client_secret}
    body = urlencode({**form, "refresh_token": known.refresh_token}).encode()
    answer = outbound.post(settings.google_token_url, body=body, headers=_FORM, trusted=True)
    try:
        found = json.loads(answer.body)
    except ValueError:
        raise DeliveryError(f"the sign-in server answered with status {answer.status}", permanent=False) from None
    return AccessToken(
        _expiry(found, now),
        MailCredentials(
            access_token=_token(found), refresh_token=found.get("refresh_token") or known.refresh_token, client_secret=known.client_secret
        ),
    )


def _microsoft_token(answer: dict[str, Any], cache: msal.SerializableTokenCache, now: datetime) -> AccessToken:
    return AccessToken(_expiry(answer, now), MailCredentials(access_token=_token(answer), cache=cache.serialize()))


def _token(answer: dict[str, Any]) -> str:
    """The access token of an answer. Raises SignInEnded, DeliveryError."""
    token = answer.get("access_token")
    if isinstance(token, str) and token.isascii() and token.isprintable():
        return token
    kind = SignInEnded if answer.get("error") in _ENDED or answer.get("error") in _WORDS else DeliveryError
    raise kind(f"the mail provider refused the sign-in: {_words(answer)}", permanent=kind is SignInEnded)


def _words(answer: dict[str, Any]) -> str:
    """Our words for an OAuth error; its own text is untrusted."""
    return _WORDS.get(str(answer.get("error")), "an unexpected answer")


def _expiry(answer: dict[str, Any], now: datetime) -> datetime:
    seconds = answer.get("expires_in")
    return now + timedelta(seconds=min(max(int(seconds), 60), 86_400) if isinstance(seconds, int | float) else _USUAL_SECONDS)


def _app(outbound: Outbound, settings: Settings, sign_in: MailSignIn) -> tuple[msal.PublicClientApplication, msal.SerializableTokenCache]:
    cache = msal.SerializableTokenCache()
    if sign_in.credentials.cache:
        cache.deserialize(sign_in.credentials.cache)
    tenant = quote(sign_in.tenant, safe="")
    app = msal.PublicClientApplication(
        sign_in.client_id,
        authority=f"{_MICROSOFT}/{tenant}",
        validate_authority=False,
        instance_discovery=False,
        token_cache=cache,
        http_client=_HttpClient(outbound, settings.microsoft_login_url, tenant),
    )
    return app, cache
