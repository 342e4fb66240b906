"""The fake carrier with its API, which may be down for a while."""

from typing import Any, Self

from tests.fake_carrier.api import Api
from tests.fake_carrier.incoming import Incoming


class FakeCarrier(Incoming):
    """See the package's first lines for how to use it. Everything public may be called from any thread."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, base_path: str = "", **state: Any) -> None:
        """`base_path` is put before every address of the API; the rest are those of the state."""
        super().__init__(**state)
        self._api = Api(self, host=host, port=port, base_path=base_path)

    @property
    def url(self) -> str:
        """For TWILIO_API_URL."""
        return self._api.url

    def start(self) -> Self:
        self._timetable.start()
        self._api.open()
        return self

    def stop(self) -> None:
        self._api.close()
        self._timetable.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def down(self) -> None:
        """Refuse every connection to the API until `up`. Webhooks and reports go on."""
        self._api.begin_outage("down")

    def up(self) -> None:
        self._api.end_outage("down")
