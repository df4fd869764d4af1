"""The officers' window: what the station does, what it needs, and the few things to be said to it (Qt).

It speaks to the daemon through `stationd.client` alone, and the daemon never needs it. `docs/tray.md` tells how a
screen is added.
"""
