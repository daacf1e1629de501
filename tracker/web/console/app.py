"""The console: Flask app factory, and `app` for gunicorn (`tracker.web.console.app:app`, see the Procfile).

How to add a screen
-------------------
1. Write a module beside this one, named after the screen, with a Blueprint called `blueprint`:

        blueprint = Blueprint("leads", __name__)

        @blueprint.get("/leads")
        def index() -> str:
            found = here().leads.all()                     # repositories of this rep's workspace; nothing else can be reached
            return render_template("leads/index.html", leads=found)

        @blueprint.post("/leads/<lead>/stage")
        def move(lead: str) -> Response:
            stages.move(deps(), seat().workspace.id, lead, request.form["stage"], actor=seat().rep.id)
            flash("Moved.")                                    # or flash("…", "error" | "warn")
            return redirect(url_for("leads.page", lead=lead), 303)

2. Name it in `screens.py`.  3. Extend `base.html`; its blocks are documented at its head, the components in `parts.html`.

What a screen may take for granted: a rep is signed in (else mark the view `@public`), `@admin` views are refused to others;
`seat()` has `.rep` and `.workspace`, `here()` is the workspace's store, `deps()` the process's Deps (access.py). Every POST is
checked for token and origin before the view runs: put `{{ csrf() }}` into each form; scripts send `X-CSRF-Token` (js/http.js).
NotFound, Forbidden, Conflict and Invalid raised by actions become proper pages, or problem details for scripts (errors.py).
Times: `{{ moment|ago }}`, `{{ moment|clock }}`, `{{ moment|day }}`, `{{ ms|duration }}`, all in the rep's zone (wording.py).
Scripts and styles are files under static/: the content security policy refuses everything inline. A screen that frames another
site calls `allow_frames(origin)` (security.py).
"""

import importlib
import signal
import threading
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from tracker.actions.deps import Deps, open_deps
from tracker.base import log
from tracker.base.settings import load
from tracker.links.keys import sign
from tracker.web.api.app import create_api
from tracker.web.api.streams import fanout
from tracker.web.console import auth, cookies, csrf, errors, methods
from tracker.web.console.blueprints import SCREENS
from tracker.web.console.pages import demo
from tracker.web.console.pages.account import confirmation
from tracker.web.console.text import filters

_BODY_LIMIT = 12 * 2**20
"""Bytes of one request: a CSV of 50,000 leads, or a mail with pictures."""
_FIELD_LIMIT = 2 * 2**20
_FIELDS = 400


def create_app(deps: Deps) -> Flask:
    """Composes the console. Connects to nothing; works, and says so, with MongoDB and Redis away."""
    app = Flask(__name__)
    app.request_class = cookies.StrictRequest
    app.extensions["leadlight"] = deps
    secure = cookies.is_secure(deps.settings)
    app.config.update(
        SECRET_KEY=_words_key(deps),
        SESSION_COOKIE_NAME=cookies.full_name(deps.settings, "ll_words"),
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=_BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=_FIELD_LIMIT,
        MAX_FORM_PARTS=_FIELDS,
        TRUSTED_HOSTS=["localhost", "127.0.0.1", "[::1]", urlsplit(deps.settings.public_url).hostname or "localhost"],
    )
    app.jinja_env.globals["asset"] = lambda name: f"/static/{name}"
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for part in (methods, csrf, auth, filters, errors, demo, confirmation):
        part.install(app)
    for name in SCREENS:
        app.register_blueprint(importlib.import_module(name).blueprint)
    app.register_blueprint(create_api(deps))
    return app


def serve() -> Flask:
    """The app of a serving process: logs as JSON lines, ends its live streams as soon as it is told to stop."""
    settings = load()
    log.set_up(settings.log_level)
    before = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        fanout.close_all()
        if callable(before):
            before(number, frame)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
    return create_app(open_deps(settings))


def _words_key(deps: Deps) -> bytes:
    # Signs only the words of `flash`; who is signed in stands in MongoDB.
    return sign(deps.keys.derived(b"leadlight.words")[0], b"flash")


def __getattr__(name: str) -> Any:
    """`app`, made when gunicorn asks for it, so that importing this module reads no settings."""
    if name == "app":
        return serve()
    raise AttributeError(name)
