"""gunicorn's configuration of the edge: the public door, one asyncio process by default, no control socket."""

from tracker.base.private_files import UMASK, set_private_umask
from tracker.base.settings import load

set_private_umask()
settings = load()

bind = [f"[{settings.host}]:{settings.edge_port}" if ":" in settings.host else f"{settings.host}:{settings.edge_port}"]
worker_class = "tracker.web.edge.server.worker.EdgeWorker"  # gunicorn's asgi worker with a deadline and bounds
workers = settings.edge_workers
asgi_loop = "uvloop"
http_parser = "auto"  # the C parser where it could be built; `leadlight doctor` says if it could not
backlog = 4096
keepalive = 5
timeout = 30
graceful_timeout = 21  # at a reload: ten seconds for headers and ten for a body; when all stops, the supervisor waits for three
limit_request_line = 8190
limit_request_fields = 60
limit_request_field_size = 8190
permit_unconventional_http_method = True  # what is a method, and what else is well-formed: tracker/base/http/request_head.py
control_socket_disable = True
umask = UMASK
proc_name = "leadlight-edge"
loglevel = settings.log_level
logger_class = "tracker.base.gunicorn_logger.JsonLog"
accesslog = None  # paths carry tokens
# The edge itself decides whose word counts for a client's address (TRUSTED_PROXIES).
forwarded_allow_ips = ""
