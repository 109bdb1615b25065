"""Which file is the config."""

import grp
import os
import pwd
from pathlib import Path

import pytest

from sutaz_tui.config import load, trace
from sutaz_tui.config.brought import digest
from sutaz_tui.config.show import paths_text
from sutaz_tui.config.trust import trust
from sutaz_tui.errors import ConfigError
from tests.config.faults import HTTP


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The folder that we are in, and the user's config folder of this program."""
    here, user = tmp_path / "here", tmp_path / "config" / "sutaz-tui"
    here.mkdir()
    user.mkdir(parents=True)
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return here, user


def put(file: Path, word: str) -> Path:
    file.write_text(f"env: {word}\n{HTTP}")
    return file


def test_the_first_of_the_order_is_used(folders: tuple[Path, Path]) -> None:
    here, user = folders
    assert load(None, None, {}).path is None
    put(user / "default.yaml", "user")
    assert load(None, None, {}).env == "user"
    file = put(here / "sutaz-tui.yaml", "here")
    trust(digest(trace(None, None, {})), file)
    assert load(None, None, {}).env == "here"
    put(here / "other.yaml", "environment")
    assert load(None, None, {"SUTAZ_TUI_CONFIG": "other.yaml"}).env == "environment"
    assert load(None, None, {"SUTAZ_TUI_CONFIG": ""}).env == "here"
    named = put(user / "prod.yaml", "named")
    config = load("prod", None, {"SUTAZ_TUI_CONFIG": "other.yaml"})
    assert (config.env, config.path) == ("named", named)
    assert load(None, Path("other.yaml"), {}).env == "environment"


def test_paths_tell_which_is_used(folders: tuple[Path, Path]) -> None:
    here, user = folders
    put(user / "default.yaml", "user")
    lines = paths_text(None, None, {}).splitlines()
    assert [line[:6].strip() for line in lines] == ["", "used", "there", "state"]
    assert lines[1].split()[1] == str(user / "default.yaml")
    assert lines[-1].split()[1] == str(here.parent / "state" / "sutaz-tui")


@pytest.mark.parametrize(
    ("name", "file", "environ", "words"),
    [
        (
            "prd",
            None,
            {},
            'prd.yaml: found no such file (its name), expected a config (-c takes a path) or a command: "prod"',
        ),
        ("statsu", None, {}, 'expected a config (-c takes a path) or a command: "status"'),
        (
            "../x",
            None,
            {},
            'config: found the config name "../x", expected letters, digits, . _ or - (-c takes a path)',
        ),
        (None, Path("gone.yaml"), {}, "gone.yaml: found no such file (-c), expected a config"),
        (None, Path(), {}, ".: found it unreadable (is a directory), expected a config we may read"),
        (None, Path("a\0b"), {}, "expected a config we may read"),
        (
            None,
            None,
            {"SUTAZ_TUI_CONFIG": "gone"},
            "gone: found no such file ($SUTAZ_TUI_CONFIG), expected a config",
        ),
        ("prod", Path("x"), {}, 'x: found -c and the name "prod", expected one of them'),
    ],
)
def test_a_config_that_was_named_and_is_not_there(
    name: str | None, file: Path | None, environ: dict[str, str], words: str, folders: tuple[Path, Path]
) -> None:
    put(folders[1] / "prod.yaml", "named")
    with pytest.raises(ConfigError) as caught:
        load(name, file, environ)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_config_of_the_folder_that_others_can_write_is_not_obeyed(folders: tuple[Path, Path]) -> None:
    file = put(folders[0] / "sutaz-tui.yaml", "here")
    file.chmod(0o666)
    with pytest.raises(ConfigError, match="others can write"):
        load(None, None, {})
    assert load(None, Path("sutaz-tui.yaml"), {}).env == "here"
    if os.getuid() == 0:
        file.chmod(0o644)
        os.chown(file, 12345, 12345)
        with pytest.raises(ConfigError, match="belongs to somebody else"):
            load(None, None, {})


@pytest.mark.parametrize(
    ("members", "primary", "is_own"),
    [
        ([], [], True),
        (["me"], [], True),
        ([], ["me"], True),
        (["eve"], [], False),
        ([], ["me", "eve"], False),
    ],
)
def test_a_config_of_the_folder_that_its_group_can_write_is_obeyed_where_the_group_is_the_owners_own(
    members: list[str], primary: list[str], is_own: bool, folders: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    file = put(folders[0] / "sutaz-tui.yaml", "here")
    file.chmod(0o664)
    uid, gid = file.stat().st_uid, file.stat().st_gid

    def user(name: str) -> pwd.struct_passwd:
        return pwd.struct_passwd((name, "x", uid if name == "me" else uid + 1, gid, "", "/", "/bin/sh"))

    monkeypatch.setattr(pwd, "getpwuid", lambda uid: user("me"))
    monkeypatch.setattr(pwd, "getpwall", lambda: [user(name) for name in primary])
    monkeypatch.setattr(grp, "getgrgid", lambda gid: grp.struct_group(("g", "x", gid, members)))
    if is_own:
        assert trace(None, None, {}).config.env == "here"
    else:
        with pytest.raises(ConfigError, match="a config that its group can write, expected one of your own"):
            trace(None, None, {})
    assert load(None, Path("sutaz-tui.yaml"), {}).env == "here"


def test_paths_in_a_config_are_relative_to_it(folders: tuple[Path, Path]) -> None:
    _, user = folders
    (user / "ca.pem").write_text("x")
    file = user / "prod.yaml"
    file.write_text(HTTP + "    tls: {ca_file: ca.pem}\n")
    tls = load("prod", None, {}).services[0].tls
    assert tls is not None
    assert tls.ca_file == str(user / "ca.pem")


def test_groups_and_titles_have_defaults(folders: tuple[Path, Path]) -> None:
    file = folders[0] / "x.yaml"
    file.write_text(HTTP + "    group: web\n  - {id: b, kind: tcp, address: 'h:1'}\n")
    config = load(None, file, {})
    assert [(group.id, group.title) for group in config.groups] == [("web", "Web"), ("services", "Services")]
    assert [(service.title, service.group) for service in config.services] == [
        ("a", "web"),
        ("b", "services"),
    ]
    file.write_text("groups: [{id: one}, {id: two, title: Second}]\n" + HTTP)
    config = load(None, file, {})
    assert [(group.id, group.title) for group in config.groups] == [("one", "One"), ("two", "Second")]
    assert config.services[0].group == "one"
