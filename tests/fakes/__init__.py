"""In-memory twins of the ports, for fast tests of the flows."""
