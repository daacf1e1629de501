"""`leadlight doctor`: checks with remedies, and the effective settings."""

import argparse
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tracker.actions.deps import Deps
from tracker.actions.ops.lost_secrets import lost_secrets
from tracker.base.clock import utc_now
from tracker.base.encryption import keyring_file
from tracker.base.errors import BadSetting, LeadlightError
from tracker.base.settings import Settings, as_environment, load, options
from tracker.cli.checks.backups import backup_checks, problem_checks
from tracker.cli.checks.check import Check
from tracker.cli.checks.cluster import cluster_checks
from tracker.cli.checks.outside import address_checks, clock_checks, mail_checks
from tracker.cli.checks.reports import report_checks
from tracker.cli.connect import connected
from tracker.cli.mailboxes import inquiry_mailbox_checks, mailbox_checks
from tracker.cli.output import result, table
from tracker.cli.senders import sender_checks
from tracker.cli.startup_checks import machine_checks, port_checks
from tracker.cli.traffic import refusal_checks, traffic_checks
from tracker.links.key_file import checked_keys
from tracker.redis_client import refuse_cluster
from tracker.supervise.control import NotRunning, ask

_LOCAL = {"localhost", "127.0.0.1", "::1"}
_MASK = "***"
_SECRET = re.compile(r"([?&][^=&]*(?:pass|secret|token|key)[^=&]*=)[^&]*", re.IGNORECASE)


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    commands.add_parser("doctor", parents=[common], help="check this machine and the settings").set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the checks and the settings. Returns 1 if a check failed."""
    settings = load()
    found = [*machine_checks(settings), *_running_or_ports(settings), *_advice(settings)]
    shown = masked(settings)
    value = {
        "checks": [{"name": c.name, "level": c.level, "text": c.text, "todo": c.todo} for c in found],
        "settings": shown,
    }
    lines = [table([(c.level.upper() if c.level != "ok" else "ok", c.name, c.line) for c in found], ("", "CHECK", "FOUND"))]
    lines += ["", table([(name, text or "-") for name, text in shown.items()], ("SETTING", "EFFECTIVE VALUE"))]
    result(value, "\n".join(lines), as_json=arguments.json)
    return int(any(check.level == "fail" for check in found))


def masked(settings: Settings) -> dict[str, str]:
    """The effective settings as text, with secrets masked."""
    is_secret = {option.metadata["env"]: option.metadata["secret"] for option in options()}
    return {name: _hidden(text) if is_secret[name] else text for name, text in as_environment(settings).items()}


def _hidden(url: str) -> str:
    """The URL without its password and without secrets in its query."""
    scheme, _, rest = url.partition("://") if "://" in url else ("", "", url)
    user, at, host = rest.rpartition("@")
    shown = f"{user.partition(':')[0]}:{_MASK}@{host}" if at else rest
    return _SECRET.sub(rf"\1{_MASK}", f"{scheme}://{shown}" if scheme else shown)


def _running_or_ports(settings: Settings) -> Iterator[Check]:
    try:
        rows = ask(settings.run_dir / "control.sock", do="ps")["processes"]
    except NotRunning:
        yield from port_checks(settings)
        yield from _servers(settings)
        return
    yield Check("Leadlight", "ok", f"is running: {len(rows)} processes")
    try:
        with connected() as deps:
            yield from [
                *traffic_checks(deps),
                *refusal_checks(deps),
                *sender_checks(deps),
                *mail_checks(deps),
                *mailbox_checks(deps),
                *inquiry_mailbox_checks(deps),
                *clock_checks(deps),
                *cluster_checks(deps),
                *report_checks(deps),
                _secrets(deps),
                *problem_checks(deps),
            ]
    except LeadlightError as error:
        yield Check("MongoDB", "warn", str(error))
    for row in rows:
        if row["state"] != "running":
            yield Check(
                row["name"],
                "warn",
                f"is {row['state']}",
                f"See {settings.data}/log/{row['name']}.log, or `leadlight resume {row['name']}`.",
            )


def _servers(settings: Settings) -> Iterator[Check]:
    """Whether external servers respond; the embedded ones do not run now."""
    if not settings.is_mongo_embedded:
        yield _server_check("MongoDB", "MONGO_URL", lambda deps: deps.store.database.meta.find_one({}, {"_id": 1}))
    if not settings.is_redis_embedded:
        yield _server_check("Redis", "REDIS_URL", lambda deps: refuse_cluster(deps.redis))


def _server_check(name: str, setting: str, ping: Callable[[Deps], object]) -> Check:
    try:
        with connected() as deps:
            ping(deps)
    except LeadlightError as error:
        text, _, todo = str(error).partition(". ")
        return Check(name, "fail", text, todo or f"Start it, or change {setting}.")
    return Check(name, "ok", f"the server in {setting} responds")


def _advice(settings: Settings) -> Iterator[Check]:
    yield _edge_url(settings)
    yield from address_checks(settings)
    yield _signing_keys(settings)
    yield _secrets_key(settings)
    yield from backup_checks(settings, utc_now())
    if not settings.smtp_url:
        yield Check("SMTP_URL", "ok", "not set; each workspace has its own mail server")


def _edge_url(settings: Settings) -> Check:
    parts = urlsplit(settings.edge_url)
    todo = "Before you email leads, set EDGE_URL to the public https:// URL of your edge."
    if parts.hostname in _LOCAL:
        return Check("EDGE_URL", "warn", f"Leads cannot reach {settings.edge_url}: it is local to this machine", todo)
    if parts.scheme != "https":
        return Check("EDGE_URL", "warn", f"{settings.edge_url} is not https; mail programs may block it", todo)
    return Check("EDGE_URL", "ok", settings.edge_url)


def _secrets(deps: Deps) -> Check:
    """Whether every secret in the database can be decrypted."""
    lost = lost_secrets(deps)
    if not lost:
        return Check("Secrets", "ok", "every token and password in the database can be decrypted")
    return Check("Secrets", "warn", f"cannot be decrypted: {'; '.join(lost)}", "Restore DATA/keys/secrets.json, or enter them again.")


def _signing_keys(settings: Settings) -> Check:
    return _keys("Signing keys", settings.signing_keys_file, checked_keys, "every link in sent mail is invalid")


def _secrets_key(settings: Settings) -> Check:
    lost = "tokens and passwords of channels and mail servers must be entered again"
    return _keys("Secrets' key", settings.secret_keys_file, keyring_file.verified_content, lost)


def _keys(name: str, path: Path, read: Callable[[Path], object], lost: str) -> Check:
    marker = path.with_name(f"{path.name}.backed-up")
    try:
        if not path.exists():
            return Check(name, "ok", "none yet; the first start creates them")
        read(path)
        found, is_backed_up = path.stat(), marker.exists() and marker.stat().st_mtime >= path.stat().st_mtime
    except (OSError, BadSetting) as error:
        reason = f"{path} cannot be read ({error.strerror})" if isinstance(error, OSError) else str(error)
        return Check(name, "fail", reason, f"Fix this, or restore the file from your backup: without its keys {lost}.")
    if found.st_mode & 0o077:
        return Check(name, "warn", f"{path} can be read by others", f"Run: chmod 600 {path}")
    if not is_backed_up:
        todo = f"Without them {lost}. Copy {path} to a safe place, then: touch {marker}"
        return Check(name, "warn", "have not been backed up since the last change", todo)
    return Check(name, "ok", "backed up")
