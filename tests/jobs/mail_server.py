"""A mail server whose faults are scripted: speaks just enough SMTP for one mail at a time."""

import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

HANG_UP = "hang up"
SILENCE = "silence"
TRICKLE = "trickle"  # single bytes now and then, for ever


@dataclass
class MailServer:
    """`answers` maps a command ("." for the end of the data) to a line, HANG_UP, SILENCE or TRICKLE."""

    answers: Mapping[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    encrypted: bool = False  # from the first byte, instead of by STARTTLS
    passwords: bool = False
    mails: list[EmailMessage] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    encrypted_from: int | None = None
    """How many commands came before the connection was encrypted."""

    def __enter__(self) -> "MailServer":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            try:
                self._talk(connection)
            except OSError:
                continue
            finally:
                connection.close()

    def _talk(self, plain: socket.socket) -> None:
        plain.settimeout(10)
        connection = plain
        if self.encrypted and self.tls:
            connection = self.tls.wrap_socket(plain, server_side=True)
            self.encrypted_from = 0
        file = connection.makefile("rb")
        self._say(connection, "hello", "220 mail.example ESMTP")
        while line := file.readline():
            self.heard.append(line.decode().strip())
            word = line.split()[0].decode().upper()
            if word == "STARTTLS" and self.tls:
                self._say(connection, word, "220 go ahead")
                connection = self.tls.wrap_socket(connection, server_side=True)
                file = connection.makefile("rb")
                self.encrypted_from = len(self.heard)
            elif word == "DATA" and "DATA" not in self.answers:
                self._say(connection, word, "354 go on")
                self._take(connection, file)
            elif not self._say(connection, word, self._usual(word)):
                return

    def _usual(self, word: str) -> str:
        if word != "EHLO":
            return {"QUIT": "221 bye", "AUTH": "235 welcome"}.get(word, "250 fine")
        offers = ["mail.example"]
        if self.tls and not self.encrypted and self.encrypted_from is None:
            offers.append("STARTTLS")
        if self.passwords:
            offers.append("AUTH PLAIN")
        return "\r\n".join(f"250{'-' if more else ' '}{offer}" for offer, more in _with_more(offers))

    def _take(self, connection: socket.socket, file) -> None:  # type: ignore[no-untyped-def]
        lines = []
        while (line := file.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if self.answers.get(".", "250").startswith("250") or self.answers["."] in (HANG_UP, SILENCE):
            self.mails.append(message_from_bytes(b"".join(lines), policy=default))  # type: ignore[arg-type]
        self._say(connection, ".", "250 taken")

    def _say(self, connection: socket.socket, word: str, usual: str) -> bool:
        answer = self.answers.get(word, usual)
        if answer == SILENCE:
            self._over.wait(10)
        while answer == TRICKLE and not self._over.wait(0.1):
            connection.sendall(b"2")
        if answer in (HANG_UP, SILENCE, TRICKLE):
            connection.shutdown(socket.SHUT_RDWR)
            return False
        connection.sendall(f"{answer}\r\n".encode())
        return word != "QUIT"


def _with_more(offers: list[str]) -> list[tuple[str, bool]]:
    return [(offer, index < len(offers) - 1) for index, offer in enumerate(offers)]
