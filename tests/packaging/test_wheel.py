"""The wheel holds what the package needs and works without the source tree."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import jamjet_proxy

ROOT = Path(__file__).resolve().parents[2]
BUILD_INPUTS = ("pyproject.toml", "setup.py", "README.md", "LICENSE")
CORE_SOURCES = "jamjet_proxy/redact/core/"
CORE = "jamjet_proxy/redact/_core.abi3.so"


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COVERAGE"))
    } | variables
    done = subprocess.run(
        command,
        env=environ,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, f"{command} gave {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a wheel is made from, so that leftovers of earlier builds take no part."""
    folder = tmp_path_factory.mktemp("source")
    ignore = shutil.ignore_patterns(".*", "__pycache__", "*.pyc", "*.so")
    shutil.copytree(ROOT / "jamjet_proxy", folder / "jamjet_proxy", ignore=ignore)
    for name in BUILD_INPUTS:
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source,
        cwd=folder,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that has the wheel, and sees the locked dependencies."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, with_pip=False)
    programs = folder / "bin"
    python = programs / "python"
    run(
        sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check",
        "install", "--quiet", "--no-index", "--no-deps", wheel,
        cwd=folder,
    )  # fmt: skip
    packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    # A folder named in a .pth file is searched last, and the .pth files in it are not read: the link
    # to the source tree that this environment has is of no effect there.
    dependencies = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(packages) / "dependencies.pth").write_text("\n".join(sorted(dependencies)) + "\n", "utf-8")
    return programs


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path, source: Path) -> None:
    """Modules, migrations and descriptions are all there, and neither tests nor tools came along."""
    expected = {name for name in files_below(source) if name.startswith("jamjet_proxy/")}
    expected = {name for name in expected if not name.startswith(CORE_SOURCES)} | {CORE}
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    info = f"jamjet_proxy-{jamjet_proxy.__version__}.dist-info/"
    assert {name for name in names if not name.startswith(info)} == expected
    assert f"{info}licenses/LICENSE" in names


def test_without_a_compiler_the_wheel_lacks_only_the_core(
    source: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The package can be built and used where nothing can be compiled."""
    folder = tmp_path_factory.mktemp("no-compiler")
    copy = shutil.copytree(source, folder / "source", ignore=shutil.ignore_patterns("build", "*.egg-info"))
    run(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, copy,
        cwd=folder, CC="false",
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        names = {name for name in archive.namelist() if name.startswith("jamjet_proxy/")}
    assert CORE not in names
    assert "jamjet_proxy/redact/redactor.py" in names


def test_the_installed_command_tells_its_version(installed: Path, tmp_path: Path) -> None:
    """`jamjet-proxy version` works from a folder that has nothing to do with the source tree."""
    assert jamjet_proxy.__version__ in run(installed / "jamjet-proxy", "version", cwd=tmp_path)


def test_the_installed_package_is_the_one_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    """What the new environment imports and reports comes from the wheel, not from the source tree."""
    script = (
        "import jamjet_proxy, importlib.metadata; "
        "found = importlib.metadata.distribution('jamjet-proxy'); "
        "print(jamjet_proxy.__file__, found.version, found.locate_file(''))"
    )
    module, version, metadata = run(installed / "python", "-c", script, cwd=tmp_path).split()
    environment = installed.parent.resolve()
    assert Path(module).resolve().is_relative_to(environment)
    assert Path(metadata).resolve().is_relative_to(environment)
    assert version == jamjet_proxy.__version__
