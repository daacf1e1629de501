"""nginx with `empty_gif`: as fast as this machine answers anything. Used as a limit, not as a peer: it keeps nothing."""

import contextlib
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

from bench.targets.process import Child, answers, child

_CONFIG = """
worker_processes {workers};
worker_rlimit_nofile {descriptors};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 32768; }}
http {{
    access_log off;
    keepalive_requests 10000000;
    client_header_timeout 10s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ empty_gif; }} }}
}}
"""


def program() -> str | None:
    """Where nginx is, if it is installed."""
    return shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


@contextlib.contextmanager
def nginx(found: str, folder: Path, port: int, workers: int = 1) -> Iterator[Child]:
    """nginx, answering every path with a GIF; headers have ten seconds, as at the edge."""
    config = folder / "nginx.conf"
    config.write_text(
        _CONFIG.format(folder=folder, port=port, workers=workers, descriptors=resource.getrlimit(resource.RLIMIT_NOFILE)[1]), "utf-8"
    )
    with child("nginx", [found, "-c", str(config), "-e", str(folder / "nginx-error.log")], folder) as process:
        process.wait_until(answers(port))
        yield process
