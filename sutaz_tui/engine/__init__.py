"""Asyncio without sockets or screens: what was answered, when to ask again, and what causes what."""
