"""A card's picture as RGB on standard input, a Magicard's job on standard output: a filter such as print daemons have.

With an argument it only gets ready.
"""

from __future__ import annotations

import sys

from PIL import Image, ImageOps

from drivers.magicard import planes
from drivers.magicard.protocol import Plane, job

HEAD = 50  # its position, in the middle


def made(picture: bytes) -> list[bytes]:
    """Separate a picture of 1016 × 642 points into its dyes and lay them out as the machine wants them."""
    card = Image.frombytes("RGB", (planes.WIDTH, planes.HEIGHT), picture)
    cyan, magenta, yellow = (ImageOps.invert(light).tobytes() for light in card.split())
    dyes = {Plane.YELLOW: yellow, Plane.MAGENTA: magenta, Plane.CYAN: cyan}
    return job(["NOC1", "OVRON"], [(plane, planes.colour_plane(dye, HEAD)) for plane, dye in dyes.items()])


if __name__ == "__main__" and len(sys.argv) == 1:
    sys.stdout.buffer.writelines(made(sys.stdin.buffer.read()))
