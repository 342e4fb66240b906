"""Servers that answer as a test tells them to, and a port where none listens."""

import contextlib
import socket
import ssl
import threading


def raw_server(answer: bytes, tls: ssl.SSLContext | None = None) -> tuple[str, threading.Thread]:
    """A server for one connection that answers exactly so."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening:
            connection, _ = listening.accept()
            with contextlib.suppress(ssl.SSLError, ConnectionResetError):
                connection = tls.wrap_socket(connection, server_side=True) if tls else connection
                connection.recv(65536)
                connection.sendall(answer)
                connection.shutdown(socket.SHUT_WR)
                connection.recv(65536)
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}", thread


def http(status: str, body: str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", body]
    return "\r\n".join(lines).encode()
