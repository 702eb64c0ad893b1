"""A simulator of the S&S Activewear REST API V2.

Open `server.py` first, `knobs.py` for what is open to doubt.
"""
