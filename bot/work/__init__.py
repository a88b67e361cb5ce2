"""Who does the stored work: in one process, woken on insert, no polling."""
