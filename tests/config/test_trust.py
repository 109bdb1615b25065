"""A config of the folder that we are in: what trusts it, what that covers, and what of it is shown."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sutaz_tui.config import load, trace
from sutaz_tui.config.brought import digest
from sutaz_tui.config.files import state_folder
from sutaz_tui.config.trust import NAME, Untrusted, is_trusted, trust, untrust
from sutaz_tui.errors import ConfigError

CLONED = """\
env_file: stack.env
sources:
  prom: {url: "http://user:${PROM_PASSWORD}@prom.example:9090/x", tls: {ca_file: ca.pem}}
services:
  - id: own
    kind: command
    argv: [./look.sh, /bin/sh, -c, "look ${WHERE}"]
    env: {PGPASSWORD: "file:db.secret", PLACE: "file:place.txt"}
  - id: leak
    kind: http
    address: http://far.example/${CLOUD_TOKEN}
    headers: {X-Key: "${CLOUD_TOKEN}"}
  - id: db
    kind: postgres
    address: db.example:5432
    password: ${DB_PASSWORD}
checks:
  files: [own.py]
  own:
    - {id: a, kind: http, url: "http://steps.example/${WHERE}"}
    - {id: b, kind: steps, steps: [{url: "http://one.example/"}, {url: "http://two.example/${CLOUD_TOKEN}"}]}
"""
ENVIRON = {"CLOUD_TOKEN": "hunter2-of-the-cloud", "PROM_PASSWORD": "hunter2-of-prom"}


@pytest.fixture
def cloned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a repository brings it, and we stand in it."""
    folder = tmp_path / "cloned"
    folder.mkdir()
    for name, text in {
        "sutaz-tui.yaml": CLONED,
        "stack.env": "WHERE=there\nDB_PASSWORD=hunter2-of-the-db\nUNUSED=1\n",
        "db.secret": "hunter2-of-pg\n",
        "place.txt": "somewhere\n",
        "ca.pem": "not read here\n",
        "own.py": "raise SystemExit('own.py was run')\n",
        "look.sh": "#!/bin/sh\n",
    }.items():
        (folder / name).write_text(text)
    monkeypatch.chdir(folder)
    return folder


def found() -> str:
    """The hash of what the folder brings."""
    return digest(trace(None, None, ENVIRON))


def test_it_is_refused_until_it_is_trusted_and_what_is_named_needs_no_trust(cloned: Path) -> None:
    with pytest.raises(Untrusted) as caught:
        load(None, None, ENVIRON)
    assert str(caught.value).splitlines()[-1] == f"To trust it as it is: sutaz-tui config trust {found()}"
    assert load(None, Path("sutaz-tui.yaml"), ENVIRON).services
    assert load(None, None, ENVIRON | {"SUTAZ_TUI_CONFIG": "sutaz-tui.yaml"}).services
    trust(found(), cloned / "sutaz-tui.yaml")
    assert load(None, None, ENVIRON).services
    assert untrust(Path("sutaz-tui.yaml")) == 1
    with pytest.raises(Untrusted):
        load(None, None, ENVIRON)


def put(name: str, text: str) -> Callable[[], None]:
    def change() -> None:
        Path(name).write_text(text)

    return change


@pytest.mark.parametrize(
    "change",
    [
        put("sutaz-tui.yaml", CLONED + "# a word\n"),
        put("own.py", "print('other')\n"),
        put("look.sh", "#!/bin/sh\ntouch other\n"),
        put("ca.pem", "another authority\n"),
        put("place.txt", "elsewhere\n"),
        put("stack.env", "WHERE='; touch other'\nDB_PASSWORD=hunter2-of-the-db\nUNUSED=1\n"),
        lambda: Path("own.py").unlink(),
    ],
    ids=["config", "python", "program", "authority", "value", "variable", "gone"],
)
def test_whatever_decides_what_is_run_or_sent_wants_new_trust(
    change: Callable[[], None], cloned: Path
) -> None:
    before = found()
    change()
    assert found() != before


@pytest.mark.parametrize(
    "change",
    [
        put("db.secret", "rotated-and-longer\n"),
        put("stack.env", "WHERE=there\nDB_PASSWORD=rotated\nUNUSED=2\nMORE=3\n"),
        put("elsewhere.py", "x\n"),
        lambda: os.utime("own.py", (1, 1)),
        lambda: Path("own.py").chmod(0o600),
    ],
    ids=["secret file", "secret variable", "another file", "time", "mode"],
)
def test_a_rotated_secret_wants_none(change: Callable[[], None], cloned: Path) -> None:
    before = found()
    change()
    assert found() == before


def test_the_environment_of_whoever_looks_changes_nothing(cloned: Path) -> None:
    other = ENVIRON | {"CLOUD_TOKEN": "another", "WHERE": "here", "HOME": "/x"}
    assert digest(trace(None, None, other)) == found()


def test_a_copy_elsewhere_wants_trust_of_its_own(cloned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = found()
    copy = cloned.rename(cloned.parent / "copy")
    monkeypatch.chdir(copy)
    assert found() != before


def test_it_says_all_that_it_would_do_and_no_secret(cloned: Path) -> None:
    with pytest.raises(Untrusted) as caught:
        load(None, None, ENVIRON)
    lines = caught.value.shown.splitlines()
    assert (
        lines[0] == "sutaz-tui.yaml: found in this folder and not trusted yet; nothing of it was asked or run"
    )
    assert lines[1].startswith(f"  file   {cloned}/sutaz-tui.yaml, owner ")
    assert lines[2:] == [
        "  runs   PGPASSWORD=*** PLACE=file:place.txt ./look.sh /bin/sh -c 'look ${WHERE}' "
        "(own, with your whole environment)",
        "  runs   own.py (Python)",
        "  sets   WHERE=there (env_file)",
        "  sends  $PROM_PASSWORD to prom.example:9090 (source prom)",
        "  sends  $WHERE, the file db.secret, the file place.txt to the program of own",
        "  sends  $CLOUD_TOKEN to far.example (leak)",
        "  sends  $DB_PASSWORD to db.example:5432 (db)",
        "  sends  $WHERE to steps.example (check a)",
        "  sends  $CLOUD_TOKEN to two.example (check b)",
        "  asks   far.example, db.example:5432, prom.example:9090, steps.example, one.example, two.example",
    ]
    assert "hunter2" not in str(caught.value)


def test_the_name_of_a_container_is_sent_where_its_row_asks_for_it(cloned: Path) -> None:
    Path("sutaz-tui.yaml").write_text(
        "sources: {d: {url: 'http://far.example:2375'}}\nservices:\n"
        "  - {id: docker, kind: docker, source: d}\n"
        "  - {id: a, kind: container, container: '${CLOUD_TOKEN}'}\n"
        "  - {id: b, kind: container, project: '${PROM_PASSWORD}', service: b}\n"
        "  - {id: c, kind: tcp, address: 'c.example:1', container: '${CLOUD_TOKEN}'}\n"
    )
    with pytest.raises(Untrusted) as caught:
        load(None, None, ENVIRON)
    sent = [line for line in caught.value.shown.splitlines() if line.startswith("  sends ")]
    assert sent == [
        "  sends  $CLOUD_TOKEN to far.example:2375 (a)",
        "  sends  $PROM_PASSWORD to far.example:2375 (b)",
    ]


def test_what_is_shown_is_text_and_nothing_can_hide(cloned: Path) -> None:
    many = "".join(f"  - {{id: c{n}, kind: command, argv: [echo, '{n}']}}\n" for n in range(200))
    evil = '  - {id: evil, kind: command, argv: ["\\e[2J\\e]52;c;eA==\\a\\u202e", "a\\nb"]}\n'
    Path("sutaz-tui.yaml").write_text(f"services:\n{many}{evil}")
    with pytest.raises(Untrusted) as caught:
        load(None, None, {})
    lines = str(caught.value).splitlines()
    assert all(line.isprintable() for line in lines)
    assert sum(line.startswith("  runs ") for line in lines) == 201
    assert "a␊b" in str(caught.value)


@pytest.mark.parametrize("name", ["own.py", "look.sh", "ca.pem"])
def test_a_file_of_it_that_others_can_write_is_refused_whoever_trusts_it(name: str, cloned: Path) -> None:
    trust(found(), cloned / "sutaz-tui.yaml")
    (cloned / name).chmod(0o666)
    with pytest.raises(ConfigError, match=rf"{name}: found a file \(.*\) that others can write"):
        load(None, None, ENVIRON)


def test_what_is_trusted_is_private_and_two_runs_keep_the_words_of_both(tmp_path: Path) -> None:
    hashes = [f"{number:040x}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: trust(one, tmp_path / one), hashes))
    file = state_folder() / NAME
    assert file.stat().st_mode & 0o777 == 0o600
    assert all(is_trusted(one) for one in hashes)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"trusted": [1, {"x": 2}]}', '{"trusted": null}', "[" * 100000]
)
def test_a_damaged_file_trusts_nothing_and_is_written_anew(text: str, tmp_path: Path) -> None:
    trust("a" * 40, tmp_path)
    (state_folder() / NAME).write_text(text)
    assert not is_trusted("a" * 40)
    trust("b" * 40, tmp_path)
    assert is_trusted("b" * 40)


def test_a_file_that_others_could_have_written_trusts_nothing(tmp_path: Path) -> None:
    trust("a" * 40, tmp_path)
    file = state_folder() / NAME
    assert is_trusted("a" * 40)
    file.chmod(0o666)
    assert not is_trusted("a" * 40)
    file.chmod(0o600)
    file.rename(tmp_path / "theirs.json")
    file.symlink_to(tmp_path / "theirs.json")
    assert not is_trusted("a" * 40)


@pytest.mark.parametrize(
    ("mode", "folder", "warns"), [(0o644, 0o755, True), (0o666, 0o711, True), (0o640, 0o755, False),
                                  (0o600, 0o755, False), (0o644, 0o700, False)],
)  # fmt: skip
def test_secret_files_that_others_can_read_draw_a_warning(
    mode: int, folder: int, warns: bool, open_folder: Path
) -> None:
    config = open_folder / "a.yaml"
    config.write_text("services: [{id: a, kind: redis, address: 'h:1', password: 'file:in/a.secret'}]\n")
    (open_folder / "in").mkdir()
    (open_folder / "in" / "a.secret").write_text("hunter2-q8Zk")
    (open_folder / "in" / "a.secret").chmod(mode)
    (open_folder / "in").chmod(folder)
    expected = (
        f"others on this machine can read in/a.secret ({mode:04o}), where secrets stand: chmod o= in/a.secret"
    )
    assert load(None, config, {}).warnings == ((expected,) if warns else ())


def test_several_files_are_one_warning(open_folder: Path) -> None:
    names = [f"{number}.secret" for number in range(5)]
    for name in ["stack.env", *names]:
        (open_folder / name).write_text("X=1")
        (open_folder / name).chmod(0o644)
    services = ", ".join(
        f"{{id: a{name}, kind: redis, address: 'h:1', password: 'file:{name}'}}" for name in names
    )
    config = open_folder / "a.yaml"
    config.write_text(f"env_file: stack.env\nservices: [{services}]\n")
    [warning] = load(None, config, {}).warnings
    assert warning == (
        "others on this machine can read stack.env (0644), 0.secret (0644), 1.secret (0644) and 3 more, "
        "where secrets stand: chmod o= them"
    )


def test_the_python_of_a_suite_is_what_the_config_runs(cloned: Path) -> None:
    """A pytest suite beside the config: shown as it is run, and trusted anew once a file of it changed."""
    text = CLONED.replace(
        "checks:\n", "checks:\n  pytest: [{id: suite, cwd: theirs, path: [tests], args: [-x]}]\n"
    )
    (cloned / "sutaz-tui.yaml").write_text(text)
    test = cloned / "theirs" / "tests" / "test_a.py"
    test.parent.mkdir(parents=True)
    test.write_text("def test_a():\n    pass\n")
    with pytest.raises(Untrusted) as caught:
        load(None, None, ENVIRON)
    shown = caught.value.shown
    assert (
        "runs   python3 -m pytest -x tests (suite, in theirs, 1 files, with your whole environment)" in shown
    )
    before = found()
    test.write_text("import os\n")
    assert found() != before
    (test.parent / "conftest.py").write_text("")
    changed = found()
    (cloned / "theirs" / "conftest.py").write_text("")
    assert found() != changed


def test_the_program_of_a_check_is_what_the_config_runs(cloned: Path) -> None:
    check = "{id: it, kind: command, argv: [./check_it, -w, '5'], env: {WHERE: '${WHERE}'}}"
    (cloned / "sutaz-tui.yaml").write_text(CLONED.replace("  own:\n", f"  own:\n    - {check}\n"))
    (cloned / "check_it").write_text("#!/bin/sh\n")
    with pytest.raises(Untrusted) as caught:
        load(None, None, ENVIRON)
    assert (
        "runs   WHERE=${WHERE} ./check_it -w 5 (check it, with your whole environment)" in caught.value.shown
    )
    assert "$WHERE to the program of check it" in caught.value.shown
    before = found()
    (cloned / "check_it").write_text("#!/bin/sh\ntouch other\n")
    assert found() != before
