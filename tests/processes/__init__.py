"""Real ``reframe`` processes for the tests, without paying for the imports each time."""
