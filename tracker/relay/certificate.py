"""The relay's certificate. Used by `server` and by the checks of the command line."""

import ssl

from tracker.base.errors import BadSetting
from tracker.base.settings import Settings


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """TLS with the certificate; None without one. Raises BadSetting for files that cannot be used."""
    if settings.relay_cert_file is None and settings.relay_key_file is None:
        return None
    if settings.relay_cert_file is None or settings.relay_key_file is None:
        raise BadSetting("RELAY_CERT_FILE", "needs RELAY_KEY_FILE, and the other way round")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.relay_cert_file, settings.relay_key_file)
    except (OSError, ssl.SSLError) as error:
        raise BadSetting("RELAY_CERT_FILE", f"cannot be used with RELAY_KEY_FILE ({error.strerror or type(error).__name__})") from error
    return context
