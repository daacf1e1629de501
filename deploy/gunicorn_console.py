"""gunicorn's configuration of the console and API: gevent processes, since hundreds of live streams stay open; one by default."""

import contextlib
import os
from typing import Any

from tracker.base.private_files import UMASK, set_private_umask
from tracker.base.settings import load

set_private_umask()
settings = load()

bind = [f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"]
worker_class = "tracker.web.console.server.worker.ConsoleWorker"  # gunicorn's gevent worker: strict reading, room kept for new requests
workers = settings.console_workers
worker_connections = 1000  # of each process; at most 600 of them are streams (tracker.web.api.streams.limits)
backlog = 1024
keepalive = 5
timeout = 15
graceful_timeout = 15  # at a reload: an import takes seconds; live streams, which never end, connect anew
limit_request_line = 8190
limit_request_fields = 80
limit_request_field_size = 16380
permit_unconventional_http_method = True  # what is a method, and what else is well-formed: tracker/base/http/request_head.py
header_map = "refuse"  # `X_Forwarded_For` would be X-Forwarded-For to the application
forwarder_headers = ""  # no proxy sets SCRIPT_NAME or PATH_INFO by a header, and no client through a proxy
control_socket_disable = True
umask = UMASK
proc_name = "leadlight-console"
loglevel = settings.log_level
logger_class = "tracker.base.gunicorn_logger.JsonLog"
accesslog = None
forwarded_allow_ips = ",".join(map(str, settings.trusted_proxies))


def post_fork(_server: Any, _worker: Any) -> None:
    """A worker that starts after `leadlight move` uses the new databases, although its parent started before."""
    os.environ.update(settings.moved)


def post_worker_init(worker: Any) -> None:
    """Says that the worker serves from now on; `leadlight move` waits for it before it ends the old ones."""
    with contextlib.suppress(OSError):  # only `leadlight up` makes the folder
        (settings.run_dir / f"console.{worker.pid}").touch(mode=0o600)
