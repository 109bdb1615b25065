"""What one log line says: its shape, time, level and fields."""
