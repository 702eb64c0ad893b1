"""The machine we run on: its clock, its log."""
