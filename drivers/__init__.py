"""Hardware: card printers and chip encoders behind small interfaces. Nothing here knows of the daemon."""
