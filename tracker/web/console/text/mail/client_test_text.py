"""The test of an email client in words: one line for each step of the chain, the one where it stopped with what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.actions.mail_relay.client_tests import CopyResult, CopyStep
from tracker.actions.mail_relay.server_address import ServerAddress
from tracker.domain.mail.tracking import Tracking
from tracker.domain.team.client_test import ClientTest

DONE, WAITING, FAILED, LATER, NOTE = "done", "waiting", "failed", "later", "note"
_PATIENCE = timedelta(minutes=2)
"""How long a client takes at most, if all is well."""
_DEGREES = {Tracking.FULL: "with opens and links", Tracking.LINKS: "with links only"}


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step: its name, its state, and a sentence."""

    name: str
    state: str
    text: str = ""


def steps_of(test: ClientTest, results: Sequence[CopyResult], now: datetime, server: ServerAddress) -> tuple[StepLine, ...]:
    """The steps in order. At most one waits or failed before the mail is kept; afterwards there is one for each recipient."""
    signed_in = _signed_in(test, now, server)
    if signed_in.state != DONE:
        return signed_in, StepLine("Accepted", LATER), StepLine("Delivered", LATER)
    kept = _kept(test, now)
    if kept.state != DONE:
        return signed_in, kept, StepLine("Delivered", LATER)
    return signed_in, kept, *(line for result in results for line in _result_lines(result))


def _signed_in(test: ClientTest, now: datetime, server: ServerAddress) -> StepLine:
    if test.signed_in_at is not None or test.mail:
        return StepLine("Signed in", DONE, f"With the app password “{test.password}”." if test.password else "")
    if test.refused:
        return StepLine("Signed in", FAILED, test.refused)
    if now - test.started_at < _PATIENCE:
        return StepLine("Signed in", WAITING, "Waiting for your email client.")
    port = server.best
    return StepLine(
        "Signed in",
        FAILED,
        f"No client has signed in yet. Check server {server.host}, port {port.number} with {port.encryption}, and that the network allows it.",
    )


def _kept(test: ClientTest, now: datetime) -> StepLine:
    if test.mail:
        return StepLine("Accepted", DONE, "Sender and recipients are allowed, and the email is on disk.")
    if test.refused:
        return StepLine("Accepted", FAILED, test.refused)
    if test.other_at is not None:
        return StepLine("Accepted", FAILED, f"Another email of yours arrived. The test waits for one with {test.code} in its subject.")
    if now - test.started_at < _PATIENCE:
        return StepLine("Accepted", WAITING, "Waiting for the email.")
    return StepLine("Accepted", FAILED, f"A client signed in but has sent no email with {test.code} in its subject. See its outbox.")


def _result_lines(result: CopyResult) -> list[StepLine]:
    name = f"Delivered to {result.recipient}"
    if result.step is CopyStep.FAILED:
        return [StepLine(name, FAILED, f"Not delivered: {_sentence(result.error)}")]
    if result.step is CopyStep.WAITING:
        return [
            StepLine(name, WAITING, f"Tried again later: {_sentence(result.error)}" if result.error else "Waiting for your mail server.")
        ]
    line = StepLine(name, DONE, "Your mail server accepted it.")
    message = result.message
    if message is None:
        return [line, StepLine("Tracking", NOTE, "Sent unchanged: the recipient is no lead. Send a test to a lead to check tracking too.")]
    if degree := _DEGREES.get(message.degree):
        return [line, StepLine("Tracking", DONE, f"The lead’s copy is tracked {degree}.")]
    return [line, StepLine("Tracking", NOTE, message.tracking_reason or "Tracking is off for this email or in your profile.")]


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
