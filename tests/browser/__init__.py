"""A headless Chromium for tests of pages, driven over its DevTools protocol."""
