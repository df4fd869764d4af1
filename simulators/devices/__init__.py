"""The behaviour of each device: what it does, how long it takes, how it fails. No wire is known here."""
