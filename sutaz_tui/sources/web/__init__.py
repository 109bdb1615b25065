"""The board in a browser: textual-serve, and the page that it shows."""
