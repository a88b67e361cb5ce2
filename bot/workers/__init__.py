"""Workers: run the stories on stored work, woken when something is stored, and ticking weekly."""
