"""Where a message of HTTP ends, for whoever passes messages on without understanding them."""


def is_whole(request: bytes) -> bool:
    """Whether the proxy need not read on: all of it, or a head whose client waits for its turn."""
    head, end_of_head, body = request.partition(b"\r\n\r\n")
    if not end_of_head:
        return False
    return expects_continue(request) or len(body) >= content_length(head)


def is_whole_reply(reply: bytes, *, has_content: bool) -> bool:
    """Whether a reply has ended; one to HEAD has no content whatever its length says."""
    head, end_of_head, body = reply.partition(b"\r\n\r\n")
    if not end_of_head or not has_content:
        return bool(end_of_head)
    if b"transfer-encoding: chunked" in head.lower():
        return body.endswith(b"0\r\n\r\n")
    return len(body) >= content_length(head)


def expects_continue(request: bytes) -> bool:
    """Whether the client holds its body back until it is asked for it."""
    head, _, body = request.partition(b"\r\n\r\n")
    return b"expect: 100-continue" in head.lower() and not body


def content_length(head: bytes) -> int:
    """Bytes of the body, as its head says; 0 if it says nothing."""
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return 0
