"""The policy: what the edge may know of each workspace. Written beside the spool by workers.drain.process, followed by the edge."""

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from tracker.base.settings import Settings

_RECHECK_SECONDS = 0.1


class WorkspacePolicy(msgspec.Struct, frozen=True):
    """What a lead may be shown of a workspace: its name and its home page."""

    name: str
    home_url: str


class SitePolicy(msgspec.Struct, frozen=True):
    """A site that carries the snippet: its origins as browsers say them, and the form fields whose values may be kept."""

    workspace: str
    origins: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    """Field names in lower case."""


class Policy(msgspec.Struct, frozen=True):
    """All workspaces by id, all sites by site key."""

    workspaces: dict[str, WorkspacePolicy] = {}
    sites: dict[str, SitePolicy] = {}


def path_of(settings: Settings) -> Path:
    """Where the policy stands."""
    return settings.spool_dir / "policy.json"


Stamp = tuple[int, int] | None
"""Tells one writing of the file from another; none where there is no file."""


def stamp_of(path: Path) -> Stamp:
    """The file as it stands now."""
    try:
        found = os.stat(path)  # noqa: PTH116 - the one call that is needed, several times a second
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino


def write_instead(policy: Policy, path: Path, former: Stamp) -> bool:
    """As `write`, in the place of the file with this stamp; false, and nothing done, where another was put there meanwhile."""
    return _put(policy, path, lambda: stamp_of(path) == former)


def write(policy: Policy, path: Path) -> None:
    """Puts the policy in place as a whole: a reader sees the old one or the new one."""
    _put(policy, path, lambda: True)


def _put(policy: Policy, path: Path, may: Callable[[], bool]) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with fresh.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(policy), indent=1))
            file.flush()
            os.fsync(file.fileno())
    except OSError:  # a full disk, which what was begun would only make fuller
        fresh.unlink(missing_ok=True)
        raise
    if not may():
        fresh.unlink()
        return False
    fresh.replace(path)
    return True


class PolicyFile:
    """The policy as this process knows it; looks at the file ten times a second, and for what it does not know, and never fails.

    Absent or spoiled: `is_known` is false and nothing is allowed, but the edge still answers. A file that goes bad later leaves
    the last good policy in force.
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
            self._look()  # whoever has just added a site may click at once
            found = self._origins.get(workspace, {}).get(origin)
        return found

    def is_site_origin(self, origin: str) -> bool:
        """Whether any workspace has a site there: for preflights, which do not say which site they mean."""
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
