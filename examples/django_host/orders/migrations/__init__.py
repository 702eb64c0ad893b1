"""The tables of the settings store."""
