"""What can go wrong with one exchange of HTTP, as the fault proxy is told it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can happen to an exchange."""

    RESET = "reset"  # the connection is reset before the service sees the request
    LOST_REPLY = "lost_reply"  # the service does its work and nobody hears of it
    LATENCY = "latency"  # the reply comes late
    TRICKLE = "trickle"  # the reply comes a few bytes at a time
    TRUNCATE = "truncate"  # the reply ends in the middle
    GARBAGE = "garbage"  # the reply is no HTTP
    BLACKHOLE = "blackhole"  # nothing comes, and nobody hangs up
    CUT_CONTINUE = "cut_continue"  # the connection ends inside the header of "100 Continue"
    ANSWER = "answer"  # the service answers with an error of its own


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of one exchange.

    Attributes:
        amount: Seconds of LATENCY; bytes at a time of TRICKLE, 20 times a second; bytes that
            TRUNCATE lets through.
        reply: The whole reply of ANSWER; `error_reply` makes one.
        hits: Which requests it hits, by their bytes; all of them where it is not said.
        then: What else happens when it strikes, a kill for example. With LOST_REPLY the service has
            done its work by then, with every other kind it has not seen the request.
    """

    kind: Kind
    amount: float = 0
    reply: bytes = b""
    hits: Callable[[bytes], bool] = bool
    then: Callable[[], object] | None = None

    def strike(self) -> None:
        """Do what else happens."""
        if self.then is not None:
            self.then()


def error_reply(status: int, code: str, *, xml: bool = False) -> bytes:
    """The reply of a service with an error code: S3 speaks XML, the others JSON."""
    if xml:
        body = f"<Error><Code>{code}</Code><Message>injected</Message></Error>".encode()
    else:
        body = f'{{"__type": "{code}", "message": "injected"}}'.encode()
    head = (
        f"HTTP/1.1 {status} Injected\r\nx-amzn-errortype: {code}\r\n"
        f"Content-Type: {'application/xml' if xml else 'application/x-amz-json-1.1'}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
