"""Chip encoders with NXP's PN532 on a serial port: type A and type B cards, on the officer's desk.

`protocol.py` has the frames, `commands.py` what is in them, `cards.py` what they tell of a card; `link.py` carries one
command at a time, `driver.py` is the interface above.
"""

from drivers.pn532.driver import Pn532Encoder
from drivers.pn532.opening import DRIVER

__all__ = ["DRIVER", "Pn532Encoder"]
