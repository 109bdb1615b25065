"""The stack's services each answering as itself, its containers as Docker and cAdvisor see them, host and links."""

from sutaz_tui.checks.base import Category
from sutaz_tui.checks.infrastructure import containers, links, ports, services

CATEGORY = Category("infrastructure")
for _part in (services, ports, containers, links):
    CATEGORY.checks += _part.CATEGORY.checks

NOT_COVERED = {
    "inf-10": "the stack has no Milvus; that its three vector stores answer as themselves is "
    "infrastructure.chromadb.itself, infrastructure.qdrant.itself and infrastructure.faiss.itself",
}
"""Old tests that no check of this category stands for, and why."""
