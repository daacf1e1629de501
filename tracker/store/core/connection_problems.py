"""Why MongoDB or Redis cannot be used, in words for the operator: the cause, the setting, and what to change. Called by commands and at each start.

The words name hosts, never users or passwords: the texts of drivers are searched, and not quoted.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import redis
import redis.sentinel
from pymongo.errors import ConfigurationError, InvalidURI, OperationFailure

_ENCODE = "Percent-encode special characters of the password: @ is %40, : is %3A, / is %2F, # is %23, % is %25"
_WRONG_PASSWORD = {18, 8000}
"""MongoDB's error codes: authentication failed, and Atlas's."""
_NOT_ALLOWED = 13
_NO_TLS = ("WRONG_VERSION_NUMBER", "UNEXPECTED_EOF", "SSL handshake failed", "RECORD_LAYER_FAILURE")


@dataclass(frozen=True, slots=True)
class ConnectionProblem:
    """`text` says what is wrong with which server, `todo` what to do; both are whole sentences without the final full stop."""

    text: str
    todo: str

    def __str__(self) -> str:
        """Both in one line."""
        return f"{self.text}. {self.todo}."


def mongo_problem(error: Exception, url: str) -> ConnectionProblem:
    """The problem behind an error of the driver, or of opening the URL in MONGO_URL."""
    where = f"MongoDB at {hosts_of(url)}"
    if isinstance(error, InvalidURI) and "escaped" in str(error):
        return ConnectionProblem("MONGO_URL cannot be read, because its user or password has special characters", _ENCODE)
    if isinstance(error, OperationFailure):
        return _mongo_refusal(error, where, url)
    if isinstance(error, ConfigurationError) and "DNS" in str(error):
        return _unknown_name("MongoDB", hosts_of(url), "MONGO_URL")
    if isinstance(error, ConfigurationError | ValueError):
        return ConnectionProblem("MONGO_URL is not a valid URL", "See docs/settings.md")
    text = str(error)
    if "replica set" in text:
        return ConnectionProblem(f"{where} is not in the replica set that MONGO_URL names", "Correct replicaSet=… in MONGO_URL")
    uses_tls = "tls=true" in url or "ssl=true" in url or (url.startswith("mongodb+srv") and "tls=false" not in url)
    hints = _TlsHints("add tls=true to MONGO_URL", "remove tls=true from MONGO_URL", "tlsCAFile=/path/ca.pem in MONGO_URL")
    return _unreachable(error, "MongoDB", where, "MONGO_URL", hosts_of(url), hints, uses_tls=uses_tls)


def redis_problem(error: Exception, url: str) -> ConnectionProblem:
    """The problem behind an error of the client, or of opening the URL in REDIS_URL."""
    where, text = f"Redis at {hosts_of(url)}", str(error)
    if isinstance(error, ValueError):
        return ConnectionProblem("REDIS_URL is not a valid URL", f"See docs/settings.md. {_ENCODE}")
    if isinstance(error, redis.AuthenticationError) or "NOAUTH" in text or "WRONGPASS" in text:
        if not _has_password(url):
            return ConnectionProblem(f"{where} asks for a password", f"Write it in REDIS_URL: redis://:password@host. {_ENCODE}")
        return ConnectionProblem(f"{where} refuses the user or the password in REDIS_URL", _ENCODE)
    if isinstance(error, redis.exceptions.NoPermissionError):
        return ConnectionProblem(
            f"{where} does not allow the user in REDIS_URL what Leadlight needs",
            "Give it all commands on all keys: ACL SETUSER name ~* &* +@all",
        )
    if isinstance(error, redis.sentinel.MasterNotFoundError):
        todo = "Start one of them, or correct hosts, name and sentinel_password in REDIS_URL (redis+sentinel://host1,host2/name)"
        return ConnectionProblem(f"No Sentinel at {hosts_of(url)} names a primary that REDIS_URL asks for", todo)
    hints = _TlsHints("write rediss:// in REDIS_URL", "write redis:// in REDIS_URL", "?ssl_ca_certs=/path/ca.pem in REDIS_URL")
    return _unreachable(error, "Redis", where, "REDIS_URL", hosts_of(url), hints, uses_tls=url.startswith("rediss"))


def hosts_of(url: str) -> str:
    """The hosts of the URL without user and password; sockets as paths."""
    rest = url.partition("://")[2]
    hosts = re.split(r"[/?]", rest.rpartition("@")[2] if "@" in rest else rest, maxsplit=1)[0]
    return hosts.replace("%2F", "/").replace("%2f", "/") or f"/{rest.partition('/')[2].partition('?')[0]}"


@dataclass(frozen=True, slots=True)
class _TlsHints:
    switch_on: str
    switch_off: str
    ca: str


def _mongo_refusal(error: OperationFailure, where: str, url: str) -> ConnectionProblem:
    if error.code in _WRONG_PASSWORD:
        source = "" if "authSource=" in url else "If the user was created in the database admin, add ?authSource=admin to MONGO_URL. "
        return ConnectionProblem(f"{where} refuses the user or the password in MONGO_URL", f"{source}{_ENCODE}")
    if error.code == _NOT_ALLOWED and not _has_password(url):
        return ConnectionProblem(
            f"{where} asks for a user and a password", "Write them in MONGO_URL: mongodb://user:password@host/leadlight"
        )
    if error.code == _NOT_ALLOWED:
        todo = "Give it the role readWrite on the database in MONGO_URL; see docs/operations/mongodb.md"
        return ConnectionProblem(f"{where} does not allow the user in MONGO_URL to use the database", todo)
    return ConnectionProblem(f"{where} refuses a request ({error.code})", "See the log of MongoDB")


def _unreachable(
    error: Exception, name: str, where: str, setting: str, hosts: str, hints: _TlsHints, *, uses_tls: bool
) -> ConnectionProblem:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text or "certificate verify failed" in text:
        todo = f"Give the certificate of the authority that signed it: {hints.ca}. The host must be one of its names"
        return ConnectionProblem(f"The TLS certificate of {where} is not trusted", todo)
    if uses_tls and any(sign in text for sign in _NO_TLS):
        return ConnectionProblem(f"{where} does not speak TLS", f"Switch TLS on there, or {hints.switch_off}")
    if "Name or service not known" in text or "No address associated" in text or "name resolution" in text:
        return _unknown_name(name, hosts, setting)
    if not uses_tls and ("closed" in text or "reset" in text):
        return ConnectionProblem(f"{where} closes the connection", f"If it expects TLS, {hints.switch_on}. Else see its log")
    return _silent(text, name, where, setting, hosts, hints.switch_off if uses_tls else "")


def _silent(text: str, name: str, where: str, setting: str, hosts: str, switch_off: str) -> ConnectionProblem:
    if "refused" in text:
        return ConnectionProblem(f"Nothing listens at {hosts}", f"Start {name} there, or correct host and port in {setting}")
    if "No such file" in text or "Errno 2 " in text:
        return ConnectionProblem(f"There is no socket {hosts}", f"Start {name}, or correct {setting}")
    todo = "A firewall may drop the packets, or the server hangs" + (f". If it does not speak TLS, {switch_off}" if switch_off else "")
    return ConnectionProblem(f"{where} does not answer in time", todo)


def _unknown_name(name: str, hosts: str, setting: str) -> ConnectionProblem:
    return ConnectionProblem(f"The host name of {name} is unknown: {hosts}", f"Correct it in {setting}, or in DNS")


def _has_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password)
    except ValueError:
        return "@" in url
