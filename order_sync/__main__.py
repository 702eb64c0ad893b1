"""``python -m order_sync`` is the command too."""

from order_sync.cli import main

if __name__ == "__main__":
    main()
