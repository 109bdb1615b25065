"""The vector stores: ChromaDB, Qdrant and FAISS keep, find and forget known vectors, and refuse what does not fit."""

# Imported for the checks that they add.
from sutaz_tui.checks.vectors import chromadb, documents, faiss, parity, qdrant, round_trips
from sutaz_tui.checks.vectors.category import CATEGORY

__all__ = ["CATEGORY", "NOT_COVERED", "chromadb", "documents", "faiss", "parity", "qdrant", "round_trips"]

NOT_COVERED: dict[str, str] = {}
