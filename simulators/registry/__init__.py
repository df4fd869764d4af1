"""A central registry that speaks the station's contract (`openapi.yaml`) and invents its citizens."""
