"""gunicorn's configuration of the edge: one asyncio process by default, no control socket."""

from tracker.base.private_files import UMASK, set_private_umask
from tracker.base.settings import load

set_private_umask()
settings = load()

bind = [f"[{settings.host}]:{settings.edge_port}" if ":" in settings.host else f"{settings.host}:{settings.edge_port}"]
worker_class = "tracker.web.edge.server.worker.EdgeWorker"  # gunicorn's asgi worker with deadlines and a connection limit
workers = settings.edge_workers
asgi_loop = "uvloop"
http_parser = "auto"  # the C parser if it is installed; `leadlight doctor` says if it is not
backlog = 4096  # at the connection limit new connections wait here
keepalive = 5  # proxies have to close idle connections earlier: deploy/nginx.conf, deploy/Caddyfile
timeout = 30
graceful_timeout = 21  # at a reload: 10 s for a request and 10 s for its response to be read; at a stop the supervisor waits 3 s
limit_request_line = 8190
limit_request_fields = 60
limit_request_field_size = 8190
permit_unconventional_http_method = True  # tracker/base/http/request_head.py decides what is well-formed
control_socket_disable = True
umask = UMASK
proc_name = "leadlight-edge"
loglevel = settings.log_level
logger_class = "tracker.base.gunicorn_logger.JsonLog"
accesslog = None  # paths carry tokens
# The edge itself decides which peers may name a client's address (TRUSTED_PROXIES).
forwarded_allow_ips = ""
