"""The databases, each asked itself, and the backend's word of them beside their own."""

from sutaz_tui.checks.base import Category
from sutaz_tui.checks.databases import postgres, redis, stores

CATEGORY = Category("databases")
for _part in (postgres, redis, stores):
    CATEGORY.checks += _part.CATEGORY.checks

NOT_COVERED = {
    "db-07": "the backend has no route for a graph's nodes, and writing to Neo4j needs a login that the config "
    "does not name; that its query door works is databases.neo4j.query",
    "db-11": "that collections are created, searched and dropped in ChromaDB is checked in the category vectors",
    "db-14": "that collections are created, searched and dropped in Qdrant is checked in the category vectors",
    "db-16": "the backend has no route for FAISS; its index is created, searched and dropped in the category vectors",
}
"""Old tests that no check of this category stands for, and why."""
