"""The built-in plugins bound to the contract suites, so that ``order-sync plugins check`` grades them as any other.

Installed with the package; nothing imports it but pytest.
"""
