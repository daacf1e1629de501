"""A mail server that can be killed: `python -m tests.faults.rig.upstream PORT FILE SEED`.

It refuses a fifth of the texts for now, and addresses that begin with `unknown` for good. For each accepted text it writes a line before it
answers: time, recipient, Message-ID.
"""

import asyncio
import os
import random
import sys
import time
from email import message_from_bytes
from typing import Any

from aiosmtpd.smtp import SMTP


class Upstream:
    """The handler of aiosmtpd."""

    def __init__(self, path: str, seed: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._chance = random.Random(seed)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address.startswith("unknown"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self._chance.random() < 0.2:
            return "451 4.7.1 come back later"
        name = message_from_bytes(envelope.content)["Message-ID"]
        for address in envelope.rcpt_tos:
            os.write(self._file, f"{time.time()} {address} {name}\n".encode())
        await asyncio.sleep(self._chance.choice((0, 0, 0.01, 0.05)))
        return "250 ok"


async def serve(port: int, handler: Upstream) -> None:
    """Listens until it is killed."""
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(handler, enable_SMTPUTF8=True), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Upstream(sys.argv[2], sys.argv[3])))
