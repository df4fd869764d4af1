"""Campaigns: a whole station is worked and, again and again, something is pulled; then the world is counted.

`script/campaign --help` tells how to run one.
"""
