"""Addresses of several hosts on this machine: network namespaces joined by a bridge, or loopback addresses where those are not permitted."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

_MARK = "leadlight"


class Network:
    """The hosts' addresses, and how a command is started on each."""

    def __init__(self, hosts: Sequence[str], *, is_real: bool) -> None:
        """`is_real`: with namespaces, which are made here."""
        self.is_real = is_real
        self._tag = f"{_MARK}-{os.getpid()}"
        self._bridge = f"llb{os.getpid()}"
        base = f"10.231.{os.getpid() % 250}" if is_real else "127.0.1"
        self.allowed = f"{base}.0/24" if is_real else "127.0.0.0/8"
        self.hub = f"{base}.1" if is_real else "127.0.0.1"
        """The address of this process, for its receivers."""
        self._addresses = {host: f"{base}.{number}" for number, host in enumerate(hosts, start=11)}
        if is_real:
            self._join()

    def address(self, host: str) -> str:
        return self._addresses[host]

    def command(self, host: str, command: Sequence[str]) -> list[str]:
        """The command, to be run on that host."""
        return ["ip", "netns", "exec", f"{self._tag}-{host}", *command] if self.is_real else list(command)

    def remove(self) -> None:
        """Removes the namespaces and the bridge."""
        if self.is_real:
            for host in self._addresses:
                _ip("netns", "del", f"{self._tag}-{host}")
            _ip("link", "del", self._bridge)

    def _join(self) -> None:
        _ip("link", "add", self._bridge, "type", "bridge", needed=True)
        _ip("addr", "add", f"{self.hub}/24", "dev", self._bridge, needed=True)
        _ip("link", "set", self._bridge, "up", needed=True)
        for number, (host, address) in enumerate(self._addresses.items()):
            name, cable = f"{self._tag}-{host}", f"llv{os.getpid()}{number}"
            _ip("netns", "add", name, needed=True)
            _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name, needed=True)
            _ip("link", "set", cable, "master", self._bridge, "up", needed=True)
            for line in (("addr", "add", f"{address}/24", "dev", "eth0"), ("link", "set", "eth0", "up"), ("link", "set", "lo", "up")):
                _ip("-n", name, *line, needed=True)


@contextlib.contextmanager
def open_network(hosts: Sequence[str], *, wants_namespaces: bool) -> Iterator[Network]:
    """Namespaces if wanted and permitted, and removed after the block."""
    network = Network(hosts, is_real=wants_namespaces and _is_permitted())
    try:
        yield network
    finally:
        network.remove()


def _is_permitted() -> bool:
    if os.geteuid() != 0 or not shutil.which("ip"):
        return False
    _remove_left()
    name = f"{_MARK}-{os.getpid()}-try"
    is_made = _ip("netns", "add", name) and _ip("-n", name, "link", "add", "lla", "type", "veth", "peer", "name", "llb")
    _ip("netns", "del", name)
    return is_made


def _remove_left() -> None:
    """Removes what a killed run left."""
    folder = Path("/run/netns")
    for path in folder.iterdir() if folder.is_dir() else ():
        mark, _, rest = path.name.partition("-")
        number = rest.partition("-")[0]
        if mark == _MARK and number.isdigit() and not Path(f"/proc/{number}").exists():
            _ip("netns", "del", path.name)
            _ip("link", "del", f"llb{number}")


def _ip(*words: str, needed: bool = False) -> bool:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert not needed or done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
    return done.returncode == 0
