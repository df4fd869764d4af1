"""Looks at a station as a technician would: what is attached, what is wrong with it, and what support needs to know.

Used by the api, where the daemon looks at itself, and by the commands, where there is no daemon. Nothing here changes
anything; a device that a daemon works with is never opened here.
"""
