"""Real servers on this machine for what the outbox sends: one for mail, one for HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller

REFUSED = "nobody@"
BUSY = "busy@"


@dataclass
class Post:
    """What was posted."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class MailServer:
    """A mail server and what it took."""

    host: str = ""
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address.startswith(REFUSED):
            return "550 no such mailbox"
        if address.startswith(BUSY):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.to.append(envelope.rcpt_tos)
        return "250 taken"


class _Bound(Controller):
    """A controller whose port is bound before its number is told."""

    def __init__(self, handler: MailServer) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        super().__init__(handler, hostname="127.0.0.1", port=self._socket.getsockname()[1])

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self._socket)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server on a free port."""
    handler = MailServer()
    controller = _Bound(handler)
    controller.start()
    try:
        handler.host, handler.port = "127.0.0.1", controller.port
        yield handler
    finally:
        controller.stop()


Reply = Callable[[Post], tuple[int, bytes]]


@dataclass
class HttpServer:
    """A web server: what was posted to it, and what it answers."""

    url: str
    posts: list[Post] = field(default_factory=list)
    reply: Reply = lambda _post: (200, b"{}")
    hanging: threading.Event = field(default_factory=threading.Event)
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def http_server(reply: Reply | None = None) -> Iterator[HttpServer]:
    """A web server on a free port; a `reply` may wait for `hanging`, which is set at the end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            post = Post(self.path, dict(self.headers), body)
            made.posts.append(post)
            status, answer = made.reply(post)
            self.send_response(status)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_words):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_request):
            """A caller that hung up is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    made = HttpServer(f"http://127.0.0.1:{server.server_port}")
    if reply is not None:
        made.reply = reply
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.hanging.set()
        server.shutdown()
        server.server_close()
