"""The outside world of a station: cards, printers, readers and the central registry. Imports nothing of stationd or drivers."""
