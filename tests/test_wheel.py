"""The wheel holds all that the program needs, and the program starts from it in a fresh environment."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.servers.waiting import patient

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=patient(100))
    [built] = out.glob("*.whl")
    return built


@pytest.mark.xdist_group("wheel")
def test_the_wheel_holds_both_packages_and_their_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "sutaz_tui/tui/app.tcss",
        "sutaz_tui/py.typed",
        "sutaz_tui/config/default.yaml",
        "widgets/__init__.py",
        "widgets/py.typed",
        "widgets/head.py",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith("tests/")]


@pytest.mark.xdist_group("wheel")
def test_it_starts_from_another_folder_in_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(fresh)], check=True, timeout=patient(60)
    )
    python = fresh / "bin" / "python"
    # Its dependencies are those of this environment, by path: only our own wheel is what is tested here.
    site = next((fresh / "lib").glob("python3*")) / "site-packages"
    installed = Path(sys.prefix, "lib", site.parent.name, "site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    own = [path for path in installed.iterdir() if "sutaz" not in path.name.lower()]
    for path in own:
        (site / path.name).symlink_to(path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(python), "-m", "sutaz_tui", *words],
            cwd=elsewhere,
            capture_output=True,
            text=True,
            timeout=patient(60),
        )

    where = subprocess.run(
        [str(python), "-c", "import sutaz_tui, widgets; print(sutaz_tui.__file__, widgets.__file__)"],
        cwd=elsewhere, capture_output=True, text=True, timeout=patient(60), check=True,
    )  # fmt: skip
    assert where.stdout.count(str(site)) == 2, "both packages come from the wheel"
    assert run("--version").stdout.startswith("sutaz-tui ")
    answer = run("status", "--demo", "--scenario", "healthy", "letta", "redis")
    assert answer.returncode == 0, answer.stderr
    assert "Letta" in answer.stdout
