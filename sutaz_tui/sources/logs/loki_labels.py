"""What Loki can be asked about its labels: how much was written under each value of one."""

from collections.abc import Mapping

from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.loki import LokiApi
from sutaz_tui.sources.loki_refusals import expect_answer

MOST = 200
"""Values of one label that are told, the largest."""
_OFF = (404, 500)
"""How it answers where its index keeps no volumes: it can be turned off."""


async def volumes(api: LokiApi, label: str, start: int, end: int, timeout: float) -> Mapping[str, int] | None:
    """Bytes that were written under each value of a label in [start, end), None where they are not kept.

    Raises SourceError.
    """
    params: dict[str, str | int] = {
        "query": f'{{{label}=~".+"}}',
        "start": start,
        "end": end,
        "targetLabels": label,
        "limit": MOST,
    }
    answer = await api.http.get("/loki/api/v1/index/volume", params=params, timeout=timeout)
    if answer.status in _OFF:
        return None
    found = expect_answer(api.title, answer).json()
    try:
        return {
            str(each["metric"][label]): int(each["value"][1])
            for each in found["data"]["result"] or ()
            if label in each["metric"]
        }
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise BadAnswer(api.title, "the answer to index/volume holds no bytes") from error
