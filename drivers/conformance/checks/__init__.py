"""The checks, a module for each subject: importing one enters its promises."""

from drivers.conformance.checks import (  # noqa: F401 - imported so that their promises are entered
    answers,
    cable,
    cleaning,
    counting,
    encoder,
    holding,
    opening,
    printing,
    reader,
    time,
    transport,
    troubles,
    turning,
)
from drivers.conformance.promise import entered

PROMISES = entered()
"""Every promise of the interface."""
