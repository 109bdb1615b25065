"""Small programs that tests start in a terminal of their own."""
