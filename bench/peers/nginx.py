"""nginx with `empty_gif`: the upper limit of this machine. It stores nothing."""

import contextlib
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

from bench.targets.process import ChildProcess, child_process, responds

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
    """Path of nginx; None if it is not installed."""
    return shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


@contextlib.contextmanager
def nginx(found: str, folder: Path, port: int, workers: int = 1) -> Iterator[ChildProcess]:
    """Nginx that returns a GIF for every path; the header timeout is ten seconds, as at the edge."""
    config = folder / "nginx.conf"
    config.write_text(
        _CONFIG.format(folder=folder, port=port, workers=workers, descriptors=resource.getrlimit(resource.RLIMIT_NOFILE)[1]), "utf-8"
    )
    with child_process("nginx", [found, "-c", str(config), "-e", str(folder / "nginx-error.log")], folder) as process:
        process.wait_until(responds(port))
        yield process
