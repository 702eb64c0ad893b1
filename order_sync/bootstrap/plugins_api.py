"""The public API: the plugins of an installation, and grading them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from order_sync.bootstrap.installation import Installation
from order_sync.core.errors import ConfigurationError
from order_sync.plugins.manager import PluginReport

if TYPE_CHECKING:
    from order_sync.bootstrap.plugin_check import PluginGrade
    from order_sync.plugins.scaffold import NewPlugin


class PluginsApi(Installation):
    """What is installed beside the core."""

    def plugin_grade(self, report: PluginReport) -> str:
        """The grade that a plugin got when it was last checked here; "not checked", or that it changed since."""
        from order_sync.bootstrap.plugin_grades import PluginGrades
        from order_sync.plugins.probe import fingerprint, package_of

        grades = PluginGrades(self.config.home)
        if not grades.known() or report.status != "loaded":
            return grades.of("", None)
        package = package_of(report.value) if report.value else None
        try:
            return grades.of(report.name, fingerprint(package) if package else None)
        except OSError:  # a file of it cannot be read now
            return grades.of(report.name, None)

    def check_plugins(self, what: str) -> tuple[PluginGrade, ...]:
        """Run the contract suites over the plugins of a package, grade each, and remember the grades.

        Args:
            what: a folder with a pyproject.toml, or the name of an installed plugin, distribution or module.

        Raises:
            ConfigurationError: there is no such plugin, or pytest is not installed.
            InvalidPluginError: it could not be looked at at all.
        """
        from order_sync.bootstrap.plugin_check import check_plugin
        from order_sync.bootstrap.plugin_grades import PluginGrades
        from order_sync.bootstrap.plugin_locate import locate

        checked = tuple(check_plugin(found) for found in locate(what))
        for grade in checked:
            PluginGrades(self.config.home).keep(grade, self.container.clock().now())
        return checked

    def new_plugin(self, kind: str, name: str, into: Path) -> NewPlugin:
        """Write a package for a plugin to start from: see order_sync.plugins.scaffold.new_plugin.

        Raises:
            ConfigurationError: see there; or something that is loaded has the name already.
        """
        from order_sync import __version__
        from order_sync.plugins.scaffold import KINDS, new_plugin

        if name in self._names_of(kind) or any(name == each.name and each.built_in for each in self.plugin_reports()):
            raise ConfigurationError(
                f"There is a {KINDS.get(kind, kind)} or plugin {name!r} already: a second one would be quarantined.",
                next_step="Choose another name; nothing was written.",
                plugin=name,
            )
        return new_plugin(kind, name, into, order_sync_version=__version__)

    def _names_of(self, kind: str) -> set[str]:
        loaded = self._plugins
        if kind == "supplier":
            return {entry.name for entry, _ in loaded.suppliers.items()}
        if kind == "source":
            return {entry.name for entry, _ in loaded.order_sources.items()}
        return {entry.name for entry, _ in loaded.settings_stores.items()}
