"""A small name server on this machine."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from tracker.base.network.dns_servers import DnsServer

Reply = Callable[[dns.message.Message], bytes | None]


def answer(*records: str, rcode: dns.rcode.Rcode = dns.rcode.NOERROR) -> Reply:
    """Answers with these MX records: `10 mx.acme.example.`"""

    def reply(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        response.set_rcode(rcode)
        if records:
            response.answer.append(dns.rrset.from_text(query.question[0].name, 300, "IN", "MX", *records))
        return response.to_wire()

    return reply


def records(found: Mapping[str, Sequence[str]]) -> Reply:
    """Answers with the values of the asked type: `{"MX": ["10 mx.acme.example."], "TXT": ["v=spf1 -all"]}`."""

    def reply(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        name, kind = query.question[0].name, dns.rdatatype.to_text(query.question[0].rdtype)
        values = found.get(kind, ())
        if kind == "TXT":
            values = [" ".join(f'"{text[i : i + 200]}"' for i in range(0, len(text), 200)) for text in values]
        if values:
            response.answer.append(dns.rrset.from_text(name, 300, "IN", kind, *values))
        return response.to_wire()

    return reply


def zone(names: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, Reply]:
    """Replies for names without a last dot."""
    return {f"{name}.": records(found) for name, found in names.items()}


MISSING = answer(rcode=dns.rcode.NXDOMAIN)


@contextlib.contextmanager
def name_server(replies: Mapping[str, Reply]) -> Iterator[DnsServer]:
    """Answers from the table, by name with a last dot; other names do not exist."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.05)
        stop = threading.Event()
        thread = threading.Thread(target=_serve, args=(server, stop, replies))
        thread.start()
        try:
            yield DnsServer("127.0.0.1", server.getsockname()[1])
        finally:
            stop.set()
            thread.join()


def _serve(server: socket.socket, stop: threading.Event, replies: Mapping[str, Reply]) -> None:
    while not stop.is_set():
        try:
            wire, client = server.recvfrom(4096)
        except TimeoutError:
            continue
        query = dns.message.from_wire(wire)
        reply = replies.get(str(query.question[0].name), MISSING)(query)
        if reply is not None:
            server.sendto(reply, client)
