"""The policy: the settings of each workspace that the edge needs. Written beside the spool by workers.drain, read by the edge."""

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from tracker.base.settings import Settings
from tracker.domain.workspace.address_privacy import DEFAULT_WORDS
from tracker.links.landing import PARAMETER

_RECHECK_SECONDS = 0.1


class WorkspacePolicy(msgspec.Struct, frozen=True):
    """What the edge shows a lead of a workspace: name, home page, and its own text about tracking, if it has one."""

    name: str
    home_url: str
    wording: str = ""
    texts: dict[str, dict[str, str]] = {}
    """Its own texts by page and language; an empty language stands for all others."""

    def text(self, page: str, language: str) -> str:
        """The company's own text of a page; empty: there is none."""
        own = self.texts.get(page, {})
        return own.get(language) or own.get("", "")


class BannerPolicy(msgspec.Struct, frozen=True):
    """The site's own wording of the consent banner, and its privacy policy; both may be empty."""

    text: str = ""
    link: str = ""


class SitePolicy(msgspec.Struct, frozen=True):
    """A site with the snippet: its origins as browsers send them, and the form fields whose values may be stored."""

    workspace: str
    origins: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    """Field names in lower case."""
    banner: BannerPolicy | None = None
    """None: the consent banner is off."""
    confidential: tuple[str, ...] | None = DEFAULT_WORDS
    """Words of confidential parameters (see `links.confidential`). None: addresses are stored as they are."""
    landing: str = PARAMETER
    """The parameter that carries the landing token; empty: the site gets none."""
    clicks: bool = True
    """Whether clicks on the site's own links and buttons are recorded."""


class Policy(msgspec.Struct, frozen=True):
    """All workspaces by id, and all sites by site key."""

    workspaces: dict[str, WorkspacePolicy] = {}
    sites: dict[str, SitePolicy] = {}


def path_of(settings: Settings) -> Path:
    """The path of the policy file."""
    return settings.spool_dir / "policy.json"


Stamp = tuple[int, int] | None
"""Identifies one version of the file; None if there is no file."""


def stamp_of(path: Path) -> Stamp:
    """The present version of the file."""
    try:
        found = os.stat(path)  # noqa: PTH116 - the one call that is needed, several times a second
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino


def write_instead(policy: Policy, path: Path, former: Stamp) -> bool:
    """As `write`, if the file still has this stamp; otherwise does nothing and returns false."""
    return _replace(policy, path, lambda: stamp_of(path) == former)


def write(policy: Policy, path: Path) -> None:
    """Replaces the file atomically: a reader sees the old policy or the new one."""
    _replace(policy, path, lambda: True)


def _replace(policy: Policy, path: Path, may: Callable[[], bool]) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with new.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(policy), indent=1))
            file.flush()
            os.fsync(file.fileno())
    except OSError:  # a full disk: a partial file would only use more space
        new.unlink(missing_ok=True)
        raise
    if not may():
        new.unlink()
        return False
    new.replace(path)
    return True


class PolicyFile:
    """The policy as this process knows it. Checks the file ten times a second, and for every unknown site; never raises.

    If the file is missing or invalid, `is_known` is false and nothing is allowed, but the edge still answers. If it becomes
    invalid later, the last valid policy stays in force.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = (0, 0)
        self._next_look = 0.0
        self._policy = Policy()
        self._origins: dict[str, dict[str, str]] = {}
        self._all_origins: frozenset[str] = frozenset()
        self.is_known = False

    def current(self) -> Policy:
        """The policy in force now."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _RECHECK_SECONDS
            self._look()
        return self._policy

    def site(self, key: str) -> SitePolicy | None:
        """The site with this key, if there is one."""
        found = self.current().sites.get(key)
        if found is None:
            self._look()
            found = self._policy.sites.get(key)
        return found

    def site_at(self, workspace: str, origin: str) -> str | None:
        """The key of the workspace's own site at this origin, if it has one."""
        self.current()
        found = self._origins.get(workspace, {}).get(origin)
        if found is None:
            self._look()  # the site may just have been added
            found = self._origins.get(workspace, {}).get(origin)
        return found

    def workspace_at(self, origin: str) -> str:
        """A workspace that has a site at this origin; empty if none has."""
        self.current()
        return next((workspace for workspace, known in self._origins.items() if origin in known), "")

    def is_site_origin(self, origin: str) -> bool:
        """Whether any workspace has a site at this origin: CORS preflights do not name the site."""
        self.current()
        if origin not in self._all_origins:
            self._look()
        return origin in self._all_origins

    def _look(self) -> None:
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp == self._stamp:
                return
            policy = msgspec.json.decode(self._path.read_bytes(), type=Policy)
        except (OSError, ValueError, msgspec.DecodeError, RecursionError):
            return
        origins: dict[str, dict[str, str]] = {}
        for key, site in policy.sites.items():
            for origin in site.origins:
                origins.setdefault(site.workspace, {})[origin] = key
        self._stamp, self._policy, self.is_known = stamp, policy, True
        self._origins, self._all_origins = origins, frozenset(origin for site in policy.sites.values() for origin in site.origins)
