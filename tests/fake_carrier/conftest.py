"""An app that notes what it is asked, and a fake carrier that calls it."""

from collections.abc import Iterator

import pytest

from tests.fake_carrier import FakeCarrier
from tests.fake_carrier.app import PUBLIC, App


@pytest.fixture
def app() -> Iterator[App]:
    app = App()
    yield app
    app.server.shutdown()
    app.server.server_close()


@pytest.fixture
def carrier(app: App) -> Iterator[FakeCarrier]:
    with FakeCarrier(public_url=PUBLIC, app_url=app.url, report_seconds=0.001) as carrier:
        yield carrier
