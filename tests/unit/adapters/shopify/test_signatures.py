"""How often the secret is looked up, and that a replaced one refuses nobody."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading

import pytest

from order_sync.adapters.shopify.signatures import ClientSecret
from order_sync.core.errors import ConfigurationError, EventSignatureError

BODY = b'{"id": 1}'


class Bench:
    """A secret that is kept somewhere, and a clock that stands still."""

    def __init__(self, secret: str | None = "first") -> None:
        self.secret = secret
        self.looked_up = 0
        self.now = 100.0
        self.checked = ClientSecret(self._look_up, "main", lambda: self.now)

    def _look_up(self, name: str) -> str | None:
        assert name == "client_secret"
        self.looked_up += 1
        return self.secret

    def accepts(self, secret: str) -> bool:
        try:
            self.checked.check(
                base64.b64encode(hmac.new(secret.encode(), BODY, hashlib.sha256).digest()).decode(), BODY
            )
        except EventSignatureError as exc:
            assert secret not in str(exc) and str(self.secret) not in str(exc)
            return False
        return True


def test_thousands_of_requests_in_a_second_look_the_secret_up_once() -> None:
    bench = Bench()
    assert all(bench.accepts("first") for _ in range(2000))
    assert bench.looked_up == 1
    bench.now += 1.0
    assert bench.accepts("first") and bench.looked_up == 2


def test_a_replaced_secret_counts_at_once_and_the_old_one_no_longer() -> None:
    bench = Bench()
    assert bench.accepts("first")
    bench.secret = "second"
    assert bench.accepts("second")
    assert not bench.accepts("first")


def test_a_flood_of_forged_requests_looks_the_secret_up_once_a_second() -> None:
    bench = Bench()
    assert not any(bench.accepts("forged") for _ in range(2000))
    assert bench.looked_up == 2
    bench.now += 0.999
    assert not bench.accepts("forged") and bench.looked_up == 2
    bench.now += 0.001
    assert not bench.accepts("forged") and bench.looked_up <= 4


@pytest.mark.parametrize("missing", [None, "", "  "])
def test_a_missing_secret_is_a_setting_to_be_made(missing: str | None) -> None:
    with pytest.raises(ConfigurationError, match=r"source\.client_secret"):
        Bench(missing).accepts("first")


def test_a_secret_with_a_line_end_from_its_file_is_the_secret() -> None:
    assert Bench("first\n").accepts("first")


def test_many_threads_agree() -> None:
    bench = Bench()
    refused: list[bool] = []
    threads = [
        threading.Thread(target=lambda: refused.extend(not bench.accepts("first") for _ in range(100)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 800 and not any(refused) and bench.looked_up == 1
