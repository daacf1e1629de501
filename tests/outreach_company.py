"""A company that sends email by itself: a workspace with a mail server on loopback, a template and a clock."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

from notifier.mail_sender import MailSender
from tests.scenes import make_scene
from tracker.actions.deps import Deps
from tracker.actions.mail.templates import add_template
from tracker.actions.outreach.enrolments import enrol
from tracker.actions.outreach.sequences import add_sequence
from tracker.base.network.allowed_addresses import AllowedTarget
from tracker.base.settings import Settings
from tracker.domain.outreach.sequence import EnrolmentState, SequenceStep, StepKind, StepTest
from workers.periodic.outreach import run_outreach

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


class Company:
    """A workspace with a mail server, a template and a clock."""

    def __init__(self, deps: Any, clock: list[datetime]) -> None:
        self.deps, self.clock = deps, clock
        self.scene = make_scene(deps)
        self.ws, self.here, self.rep = self.scene.workspace.id, self.scene.store, self.scene.rep
        self.template = add_template(deps, self.ws, name="Hello", subject="An offer", html="<p>Hi {{first_name}}</p>").id
        self.sender = MailSender(deps)

    @property
    def workspace(self) -> Any:
        return self.deps.store.workspaces.get(self.ws)

    def email(self, after: int = 0, test: StepTest = StepTest.ALWAYS, **more: Any) -> SequenceStep:
        return SequenceStep(id="", kind=StepKind.EMAIL, template=self.template, after=after, test=test, **more)

    def sequence(self, *steps: SequenceStep, **more: Any) -> Any:
        return add_sequence(self.deps, self.workspace, name="Follow up", steps=steps, rep=self.rep.id, **more)

    def enrol(self, sequence: Any, lead: Any) -> Any:
        return enrol(self.deps, self.workspace, sequence, lead.id, rep=self.rep.id)

    def state(self, enrolment: Any) -> tuple[EnrolmentState, str]:
        found = self.here.enrolments.get(enrolment.id)
        return found.state, found.reason

    def go(self, until: datetime, step: timedelta = timedelta(minutes=30)) -> None:
        """Lets time pass; every run happens twice."""
        while self.clock[0] < until:
            self.clock[0] = min(self.clock[0] + step, until)
            for _ in range(2):
                run_outreach(self.deps, self.clock[0])
                self.sender.send_all()


@contextmanager
def running_company(settings: Settings, port: int, make_deps: Callable[..., Deps]) -> Iterator[Company]:
    """A company whose mail goes to this port."""
    clock = [MONDAY]
    wired = dataclasses.replace(
        settings,
        smtp_url=f"smtp://127.0.0.1:{port}",
        edge_url="https://links.us.example",
        ehlo_name="mail.us.example",
        outbound_allow=(AllowedTarget(ip_network("127.0.0.1/32"), None),),
    )
    deps = make_deps(wired, lambda: clock[0])
    deps.keys.refresh()
    made = Company(deps, clock)
    try:
        yield made
    finally:
        made.sender.stop(5)
