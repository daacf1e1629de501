"""Mail services of recipients' domains: looked up in the background, used for messages of their time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.dns_server import Reply, answer, name_server
from tests.scenes import NOON, Scene, make_scene
from tests.workers.test_verdicts import drained, labels
from tracker.actions.deps import Deps
from tracker.actions.mail.messages import create_message, mark_sent
from tracker.base.network.dns_servers import DnsServers
from tracker.domain.activity.event import Label
from workers.periodic.background import Background
from workers.periodic.mail_services import look_up_mail_services
from workers.recompute.run import recompute

MICROSOFT, GOOGLE = answer("0 acme-example.mail.protection.outlook.com."), answer("1 aspmx.l.google.com.")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def replies() -> dict[str, Reply]:
    return {"acme.example.": MICROSOFT}


@pytest.fixture
def asking(deps: Deps, replies: dict[str, Reply]) -> Iterator[Deps]:
    """Dependencies at noon that ask a name server of this machine."""
    with name_server(replies) as server:
        yield replace(deps, settings=replace(deps.settings, dns_servers=DnsServers((server,))), now=lambda: NOON)


@pytest.fixture
def scene(asking: Deps) -> Scene:
    return make_scene(asking)


def at(deps: Deps, moment) -> Deps:
    return replace(deps, now=lambda: moment)


def known(deps: Deps, domain: str = "acme.example"):
    return deps.store.mail_domains.by_names([domain]).get(domain)


def test_a_new_message_makes_its_domain_due(scene: Scene, asking: Deps):
    """Creation waits for no name server; an address in capitals is of the same domain."""
    lead = scene.lead(email="Dana@ACME.example")
    made = create_message(asking, scene.workspace.id, lead=lead.id, subject="Offer", html="<p>Hello</p>")

    assert (made.domain, known(asking).services, known(asking).next_at) == ("acme.example", (), NOON)
    assert look_up_mail_services(asking, NOON) == 1
    found = known(asking)
    assert (found.service.vendor, found.service.scans, found.hosts) == ("Microsoft", True, ("acme-example.mail.protection.outlook.com",))
    assert (found.checked_at, found.next_at, look_up_mail_services(asking, NOON + DAY)) == (NOON, None, 0)


def test_nothing_is_looked_up_for_the_demo(scene: Scene, asking: Deps):
    """Its people and their domains do not exist."""
    asking.store.workspaces.change(scene.workspace.id, is_demo=True)
    made = create_message(asking, scene.workspace.id, lead=scene.lead().id, subject="Offer", html="<p>Hello</p>")

    assert (made.domain, known(asking)) == ("", None)


def test_an_answer_is_kept_for_a_week(scene: Scene, asking: Deps, replies: dict[str, Reply]):
    """The first message after it, created or sent, makes the domain due again. The former service stays known for its time."""
    lead = scene.lead()
    made = create_message(asking, scene.workspace.id, lead=lead.id, subject="Offer", html="<p>Hello</p>")
    look_up_mail_services(asking, NOON)
    replies["acme.example."] = GOOGLE
    for days, expected in ((6, 0), (8, 1)):
        later = at(asking, NOON + days * DAY)
        later.store.mail_domains.want(made.domain, later.now())
        assert look_up_mail_services(later, later.now()) == expected

    mark_sent(at(asking, NOON + 17 * DAY), scene.workspace.id, made.id)
    assert known(asking).next_at == NOON + 17 * DAY
    assert [service.scans for service in known(asking).services] == [True, False]


def test_a_failed_look_up_is_repeated_later(asking: Deps, replies: dict[str, Reply]):
    """After an hour, then after a day; the domain is not known to scan meanwhile."""
    replies["acme.example."] = lambda _: None
    asking.store.mail_domains.want("acme.example", NOON)

    assert [look_up_mail_services(asking, NOON + wait) for wait in (0 * HOUR, 59 * MINUTE, HOUR)] == [1, 0, 1]
    assert (known(asking).services, known(asking).failures, known(asking).next_at) == ((), 2, NOON + HOUR + DAY)


def test_nothing_is_asked_where_it_is_off(deps: Deps):
    """Domains stay due, for the day on which it is switched on."""
    deps.store.mail_domains.want("acme.example", NOON)
    off = replace(deps, settings=replace(deps.settings, dns_servers=DnsServers(is_off=True)))

    assert (look_up_mail_services(off, NOON), known(deps).next_at) == (0, NOON)


@pytest.mark.parametrize("is_first", [True, False])
def test_the_verdict_does_not_depend_on_when_dns_answers(scene: Scene, asking: Deps, *, is_first: bool):
    """A browser loads the pixel at once on a domain that scans: unsure, whether the answer came before or after it."""
    lead = scene.lead()
    asking.store.mail_domains.want("acme.example", NOON)
    if is_first:
        look_up_mail_services(asking, NOON)
    scene.open(scene.message(lead, NOON, domain="acme.example"), NOON + timedelta(seconds=20))
    drained(scene)
    recompute(at(asking, NOON + MINUTE), "live")
    assert labels(scene, lead.id) == [Label.UNSURE if is_first else Label.HUMAN]

    look_up_mail_services(at(asking, NOON + 9 * MINUTE), NOON + 9 * MINUTE)
    recompute(at(asking, NOON + 10 * MINUTE), "live")
    assert labels(scene, lead.id) == [Label.UNSURE]


def test_a_late_first_answer_decides_earlier_messages_again(scene: Scene, asking: Deps, replies: dict[str, Reply]):
    """Many new domains, or a name server that is away, delay the answer; the verdict is as if it had come at once."""
    lead = scene.lead()
    replies["acme.example."] = lambda _: None
    asking.store.mail_domains.want("acme.example", NOON)
    look_up_mail_services(asking, NOON)
    scene.open(scene.message(lead, NOON, domain="acme.example"), NOON + timedelta(seconds=20))
    drained(scene)
    recompute(asking, "live")
    assert labels(scene, lead.id) == [Label.HUMAN]

    replies["acme.example."] = MICROSOFT
    later = at(asking, NOON + 2 * HOUR)
    look_up_mail_services(later, later.now())
    recompute(later, "live")
    assert labels(scene, lead.id) == [Label.UNSURE]


def test_a_later_answer_leaves_an_older_message_as_it_is(scene: Scene, asking: Deps, replies: dict[str, Reply]):
    """Its service was another at its time: neither now nor when it is looked at again does its verdict change."""
    lead = scene.lead()
    replies["acme.example."] = GOOGLE
    asking.store.mail_domains.want("acme.example", NOON)
    look_up_mail_services(asking, NOON)
    scene.open(scene.message(lead, NOON, domain="acme.example"), NOON + timedelta(seconds=20))
    drained(scene)
    recompute(asking, "live")

    replies["acme.example."] = MICROSOFT
    later = at(asking, NOON + 8 * DAY)
    asking.store.mail_domains.want("acme.example", later.now())
    look_up_mail_services(later, later.now())
    assert [service.scans for service in known(asking).services] == [False, True]
    assert asking.store.dirty.counts() == {}
    asking.store.dirty.mark(scene.workspace.id, lead.id, [NOON])
    recompute(later, "live")
    assert labels(scene, lead.id) == [Label.HUMAN]


def test_one_run_looks_up_all_domains_that_are_due(asking: Deps, replies: dict[str, Reply]):
    """A first mail to many companies does not leave the last of them waiting for later runs."""
    names = [f"acme{number}.example" for number in range(70)]
    replies |= {f"{name}.": MICROSOFT for name in names}
    for name in names:
        asking.store.mail_domains.want(name, NOON)
    assert look_up_mail_services(asking, NOON) == 70
    assert {known(asking, name).service.scans for name in names} == {True}


def test_background_work_runs_once_at_a_time_and_raises_nothing(deps: Deps):
    """A sweep never waits for it; a failure ends that run only."""
    ran = []

    def fails(_deps: Deps, now) -> None:
        ran.append(now)
        raise ConnectionError

    work = Background("fails", fails)
    for minute in range(2):
        work.run(deps, NOON + minute * MINUTE)
        work.wait()

    assert ran == [NOON, NOON + MINUTE]
