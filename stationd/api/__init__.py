"""What `stationd.station` offers, over HTTP on a Unix socket of this computer."""
