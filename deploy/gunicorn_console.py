"""gunicorn's configuration of the console and API: one gevent process, since hundreds of live streams stay open."""

from tracker.base.private import UMASK, keep_private
from tracker.base.settings import load

keep_private()
settings = load()

bind = [f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"]
worker_class = "gevent"
workers = 1
worker_connections = 1000
backlog = 1024
keepalive = 5
timeout = 15
graceful_timeout = 15  # at a reload: an import takes seconds; live streams, which never end, connect anew
limit_request_line = 8190
limit_request_fields = 80
limit_request_field_size = 16380
control_socket_disable = True
umask = UMASK
proc_name = "leadlight-console"
loglevel = settings.log_level
logger_class = "tracker.base.log_of_gunicorn.JsonLog"
accesslog = None
forwarded_allow_ips = ",".join(map(str, settings.trusted_proxies))
