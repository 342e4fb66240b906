"""The pretend carrier of an installation without Twilio takes, lists and forgets texts."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, request
from werkzeug.serving import make_server

from config.settings import Settings
from jobs.outbox.carrier import Accepted, CarrierFailed, CarrierMessage, TextToSend, Unknown
from jobs.outbox.configured_carrier import carrier_of
from jobs.outbox.pretend_carrier import PretendCarrier
from models.storage.database import Database
from tests.acceptance.installation import free_port
from tests.jobs.outbox.carrier.clients import AGES_AGO, ANA, PUBLIC, text
from tests.one_database import on_both
from webhooks.signature import is_refused


def remember_on(phones: list[tuple[str, str, str, str]]) -> Callable[[TextToSend, str], None]:
    return lambda sent, sid: phones.append((sent.sender, sent.to, sent.body, sid))


class TestPretendCarrier:
    @pytest.fixture
    def phones(self) -> list[tuple[str, str, str, str]]:
        return []

    def test_a_text_is_on_the_phone_and_reported_with_a_good_signature(
        self, tmp_path: Path, phones: list[tuple[str, str, str, str]]
    ) -> None:
        reports: list[tuple[str, bool]] = []
        app = Flask(__name__)
        settings = self.settings(tmp_path, free_port())

        @app.post("/webhooks/status")
        def status() -> tuple[str, int]:
            assert not is_refused(request, settings)
            form = request.form
            reports.append(
                (form["MessageStatus"], request.args["m"] == "ref-1_a" and bool(form["MessageSid"]))
            )
            return "", 204

        server = make_server("127.0.0.1", settings.port, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        outcome = PretendCarrier(settings, remember_on(phones)).send(text())
        assert isinstance(outcome, Accepted)
        assert phones == [("+15550100000", ANA, "It's your turn", outcome.carrier_sid)]
        deadline = time.monotonic() + 3
        while len(reports) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        server.shutdown()
        thread.join()
        server.server_close()
        assert reports == [("sent", True), ("delivered", True)]

    def test_nobody_listening_holds_up_nothing(
        self, tmp_path: Path, phones: list[tuple[str, str, str, str]]
    ) -> None:
        carrier = PretendCarrier(self.settings(tmp_path, free_port()), remember_on(phones))
        begin = time.monotonic()
        for _ in range(5):
            assert isinstance(carrier.send(text()), Accepted)
        assert time.monotonic() - begin < 0.5
        assert len(phones) == 5
        assert len({sid for *_, sid in phones}) == 5

    def test_a_phone_that_could_not_keep_the_text_is_an_unknown_outcome(self, tmp_path: Path) -> None:
        def fail(*kept: object) -> None:
            raise OSError("no room")

        assert PretendCarrier(self.settings(tmp_path, 8000), fail).send(text()) == Unknown("fault (OSError)")

    def test_what_the_phones_hold_can_be_listed(self, tmp_path: Path) -> None:
        kept = [CarrierMessage("SM1", "outbound-api", None, ANA, "b", "sent", None, AGES_AGO, AGES_AGO)]
        settings = self.settings(tmp_path, 8000)
        carrier = PretendCarrier(settings, lambda *_: None, lambda phone, since, channel: kept)
        assert carrier.messages_to(ANA, AGES_AGO) == kept
        with pytest.raises(CarrierFailed):
            PretendCarrier(settings, lambda *_: None).messages_to(ANA, AGES_AGO)

    @on_both
    def test_one_text_on_the_phones_is_found_by_its_sid(self, db: Database, tmp_path: Path) -> None:
        settings = self.settings(tmp_path, free_port())
        carrier = carrier_of(settings)
        sent = carrier.send(text())
        assert isinstance(sent, Accepted)
        found = carrier.message(sent.carrier_sid)
        assert isinstance(found, CarrierMessage)
        assert (found.to, found.status) == (ANA, "delivered")
        assert isinstance(carrier.message("SM0"), Unknown)
        assert isinstance(PretendCarrier(settings, lambda *_: None).message("SM0"), Unknown)

    def settings(self, folder: Path, port: int) -> Settings:
        return Settings.from_environment({"DATA_DIR": str(folder), "PUBLIC_URL": PUBLIC, "PORT": str(port)})
