"""What others can watch: figures for Prometheus. Nothing here names a person or holds a text."""
