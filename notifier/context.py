"""What a channel is handed beside the notice: the way out, and whose settings hold."""

from dataclasses import dataclass
from datetime import datetime

from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import Outbound
from tracker.base.settings import Settings
from tracker.domain.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Context:
    """One try at one channel."""

    outbound: Outbound
    settings: Settings
    workspace: Workspace
    now: datetime


class NoticeRefused(DeliveryError):
    """The channel works but will not take this one notice: no second try, and the channel stays on."""

    def __init__(self, text: str) -> None:
        super().__init__(text, permanent=True)
