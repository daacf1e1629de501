"""The context of a delivery: what a channel needs besides the notice."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import Outbound
from tracker.base.settings import Settings
from tracker.domain.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Context:
    """One try at one channel: the HTTP client, and the settings of the instance and the workspace."""

    outbound: Outbound
    settings: Settings
    workspace: Workspace
    now: datetime
    forget_devices: Callable[[Collection[str]], None] = lambda _: None
    """Removes devices of the receiver that are no longer subscribed."""


class ReceiverRefuses(DeliveryError):
    """The receiver answers, and refuses. Its owner may repair that: it is tried again for a day before the channel is given up."""

    def __init__(self, text: str) -> None:
        super().__init__(text, permanent=False)


class ReceiverGone(DeliveryError):
    """The receiver says that it is gone for good (410)."""

    def __init__(self, text: str) -> None:
        super().__init__(text, permanent=True)


class NoticeRefused(DeliveryError):
    """The channel works but refuses this notice: no retry, and the channel stays enabled."""

    def __init__(self, text: str) -> None:
        super().__init__(text, permanent=True)
