"""A server that fails once and then answers."""

from http.server import BaseHTTPRequestHandler


class Answering(BaseHTTPRequestHandler):
    """Fails the first time, then answers; keeps the requests."""

    asked: list[str] = []

    def do_GET(self) -> None:
        type(self).asked.append(f"GET {self.path} {self.headers.get('Cookie', '')}".strip())
        if self.path == "/healthz" or len(self.asked) > 1:
            self.send_response(303 if self.path == "/first" else 200)
            self.send_header("Set-Cookie", "take_a_number=xyz; Secure; HttpOnly; Path=/")
            self.send_header("Location", "/second?a=1")
            self.end_headers()
            self.wfile.write(b"<form action=/pressed><input name=press value=1><button>Go</button></form>")
        else:
            self.connection.close()

    def do_POST(self) -> None:
        given = self.rfile.read(int(self.headers["Content-Length"])).decode()
        type(self).asked.append(f"POST {self.path} {given}")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass
