"""What one can look at beside the board: a view is its columns, and a question whose answer is rows."""
