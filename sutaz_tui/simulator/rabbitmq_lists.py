"""How RabbitMQ's management sorts, pages and thins its lists (3.10.8), and what it refuses."""

from collections.abc import Mapping
from typing import Any

MOST = 500


class WrongPage(Exception):
    """A page that is none: `error` and `reason` of its answer 400."""


class WrongSort(Exception):
    """An order that it answers 500 to, without a word."""


def listed(found: list[dict[str, Any]], query: Mapping[str, str]) -> Any:
    """The answer to a request for a list."""
    total = len(found)
    if "page" in query and query.get("name"):
        found = [item for item in found if query["name"].casefold() in str(item["name"]).casefold()]
    if "sort" in query:
        reverse = query.get("sort_reverse", "false")
        if reverse not in ("true", "false"):
            raise WrongSort
        path = query["sort"].split(".")
        found = sorted(found, key=lambda item: _order(_at(item, path)), reverse=reverse == "true")
    columns = query.get("columns")
    if "page" not in query:
        return [columns_of(item, columns) if columns else item for item in found]
    page, size = _page(query)
    pages = max(1, -(-len(found) // size))
    if page > pages:
        words = f"Page out of range, page: {page} page size: {size}, len: {len(found)}"
        raise WrongPage("page_out_of_range", words)
    items = found[(page - 1) * size : page * size]
    return {
        "filtered_count": len(found),
        "item_count": len(items),
        "items": [columns_of(item, columns) if columns else item for item in items],
        "page": page,
        "page_count": pages,
        "page_size": size,
        "total_count": total,
    }


def columns_of(item: Mapping[str, Any], columns: str) -> dict[str, Any]:
    """What is asked for of an item; `a.b` is `b` inside `a`."""
    found: dict[str, Any] = {}
    for column in columns.split(","):
        *outer, last = column.split(".")
        inside = _at(item, outer)
        if isinstance(inside, Mapping) and last in inside:
            place = found
            for part in outer:
                place = place.setdefault(part, {})
            place[last] = inside[last]
    return found


def _page(query: Mapping[str, str]) -> tuple[int, int]:
    try:
        page, size = int(query["page"]), int(query.get("page_size", "100"))
    except ValueError:
        raise WrongPage("bad_request", "Pagination parameters are invalid") from None
    if page < 1 or not 1 <= size <= MOST:
        words = f"Invalid pagination parameters: page number {page}, page size {size}"
        raise WrongPage("invalid_pagination_parameters", words)
    return page, size


def _at(item: Any, path: list[str]) -> Any:
    for part in path:
        item = item.get(part) if isinstance(item, Mapping) else None
    return item


def _order(value: Any) -> tuple[int, Any]:
    """Erlang's order of terms: numbers before atoms, atoms before texts; what is not there is an atom."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0, value
    return (2, value) if isinstance(value, str) else (1, "")
