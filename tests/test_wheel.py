"""The wheel holds all that the program needs, and the program starts from it in a fresh environment."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from sutaz_tui.config.files import built_in
from sutaz_tui.demo.stack import LIBRARIES
from tests.servers.waiting import patient

ROOT = Path(__file__).parent.parent


EXAMPLE = ROOT / "config.example.yaml"
CONFIG = "sutaz_tui/config/default.yaml"
EDITABLE = "import sys; from hatchling.build import build_editable; build_editable(sys.argv[1])"


def built(out: Path, *words: str) -> Path:
    """The wheel that this command makes of the sources."""
    subprocess.run(
        [sys.executable, *words, str(out)], cwd=ROOT, check=True, capture_output=True, timeout=patient(100)
    )
    [made] = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("wheel"), "-m", "build", "--wheel", "--no-isolation", "--outdir")


@pytest.mark.xdist_group("wheel")
def test_the_wheel_holds_both_packages_and_their_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "sutaz_tui/tui/app.tcss",
        "sutaz_tui/sources/web/pages/app_index.html",
        "sutaz_tui/py.typed",
        CONFIG,
        "widgets/__init__.py",
        "widgets/py.typed",
        "widgets/head.py",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith("tests/")]


@pytest.mark.xdist_group("wheel")
def test_the_config_of_a_wheel_is_the_example_also_where_it_was_made_of_the_sdist(
    wheel: Path, tmp_path: Path
) -> None:
    of_sdist = built(tmp_path, "-m", "build", "--no-isolation", "--outdir")
    for made in (wheel, of_sdist):
        assert zipfile.ZipFile(made).read(CONFIG) == EXAMPLE.read_bytes()
    names = set(zipfile.ZipFile(wheel).namelist())
    assert set(zipfile.ZipFile(of_sdist).namelist()) == names
    data = {"config/recipes", "config/charts", "views/asked"}
    assert {name for name in names if name.endswith(".yaml")} == {
        CONFIG,
        *(f"sutaz_tui/{name}.yaml" for name in data),
    }


@pytest.mark.xdist_group("wheel")
def test_an_editable_install_gets_no_copy_of_the_config_and_reads_the_example(tmp_path: Path) -> None:
    assert CONFIG not in zipfile.ZipFile(built(tmp_path, "-c", EDITABLE)).namelist()
    assert built_in() == EXAMPLE.read_bytes()


class Fresh:
    """An environment with our wheel and, by path, the libraries of this one but those `without`."""

    def __init__(self, wheel: Path, folder: Path, without: tuple[str, ...] = ()) -> None:
        self.elsewhere = folder / "elsewhere"
        self.elsewhere.mkdir()
        home = folder / "fresh"
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", str(home)], check=True, timeout=patient(60)
        )
        self.python = home / "bin" / "python"
        self.site = next((home / "lib").glob("python3*")) / "site-packages"
        installed = Path(sys.prefix, "lib", self.site.parent.name, "site-packages")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.site)
        for path in installed.iterdir():
            if "sutaz" not in path.name.lower() and not path.name.startswith(without):
                (self.site / path.name).symlink_to(path)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Its Python with these words, from another folder."""
        return subprocess.run(
            [str(self.python), *words],
            cwd=self.elsewhere,
            capture_output=True,
            text=True,
            timeout=patient(60),
        )


@pytest.mark.xdist_group("wheel")
def test_it_starts_from_another_folder_in_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    fresh = Fresh(wheel, tmp_path)
    where = fresh.run("-c", "import sutaz_tui, widgets; print(sutaz_tui.__file__, widgets.__file__)")
    assert where.stdout.count(str(fresh.site)) == 2, "both packages come from the wheel"
    shown = fresh.run("-m", "sutaz_tui", "config", "check")
    assert (shown.returncode, shown.stderr) == (0, "") and "34 services" in shown.stdout
    assert fresh.run("-m", "sutaz_tui", "--version").stdout.startswith("sutaz-tui ")
    answer = fresh.run("-m", "sutaz_tui", "status", "--demo", "--scenario", "healthy", "letta", "redis")
    assert answer.returncode == 0, answer.stderr
    assert "Letta" in answer.stdout


@pytest.mark.xdist_group("wheel")
def test_a_host_without_the_demo_libraries_watches_and_is_told_how_to_get_them(
    wheel: Path, tmp_path: Path
) -> None:
    fresh = Fresh(wheel, tmp_path, without=LIBRARIES)
    config = fresh.elsewhere / "one.yaml"
    config.write_text("services:\n  - {id: shop, kind: tcp, address: '127.0.0.1:1'}\n")
    watched = fresh.run("-m", "sutaz_tui", "status", "-c", str(config))
    assert (watched.returncode, watched.stderr) == (1, "")
    assert "DOWN" in watched.stdout
    for words in (["--demo"], ["status", "--demo"], ["simulate"], ["check", "--prove"], ["logs", "--demo"]):
        refused = fresh.run("-m", "sutaz_tui", *words)
        assert (refused.returncode, refused.stdout) == (2, ""), words
        assert refused.stderr == (
            "the simulated stack needs cryptography, fakeredis, starlette, uvicorn: "
            "pipx inject sutaz-tui 'sutaz-tui[demo]', or pip install 'sutaz-tui[demo]'\n"
        ), words


@pytest.mark.xdist_group("wheel")
def test_the_libraries_of_the_demo_are_those_of_its_extra() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = {re.split("[<>=]", one)[0] for one in declared["optional-dependencies"]["demo"]}
    assert extra == set(LIBRARIES)
    assert not extra & {re.split(r"[<>=\[]", one)[0] for one in declared["dependencies"]}
