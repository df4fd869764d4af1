"""The print station for Indonesian identity cards (KTP-el)."""

__version__ = "0.1.0"
