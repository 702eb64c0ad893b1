"""The status page, and what was bought."""

from __future__ import annotations

import types

import pytest

from order_sync import OrderSync
from order_sync.core.errors import StorageError, StorageLockedError
from order_sync.sandbox import Fault
from tests.faults.harness import connect, wait_for
from tests.integration.web.person import person_at


def test_the_status_tells_what_the_doctor_says(sync, person):
    page = person.get("/status")
    checks = sync.doctor()
    assert {check.name for check in checks} >= {"shop", "supplier"}
    for check in checks:
        assert check.name in page.text
    assert "Webhooks" in page.text and "Another process works on orders" in page.text
    assert sync.doctor("main")


def test_it_pauses_and_resumes_a_connection(sync, person):
    page = person.send(person.get("/status"), "pause", reason="count <b>the</b> stock")
    assert "Nothing is bought for main" in page.text and sync.paused("main").reason == "count <b>the</b> stock"
    assert "count &lt;b&gt;" in page.html and "paused" in person.get("/connections").text
    page = person.send(person.get("/status"), "resume")
    assert "main buys again" in page.text and sync.paused("main") is None


@pytest.mark.parametrize("name", ["", "nobody", "<b>", "a b\x00", "x" * 9000])
@pytest.mark.parametrize("do", ["pause", "resume", "explode", ""])
def test_what_is_not_there_is_not_paused(sync, person, name, do):
    answer = person.post("/status", [("csrf", person.csrf()), ("connection", name), ("do", do)])
    assert answer.status_code == 409 and 'role="alert"' in answer.text
    assert "<b>" not in answer.text and sync.paused("main") is None


def test_a_link_does_not_make_the_page_say_what_is_not_so(sync, person):
    assert "Call 555" not in person.get("/status", told="paused", connection="Call 555-0100").text
    assert "Nothing is bought for main" not in person.get("/status", told="paused", connection="main").text


def test_a_connection_named_like_a_part_of_the_page_is_shown_once(tmp_path, sandbox):
    with OrderSync(home=tmp_path, environment={}) as sync:
        connect(sync, sandbox)
        made = sync.connection("main")
        for name in ("installation", "Main"):
            secrets = {"source.token": "t", "supplier.api_key": "k"}
            values = {f"source.{k}": v for k, v in made.source.values.items()}
            values |= {f"supplier.{k}": v for k, v in made.supplier.values.items()}
            sync.connect(name, source="shopify", supplier="ssactivewear", settings=values, secrets=secrets)
        with person_at(sync) as person:
            page = person.get("/status")
            assert len(page.ids) == len(set(page.ids)), page.ids
            assert page.html.count('value="installation"') == 1
            page = person.send(page, form=page.form(of="installation"), do="pause")
            assert sync.paused("installation") and not sync.paused("main")


def test_a_name_of_a_removed_connection_is_written_as_it_was(sync, person, sandbox):
    made = sync.connection("main")
    settings = {f"source.{k}": v for k, v in made.source.values.items()}
    settings |= {f"supplier.{k}": v for k, v in made.supplier.values.items()}
    secrets = {"source.token": sandbox.shopify.token, "supplier.api_key": sandbox.supplier.api_key}
    sync.connect("OldShop", source="shopify", supplier="ssactivewear", settings=settings, secrets=secrets)
    sync.change_settings("OldShop", {"enabled": True, "auto_fulfillment": True, "test_order": False})
    sync.handle_new_order("OldShop", sandbox.shopify.add_order([("B00760004", 1)]))
    sync.disconnect("OldShop", force=True)
    page = person.get("/status")
    assert "OldShop" in page.text and "Oldshop" not in page.text
    assert len(page.ids) == len(set(page.ids))


def test_an_open_circuit_and_the_last_look_are_told(sync, sandbox):
    with (
        sync.service(workers=1, look_every_s=0.2) as service,
        person_at(sync, sync.asgi_app(service)) as person,
    ):
        wait_for(lambda: sync.container.ledger().last_looks(), "a look at the shop")
        page = person.get("/status")
        assert "last look" in page.text and "go through" in page.text
        sandbox.supplier.faults.add(Fault("status", status=503, times=None))
        wait_for(lambda: "is left alone for a while" in person.get("/status").text, "the circuit is open")


def test_a_quarantined_plugin_is_told(tmp_path):
    broken = types.ModuleType("broken")
    broken.register_suppliers = lambda register: 1 / 0
    from order_sync.plugins import hookimpl

    broken.register_suppliers = hookimpl(broken.register_suppliers)
    with OrderSync(home=tmp_path, environment={}, plugins=[("broken", broken)]) as sync, person_at(sync) as person:
        page = person.get("/status")
        assert "quarantined" in page.text and "broken" in page.text


def test_wrong_credentials_are_told_and_no_secret_is(sync, person, sandbox):
    sync.connect("main", secrets={"source.token": "shpat_bad", "supplier.api_key": "bad-key-1"})
    page = person.get("/status")
    assert page.status == 200 and "fail" in page.text
    assert "shpat_bad" not in page.html and "bad-key-1" not in page.html


def test_workers_are_told_of(sync):
    with sync.service(workers=1, look_every_s=None) as service, person_at(sync, sync.asgi_app(service)) as person:
        assert "Workers run" in person.get("/status").text


@pytest.mark.parametrize("error", [StorageLockedError("The ledger is locked."), StorageError("The disk is gone.")])
@pytest.mark.parametrize("path", ["/orders", "/connections", "/status", "/purchases", "/connections/main/review"])
def test_a_ledger_that_cannot_be_read_is_told_on_a_page_and_is_no_defect(sync, person, sandbox, mocker, error, path):
    sync.handle_new_order("main", sandbox.shopify.add_order([("B00760004", 1)]))
    reader, ledger = sync.container.record_reader(), sync.container.ledger()
    for part, names in (
        (reader, ("latest", "asking", "each")),
        (ledger, ("find", "count_by_state", "records_of_order")),
    ):
        for name in names:
            mocker.patch.object(part, name, side_effect=error)
    page = person.get(path)
    assert page.status in (200, 503), page.text
    assert error.message in page.text or path.endswith("review"), page.text


def test_a_pause_that_cannot_be_stored_is_told(sync, person, mocker):
    page = person.get("/status")
    mocker.patch.object(sync.container.pauses(), "pause", side_effect=StorageError("The disk is full."))
    page = person.send(page, "pause")
    assert page.status == 409 and "The disk is full." in page.text


def test_purchases_are_shown_with_their_amounts(sync, person, sandbox):
    sync.handle_new_order("main", sandbox.shopify.add_order([("B00760004", 2)]))
    page = person.get("/purchases")
    assert page.status == 200 and "Total" in page.text and not page.faults
    assert person.get("/purchases", connection="main").status == 200
    assert person.get("/purchases", connection="nobody").status == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(person, method):
    for path in ("/", "/orders", "/status", "/connections/main/connect", "/purchases"):
        answer = person.client.request(method, path)
        assert answer.status_code == 405 and "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("path", ["/orders", "/status", "/connections", "/connections/main/order-sync", "/purchases"])
def test_head_answers_without_a_body(person, path):
    answer = person.client.head(path)
    assert answer.status_code == 200 and answer.content == b""


@pytest.mark.parametrize("path", ["/purchases", "/connections", "/"])
def test_a_form_sent_to_a_page_without_one_changes_nothing(sync, person, path):
    before = sync.connection("main")
    answer = person.post(path, [("csrf", person.csrf()), ("do", "live")])
    assert answer.status_code < 500 and sync.connection("main") == before
