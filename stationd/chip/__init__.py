"""Encoding a chip: a profile (data) and a job's data objects become APDU exchanges, journaled and read back.

The engine knows ISO 7816-4; what a card carries and where is the profile's. Nothing here knows readers: it is given a
`drivers.encoder.Connection`.
"""
