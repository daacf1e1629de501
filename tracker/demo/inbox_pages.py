"""The inbox's pages: list, one email, and its HTML in a sandboxed frame. Added to the demo site by demo.servers."""

from flask import Blueprint, Response, abort, render_template

from tracker.demo.inbox import Inbox
from tracker.demo.mail_html import POLICY, framed

_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def inbox_pages(inbox: Inbox) -> Blueprint:
    """The pages under /inbox."""
    pages = Blueprint("inbox", __name__)

    def page(chosen: str | None) -> Response:
        mails = inbox.latest()
        mail = inbox.find(chosen) if chosen else None
        if chosen and mail is None:
            abort(404)
        newest = mails[0].id if mails else ""
        response = Response(render_template("inbox/inbox.html", mails=mails, mail=mail, newest=newest))
        response.headers["Content-Security-Policy"] = _PAGE_POLICY
        return response

    @pages.get("/inbox")
    def everything() -> Response:
        return page(None)

    @pages.get("/inbox/newest")
    def newest() -> Response:
        mails = inbox.latest()
        return Response(mails[0].id if mails else "", mimetype="text/plain")

    @pages.get("/inbox/<key>")
    def one(key: str) -> Response:
        return page(key)

    @pages.get("/inbox/<key>/body")
    def body(key: str) -> Response:
        """The email's HTML. Its policy sandboxes the page, so it is also safe outside the frame."""
        mail = inbox.find(key)
        if mail is None or mail.html is None:
            abort(404)
        response = Response(framed(mail.html))
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return pages
