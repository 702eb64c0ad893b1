"""The settings of suppliers from outside appear by themselves."""

from __future__ import annotations

import pytest

from order_sync import OrderSync
from order_sync.adapters.memory import InMemoryOrderSource
from tests.builders import a_location, an_order
from tests.integration.web.acme import EVIL, a_gateway, acme
from tests.integration.web.person import person_at

NEW = {"source": "acme-shop", "supplier": "acme"}


@pytest.fixture
def shop():
    return InMemoryOrderSource([an_order()], [a_location()])


@pytest.fixture
def gateway():
    return a_gateway(test_orders=False)


@pytest.fixture
def world(tmp_path, shop, gateway):
    with (
        OrderSync(home=tmp_path, environment={}, plugins=[("acme", acme(shop, gateway))]) as sync,
        person_at(sync) as person,
    ):
        yield sync, person


def test_a_plugins_fields_are_asked_for_with_its_titles_and_helps(world):
    _, person = world
    page = person.get("/connections/new")
    assert {"acme", "ssactivewear", "acme-terms"} <= {v for v, _ in page.forms[1].options["supplier"]}
    page = person.send(page, form=page.forms[1], source="acme-shop", supplier="acme")
    form = page.form(button="save")
    assert form.fields["supplier.key"]["type"] == "password" and "required" in form.fields["supplier.key"]
    assert form.fields["supplier.pause_s"]["placeholder"] == "1.0"
    assert [value for value, _ in form.options["supplier.level"]] == ["", "low", "high"]
    page = person.send(page, "save", supplier__account="1", supplier__key="k-1", supplier__pause_s="2.5")
    assert page.url.path == "/connections/main/order-sync", page.text
    assert "Key Stored; leave it empty to keep it" in person.get("/connections/main/connect").text


def test_fields_come_from_a_marshmallow_schema(world):
    sync, person = world
    page = person.get("/connections/new", source="acme-shop", supplier="acme-terms")
    form = page.form(button="save")
    assert "Customer number" in page.text and "On every invoice" in page.text
    assert form.fields["supplier.password"]["type"] == "password"
    assert form.fields["supplier.days"]["placeholder"] == "14"
    assert form.fields["supplier.tags"]["placeholder"] == "none"
    assert form.value("supplier.region") == "", "nothing is chosen before somebody chooses"
    page = person.send(page, "save", supplier__account="1", supplier__region="east", supplier__days="99")
    assert page.status == 422 and 'id="supplier-days-error"' in page.html
    page = person.send(page, "save", supplier__days="30", supplier__urgent="true")
    values = sync.connection("main").supplier.values
    assert values["days"] == 30 and values["urgent"] is True and values["region"] == "east"
    before = sync.connection("main")
    person.send(person.get("/connections/main/connect"), "save")
    assert sync.connection("main") == before


def test_a_required_choice_that_nobody_made_is_said_at_its_field(world):
    _, person = world
    page = person.get("/connections/new", source="acme-shop", supplier="acme-terms")
    page = person.send(page, "save", supplier__account="1")
    assert page.status == 422 and 'id="supplier-region-error"' in page.html


def test_a_stored_choice_that_the_plugin_offers_no_more_is_shown_as_it_is(world):
    sync, person = world
    settings = {"supplier.account": "1", "supplier.level": "gone", "source.shop": "s"}
    sync.connect("main", **NEW, settings=settings, secrets={"supplier.key": "k"})
    page = person.get("/connections/main/connect")
    assert page.form(button="save").value("supplier.level") == "gone"
    person.send(page, "save")
    assert sync.connection("main").supplier.values["level"] == "gone"


def test_a_supplier_without_payment_profiles_says_who_pays(world):
    sync, person = world
    settings = {"supplier.account": "1", "supplier.region": "east"}
    sync.connect("main", source="acme-shop", supplier="acme-terms", settings=settings)
    page = person.get("/connections/main/order-sync")
    assert "has no payment profiles" in page.text and "payment_email" not in page.form(button="save").fields
    assert "the terms of your account at Acme terms would pay" in _on(sync, person)


def test_a_supplier_without_test_orders_says_that_orders_are_held(world):
    sync, person = world
    sync.connect("main", **NEW, settings={"supplier.account": "1"}, secrets={"supplier.key": "k"})
    assert "takes no test orders" in person.get("/connections/main/order-sync").text
    assert "it is held: Acme takes no test orders" in _on(sync, person)


def _on(sync, person) -> str:
    sync.change_settings("main", {"enabled": True})
    return person.get("/connections/main/review").text


def test_a_plugin_without_webhooks_has_a_status(world):
    sync, person = world
    sync.connect("main", **NEW, settings={"supplier.account": "1"}, secrets={"supplier.key": "k"})
    assert person.get("/status").status == 200


def test_texts_of_a_plugin_are_texts(tmp_path, shop, gateway):
    with (
        OrderSync(home=tmp_path, environment={}, plugins=[("acme", acme(shop, gateway, texts=EVIL))]) as sync,
        person_at(sync) as person,
    ):
        pages = [person.get("/connections/new", **NEW)]
        pages.append(person.send(pages[0], "save", supplier__account=EVIL, supplier__key="k", source__shop=EVIL))
        assert sync.connections() == ("main",)
        pages += [person.get(f"/connections/main/{step}") for step in ("connect", "order-sync", "review")]
        fetched = person.send(pages[-2], "fetch", payment_email="buyer@example.com")
        pages += [fetched, person.send(fetched, "save", payment_profile="7"), person.get("/status")]
        pages.append(person.get("/connections"))
        for page in pages:
            assert page.status == 200 and not page.faults, (page.url, page.faults)
            assert "<script>alert" not in page.html and "nottext" not in page.html, page.url


def test_a_plugin_that_raises_whatever_it_likes_is_told_without_its_secret(tmp_path, shop, gateway, mocker):
    with (
        OrderSync(home=tmp_path, environment={}, plugins=[("acme", acme(shop, gateway))]) as sync,
        person_at(sync) as person,
    ):
        mocker.patch.object(gateway, "check", side_effect=RuntimeError("k-secret is wrong"))
        page = person.get("/connections/new", **NEW)
        page = person.send(page, "save", supplier__account="1", supplier__key="k-secret")
        assert page.status in (422, 500) and "k-secret" not in page.html and sync.connections() == ()
