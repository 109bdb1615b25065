"""What is said without a screen: status, plain board, report, checks and logs as text."""
