"""Sign-in of email clients by address and app password, with the limits of the API's keys. Used by `server`."""

from datetime import timedelta

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.mail_relay.app_passwords import RelayUser, sign_in
from tracker.base.network.client_addresses import client_key
from tracker.relay.smtp import SignInFailed

_WINDOW = timedelta(minutes=15)
_MOST_FAILURES = 100
"""Wrong keys and app passwords of one client address in the window. A right one is never refused because of them."""


def relay_sign_in(deps: Deps, client: str, user: str, password: str) -> RelayUser:
    """Who signed in. Raises SignInFailed with the reply of the server."""
    try:
        found = sign_in(deps, user, password)
        if found is not None:
            return found
        count = deps.store.rate_limits.count(f"key-from:{client_key(client)}", deps.now(), _WINDOW)
    except PyMongoError:
        raise SignInFailed("454 4.7.0 Leadlight cannot check the sign-in now, please try again later") from None
    if count > _MOST_FAILURES:
        raise SignInFailed("421 4.7.0 Too many wrong passwords from this network, wait 15 minutes")
    raise SignInFailed("535 5.7.8 Wrong address or app password. Create one in Leadlight under Settings, Mail clients")
