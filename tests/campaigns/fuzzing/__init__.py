"""Fuzzing: every parser of what a device says, against damaged replies; in process, and only with replies' bytes.

`script/campaign fuzz --help` tells how to run it, docs/campaigns.md what is checked.
"""
