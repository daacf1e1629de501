"""The console: Flask app factory, and `app` for gunicorn (`tracker.web.console.app:app`, see the Procfile).

How to add a page
-----------------
1. Write a module under pages/ with a Blueprint called `blueprint`:

        blueprint = Blueprint("leads", __name__)

        @blueprint.get("/leads")
        def index() -> str:
            found = workspace_store().leads.all()          # the repositories of the rep's workspace only
            return render_template("leads/page.html", leads=found)

        @blueprint.post("/leads/<lead>/stage")
        def move(lead: str) -> Response:
            user = current_user()
            stages.move(deps(), user.workspace.id, lead, request.form["stage"], actor=user.rep.id)
            flash("Moved.")                                # or flash("…", "error" | "warn")
            return redirect(url_for("leads.page", lead=lead), 303)

2. Add it to `blueprints.py`.
3. Write its template under templates/<page>/. It extends `parts/base.html`, which documents its blocks.
   Components are in `parts/components.html`.

Every view runs with a signed-in rep unless it is marked `@public`; `@admin` views need the admin role (auth.py).
Every POST is checked for token and origin (csrf.py): put `{{ csrf() }}` into each form; scripts use js/parts/http.js.
NotFound, Forbidden, Conflict and Invalid become error pages, or problem details for scripts (errors.py).
Times use filters in the rep's zone (text/filters.py): `{{ moment|ago }}`, `|clock`, `|day`, `{{ ms|duration }}`.
Scripts and styles are files under static/, since the content security policy forbids inline code: `{{ asset('css/leads.css') }}`.
Browsers keep them until a file changes and the console starts anew (server/static_files.py).
A page that frames another site calls `allow_frames(origin)` (csrf.py).
"""

import importlib
import signal
import threading
from types import FrameType
from typing import Any

from flask import Flask, request

from tracker.actions.changes.values import seen_text
from tracker.actions.deps import Deps
from tracker.actions.ops.hosts import start_process
from tracker.base import log
from tracker.base.settings import load
from tracker.links.keys import sign
from tracker.web.api.app import create_api
from tracker.web.api.mcp.server import create_mcp
from tracker.web.api.slack.server import create_slack
from tracker.web.api.streams import fanout
from tracker.web.console import auth, cookies, csrf, errors, methods, own_host
from tracker.web.console.blueprints import PAGES
from tracker.web.console.pages import demo
from tracker.web.console.pages.account import confirmation
from tracker.web.console.pages.lead.sale_words import interval_text
from tracker.web.console.server import static_files
from tracker.web.console.text import filters

_BODY_LIMIT = 13 * 2**20
"""Bytes of one request: an email of 2 MB with attachments of 10 MB."""
_IMPORT_LIMIT = 51 * 2**20
"""Bytes of an uploaded file of leads."""
_FIELD_LIMIT = 2 * 2**20
_FIELDS = 400


def create_app(deps: Deps) -> Flask:
    """Creates the console. Opens no connection, and starts without MongoDB and Redis."""
    app = Flask(__name__)
    app.request_class = cookies.ConsoleRequest
    app.extensions["leadlight"] = deps
    secure = cookies.is_secure(deps.settings)
    app.config.update(
        SECRET_KEY=flash_key(deps),
        SESSION_COOKIE_NAME=cookies.full_name(deps.settings, "ll_words"),
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=_BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=_FIELD_LIMIT,
        MAX_FORM_PARTS=_FIELDS,
    )
    app.before_request(_allow_large_files)
    app.jinja_env.globals |= {"seen_text": seen_text, "interval_text": interval_text}
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for part in (static_files, own_host, methods, csrf, auth, filters, errors, demo, confirmation):
        part.install(app)
    for name in PAGES:
        app.register_blueprint(importlib.import_module(name).blueprint)
    app.register_blueprint(create_api())
    app.register_blueprint(create_mcp())
    app.register_blueprint(create_slack())
    return app


def _allow_large_files() -> None:
    if request.path == "/leads/import":
        request.max_content_length = _IMPORT_LIMIT


def serve() -> Flask:
    """The app of a server process: logs JSON lines, and closes its live streams on SIGTERM."""
    settings = load()
    log.set_up(settings.log_level)
    before = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        fanout.close_all()
        if callable(before):
            before(number, frame)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
    return create_app(start_process(settings, "console"))


def flash_key(deps: Deps) -> bytes:
    """Signs flash messages only. Sessions are in MongoDB."""
    return sign(deps.keys.derived(b"leadlight.words")[0], b"flash")


def __getattr__(name: str) -> Any:
    """Creates `app` on first access, so that importing this module reads no settings."""
    if name == "app":
        return serve()
    raise AttributeError(name)
