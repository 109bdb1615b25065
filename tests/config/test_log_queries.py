"""Named queries of the config: what is wrong with one is told with its place."""

from pathlib import Path

import pytest

from sutaz_tui.cli.main import run


@pytest.mark.parametrize(
    ("queries", "told"),
    [
        ("{lost: lost}", 'logs.queries.lost: found "lost", expected LogQL'),
        ("{'a b': '{a=`b`}'}", 'found "a b", expected a word'),
        ("{all: '{a=`b`}'}", 'found "all", expected a word'),
    ],
)
def test_a_wrong_query_is_told_with_its_place(
    queries: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(f"services:\n- {{id: a, kind: tcp, address: 'a:1'}}\nlogs: {{queries: {queries}}}\n")
    code = run(["config", "check", "-c", str(file)])
    written = capsys.readouterr()
    assert code == 2 and told in written.out + written.err
