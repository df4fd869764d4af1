"""The print station for Indonesian identity cards (KTP-el)."""
