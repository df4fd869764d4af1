"""The conformance kit: holds a printer's or a reader's driver to every sentence of the interface, one check each.

`python -m drivers.conformance DRIVER ADDRESS` runs it at a real machine; docs/conformance.md tells how, and lists the
promises. A program that has hands of its own (`hands.Hands`) calls `run.hold_to`.
"""
