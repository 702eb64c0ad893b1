"""Who asks the plugins, and who has none to ask."""

from __future__ import annotations

import pluggy
import pytest

from order_sync.core.ports import NoExtensions
from order_sync.plugins import hookspecs
from order_sync.plugins.contracts import ExtensionsContract
from order_sync.plugins.hooks import PluginHooks


class TestPluginHooks(ExtensionsContract):
    @pytest.fixture
    def answering(self):
        def make(answer):
            class Plugin:
                @hookspecs.hookimpl
                def resolve_supplier_sku(self, connection, supplier, sku):
                    return answer()

                @hookspecs.hookimpl
                def adjust_plan(self, plan):
                    return answer()

            manager = pluggy.PluginManager(hookspecs.PROJECT)
            manager.add_hookspecs(hookspecs)
            for name in ("one", "two"):
                manager.register(Plugin(), name)
            return PluginHooks(manager)

        return make


class TestNoExtensions(ExtensionsContract):
    @pytest.fixture
    def answering(self):
        return lambda answer: NoExtensions()
