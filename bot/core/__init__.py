"""The coaching: values and decisions. Standard library only; no input, output or clock."""
