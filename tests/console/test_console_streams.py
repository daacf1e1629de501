"""Open streams of a real console: they end with the right that opened them, and leave room for short requests."""

import http.client
import io
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial

import gevent
import msgspec
import pytest

from tests.console_process import ConsoleProcess
from tests.live_messages import alert, event
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.team import api_keys, passwords, reps, sessions
from tracker.actions.workspace import workspaces
from tracker.domain.team.rep import Rep, Role
from tracker.links.keys import Keys
from tracker.web.api.streams import fanout
from tracker.web.console.server import worker

NOWHERE = "redis://127.0.0.1:1/0"
Loss = Callable[[], object]


@contextmanager
def console_of(deps: Deps, **environ: str) -> Iterator[ConsoleProcess]:
    Keys.load(deps.settings.signing_keys_file)
    made = ConsoleProcess(deps.settings, **environ)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def ended(deps: Deps) -> Iterator[None]:
    """The bus's readers in this process end with the test."""
    yield
    fanout.of(deps).closing = True
    for reader in [thread for thread in threading.enumerate() if thread.name.startswith("live-")]:
        reader.join()


def connect(deps: Deps, request: bytes = b"", receive_buffer: int = 0) -> socket.socket:
    made = socket.socket()
    if receive_buffer:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    made.settimeout(60)
    made.connect(("127.0.0.1", deps.settings.port))
    made.sendall(request)
    return made


def stream(deps: Deps, path: str, header: str) -> socket.socket:
    """An open stream that has begun."""
    made = connect(deps, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n".encode())
    heard = b""
    while b"retry: 1500" not in heard:
        part = made.recv(4096)
        assert part, heard
        heard += part
    return made


def rest_of(stream: socket.socket) -> bytes:
    """What comes until the stream's end: its last chunk."""
    heard = b""
    while not heard.endswith(b"0\r\n\r\n"):
        part = stream.recv(65536)
        assert part, heard
        heard += part
    return heard


def status_of(deps: Deps, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", deps.settings.port, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def lose(how: str, deps: Deps, rep: Rep, token: str) -> None:
    match how:
        case "deactivated":
            reps.change_rep(deps, rep.workspace, rep.id, is_active=False)
        case "demoted":
            reps.change_rep(deps, rep.workspace, rep.id, role="rep")
        case "signed out":
            sessions.end(deps, token)
        case "password":
            passwords.set_password(deps, rep, "a quite unlikely sentence")
        case _:
            there = reps.add_rep(deps, workspaces.add_workspace(deps, "Elsewhere").id, email=rep.email, name=rep.name)
            found = sessions.look(deps, token)
            assert found is not None
            sessions.enter(deps, found[0], there)


def losses(deps: Deps) -> list[tuple[str, str, Loss]]:
    """Streams (path, header) and how each loses its right, by key and by cookie."""
    here = workspaces.add_workspace(deps, "Northbeam").id
    reps.add_rep(deps, here, email="mara@us.example", name="Mara", role=Role.ADMIN)

    def hire(name: str) -> Rep:
        return reps.add_rep(deps, here, email=f"{name.replace(' ', '-')}@us.example", name=name, role=Role.ADMIN)

    def by_key(workspace: str, rep: str | None = None) -> tuple[str, str, str]:
        key, text = api_keys.new_key(deps, workspace, rep=rep)
        return "/api/v1/live", f"Authorization: Bearer {text}", key.id

    def by_cookie(token: str, path: str = "/live/stream") -> tuple[str, str]:
        return path, f"Cookie: ll_session={token}"

    ends: list[tuple[str, str, Loss]] = []
    path, header, key = by_key(here)
    ends.append((path, header, lambda: api_keys.remove_key(deps, here, key)))
    for name in ("deactivated", "demoted", "signed out", "password", "moved"):
        rep = hire(name)
        token = sessions.start(deps, rep)
        # Each rep loses the right once, whatever is open by then.
        ends.append((*by_cookie(token), partial(lose, name, deps, rep, token)))
        ends.append((*by_cookie(token, "/api/v1/live"), lambda: None))
        if name in ("deactivated", "demoted"):
            ends.append((*by_key(here, rep.id)[:2], lambda: None))
    gone = workspaces.add_workspace(deps, "Gone").id
    ends.append((*by_key(gone)[:2], lambda: workspaces.remove_workspace(deps, gone)))
    return ends


@pytest.mark.parametrize("environ", [{"CONSOLE_WORKERS": "2"}, {"REDIS_URL": NOWHERE}], ids=["by the bus, two processes", "without Redis"])
def test_every_way_to_lose_a_right_ends_the_stream(deps, environ):
    """Whichever process holds it; without Redis a little later. A stream whose right stays goes on."""
    with console_of(deps, **environ), ExitStack() as opened:
        wanted = losses(deps)
        workspace = deps.store.workspaces.all()[0].id
        with ThreadPoolExecutor(len(wanted)) as pool:
            open_now = list(pool.map(lambda one: opened.enter_context(stream(deps, one[0], one[1])), wanted))
            text = api_keys.new_key(deps, workspace)[1]
            stays = opened.enter_context(stream(deps, "/api/v1/live", f"Authorization: Bearer {text}"))
            for _, _, lose in wanted:
                lose()
            heard = list(pool.map(rest_of, open_now))
        assert not any(b"event: event" in one or b"event: alert" in one for one in heard)
        again = opened.enter_context(
            connect(deps, b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n" + wanted[0][1].encode() + b"\r\n\r\n")
        )
        assert again.recv(12) == b"HTTP/1.1 401"
        if "REDIS_URL" not in environ:
            deps.bus.publish(workspace, alert("after"))
            assert b"after" in stays.recv(4096)


def test_streams_of_many_keys_leave_room(deps):
    """Each key of two workspaces at its limit: the rest is refused in plain words; health and sign-in answer; all places come back."""
    with console_of(deps), ExitStack() as opened:
        texts = [api_keys.new_key(deps, workspaces.add_workspace(deps, name).id)[1] for name in "ab" for _ in range(2)]
        statuses: Counter[bytes] = Counter()
        refusal = b""
        for text in texts:
            for _ in range(105):
                one = opened.enter_context(
                    connect(deps, f"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {text}\r\n\r\n".encode())
                )
                head = one.recv(4096)
                statuses[head[9:12]] += 1
                refusal = head if head[9:12] == b"429" else refusal
        assert statuses == {b"200": 200, b"429": 220}
        assert b"Retry-After: 15" in refusal
        assert b"application/problem+json" in refusal
        assert [status_of(deps, path) for path in ("/healthz", "/sign-in")] == [200, 200]
        rep = reps.add_rep(deps, deps.store.workspaces.all()[0].id, email="rosa@us.example", name="Rosa")
        cookie = f"Cookie: ll_session={sessions.start(deps, rep)}"
        browser = opened.enter_context(connect(deps, f"GET /live/stream HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n\r\n".encode()))
        assert b"429" in browser.recv(12)

        opened.pop_all().close()

        until = time.monotonic() + 60
        while True:  # a client that is gone is noticed at the next write
            with connect(deps, f"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {texts[0]}\r\n\r\n".encode()) as one:
                if one.recv(12) == b"HTTP/1.1 200":
                    break
            assert time.monotonic() < until
            time.sleep(0.5)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n",
        b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\nx",
    ],
    ids=["idle", "half a header", "half a body"],
)
def test_connections_that_wait_make_room(deps, sent):
    """More of them than the console has places: a whole request is answered, and the oldest of them ended."""
    with console_of(deps, GUNICORN_CMD_ARGS="--worker-connections 50"), ExitStack() as opened:
        waiting = [opened.enter_context(connect(deps, sent)) for _ in range(120)]

        assert [status_of(deps, path) for path in ("/healthz", "/sign-in")] == [200, 200]
        assert waiting[0].recv(64) == b""


def test_a_body_has_a_deadline():
    """What comes in time is read; what does not, raises what werkzeug takes for a client that went away."""
    waits = []

    class Late(io.BytesIO):
        def read(self, *_: object) -> bytes:
            gevent.sleep(60)
            return b""

    @contextmanager
    def note(since: float) -> Iterator[None]:
        waits.append(since)
        yield

    body = worker._Body(io.BytesIO(b"a=1\nb=2"), note)
    assert (body.readline(), body.read(), len(waits)) == (b"a=1\n", b"b=2", 2)
    late = worker._Body(Late(), note)
    late._began -= worker.BODY_SECONDS
    with pytest.raises(TimeoutError):
        late.read()


def test_a_rep_of_the_console_hears_own_alerts_and_visible_leads(deps, console, signed_in, office, ended):
    """Own alerts and the team's, also for an admin; with own leads only, nothing of a colleague's lead.

    Of a visitor whose lead is not known such a rep learns that something changed, and nothing else.
    """
    hers = leads.add_lead(deps, office.workspace.id, email="a@acme.example", name="A", owner=office.admin.id).id
    free = leads.add_lead(deps, office.workspace.id, email="b@acme.example", name="B").id
    policy = msgspec.structs.replace(office.workspace.policy, reps_see="own")
    workspaces.change_workspace(deps, office.workspace.id, policy=policy)
    rep, admin = (signed_in(one).get("/live/stream", buffered=False) for one in (office.rep, office.admin))
    streams = [iter(one.response) for one in (rep, admin)]
    assert all(b"event: ping" in next(one) for one in streams)

    for number, (lead, receiver) in enumerate([(hers, None), (hers, office.rep.id), (free, office.rep.id), (free, office.admin.id)]):
        deps.bus.publish(office.workspace.id, alert(f"alert{number}", lead=lead, rep=receiver))
    for lead in (hers, "", free):
        deps.bus.publish(office.workspace.id, event("e", lead=lead or None))

    heard = [[next(one).decode() for _ in range(count)] for one, count in zip(streams, (3, 5), strict=True)]
    assert [("alert2" in heard[0][0]), ("data: {}" in heard[0][1]), (free in heard[0][2])] == [True, True, True]
    assert ["alert0" in heard[1][0], "alert3" in heard[1][1], hers in heard[1][2], free in heard[1][4]] == [True] * 4
    for one in (rep, admin):
        one.close()


def test_a_client_that_does_not_read_is_cut(deps):
    """Its place is free again, though it never closes its connection."""
    with console_of(deps), ExitStack() as opened:
        workspace = workspaces.add_workspace(deps, "Northbeam").id
        text = api_keys.new_key(deps, workspace)[1]
        header = f"Authorization: Bearer {text}"
        slow = opened.enter_context(
            connect(deps, f"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n".encode(), receive_buffer=2048)
        )
        assert slow.recv(12) == b"HTTP/1.1 200"
        for _ in range(40):
            deps.bus.publish_many(workspace, [alert("a", text="x" * 10_000)] * 20)
            time.sleep(0.05)
        slow.setblocking(False)
        until = time.monotonic() + 60
        while True:
            assert time.monotonic() < until
            try:
                slow.sendall(b"x")
            except (BrokenPipeError, ConnectionResetError):
                break
            time.sleep(0.5)
