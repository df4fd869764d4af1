"""`stationctl`: the station for people at a terminal, in Indonesian or English, or as JSON for scripts."""
