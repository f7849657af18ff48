"""A server on loopback that answers with exactly the bytes a test wants, as slowly as it wants."""

from __future__ import annotations

import socketserver
import threading
import time
from contextlib import contextmanager


class Server(socketserver.ThreadingTCPServer):
    """Path → bytes of the whole answer, or an iterable of pieces with pauses (numbers) between."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 32

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = {}
        self.requests = []

    def url(self, path="/map.json"):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def handle_error(self, request, client_address):
        """A client that goes away is what some tests are about."""


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head and (piece := self.request.recv(4096)):
            head += piece
        line, *fields = head.decode("latin-1").split("\r\n")
        path = line.split(" ")[1]
        headers = dict(f.lower().split(": ", 1) for f in fields if ": " in f)
        self.server.requests.append((path, headers))
        answer = self.server.answers.get(path) or response(b"", "404 Not Found")
        if callable(answer):
            answer = answer(headers)
        for piece in [answer] if isinstance(answer, bytes) else answer:
            if isinstance(piece, bytes):
                self.request.sendall(piece)
            else:
                time.sleep(piece)


def response(body, status="200 OK", **headers):
    fields = {"content-length": len(body), "connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{k}: {v}" for k, v in fields.items() if v is not None)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def running():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
