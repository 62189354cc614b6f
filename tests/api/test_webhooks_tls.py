"""Webhooks over https: the certificate must be of a known authority, for that host, and not expired; else nothing is sent."""

import shutil
import ssl
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.webhook_sending import Refused, send
from api.webhooks import deliver
from gis.db import Database
from tests.api.certificates import Authority
from tests.api.test_webhooks import Receiver, publish, registered, squares, state

__all__ = ["squares"]
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the program openssl is not here")


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The one that this process trusts."""
    made = Authority.make(tmp_path, "ours")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    return made


class Secured(Receiver):
    """A receiver whose handshakes may fail without a word."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


@contextmanager
def secured(certificate: Path, key: Path) -> Generator[Receiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Secured() as server:
        server.url = f"https://127.0.0.1:{server.server_port}/hook"
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def receiver(authority: Authority) -> Iterator[Receiver]:
    with secured(*authority.sign("good", "IP:127.0.0.1")) as server:
        yield server


def test_an_edition_arrives_over_https(squares: Database, receiver: Receiver) -> None:
    registered(squares, receiver.url)
    publish(squares, "甲")
    assert deliver(squares, private=True)
    assert state(squares) == (2, 0, None)
    ((headers, _),) = receiver.got
    assert headers["webhook-id"] == "edition-2"


def test_a_wrong_certificate_is_refused_and_told(squares: Database, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    stranger = Authority.make(tmp_path / "other", "stranger")
    for certificate, why in (
        (authority.sign("name", "DNS:example.org"), "IP address mismatch"),
        (authority.sign("address", "IP:127.0.0.2"), "IP address mismatch"),
        (authority.sign("late", "IP:127.0.0.1", days=-1), "certificate has expired"),
        (stranger.sign("unknown", "IP:127.0.0.1"), "unable to get local issuer certificate"),
    ):
        with secured(*certificate) as server:
            with pytest.raises(Refused, match=why):
                send(server.url, b"{}", {}, private=True)
            assert server.got == []
    with secured(*stranger.sign("again", "IP:127.0.0.1")) as server:
        registered(squares, server.url)
        publish(squares, "甲")
        assert deliver(squares, private=True)
        told, tries, error = state(squares)
    assert (told, tries, server.got) == (1, 1, [])
    assert error is not None
    assert "CERTIFICATE_VERIFY_FAILED" in error


def test_a_server_without_tls_is_no_https(authority: Authority) -> None:
    with Receiver() as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with pytest.raises(Refused):
            send(server.url.replace("http:", "https:"), b"{}", {}, private=True)
        thread.join()
        assert server.got == []
