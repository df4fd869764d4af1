"""The outside world of a station: cards, printers, readers and the registry. Knows nothing of stationd or drivers."""
