"""The lock files, the change log, the image and the example of its use agree with the project."""

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import jamjet_proxy

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"
LOCKS = sorted(path.name for path in REQUIREMENTS.glob("*.txt"))


def joined_lines(text: str) -> list[str]:
    """The lines of a file in which a backslash at the end continues a line, without comments."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [line.strip() for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines() if line.strip()]


def pins(lock: str) -> dict[str, Version]:
    found: dict[str, Version] = {}
    for line in joined_lines((REQUIREMENTS / lock).read_text("utf-8")):
        requirement = Requirement(line.split("--hash=")[0].strip())
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", line
        found[canonicalize_name(requirement.name)] = Version(specifier.version)
    return found


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


# --- locks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place(lock: str) -> None:
    """No line says where packages are to be fetched from, nor where the lock was made."""
    for line in (REQUIREMENTS / lock).read_text("utf-8").splitlines():
        assert "://" not in line
        assert not re.match(r"-|\s*--(?!hash=sha256:)", line), line
        assert not re.search(r"(^|[\s=@])(/|~/|file:/)", line), line


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_has_hashes(lock: str) -> None:
    """Each line is one exact version with the hashes of its files."""
    lines = joined_lines((REQUIREMENTS / lock).read_text("utf-8"))
    assert lines
    for line in lines:
        assert re.fullmatch(r"[a-z0-9.-]+==\S+( ; [^-]+)?(\s+--hash=sha256:[0-9a-f]{64})+", line), line[:120]


def test_every_runtime_dependency_is_pinned_within_its_bounds() -> None:
    """What pyproject.toml asks for is in requirements/run.txt, in a version that it allows."""
    pinned = pins("run.txt")
    for line in pyproject()["project"]["dependencies"]:
        requirement = Requirement(line)
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier, line


def test_every_development_dependency_is_pinned_within_its_bounds() -> None:
    """What the dependency groups ask for is in requirements/dev.txt, in a version that they allow."""
    pinned = pins("dev.txt")
    for group in pyproject()["dependency-groups"].values():
        for line in group:
            requirement = Requirement(line)
            assert pinned[canonicalize_name(requirement.name)] in requirement.specifier, line


def test_tests_run_with_the_versions_that_users_get() -> None:
    """The pins of requirements/run.txt and build.txt are all repeated in dev.txt."""
    assert (pins("run.txt") | pins("build.txt")).items() <= pins("dev.txt").items()


# --- change log -----------------------------------------------------------------------------------


def test_the_current_version_has_an_entry_in_the_change_log() -> None:
    """CHANGELOG.md has a heading for the version that the package says it is."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    version = re.escape(jamjet_proxy.__version__)
    assert re.search(rf"^## \[?v?{version}\]?(\s|$)", text, re.MULTILINE)


# --- image and example ----------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    lines = joined_lines((ROOT / "Dockerfile").read_text("utf-8"))
    return [(word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def last_stage() -> dict[str, str]:
    """The instructions of the last stage; of one that is repeated, the last."""
    found = instructions()
    start = max(index for index, (word, _) in enumerate(found) if word == "FROM")
    return dict(found[start:])


def image_environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in shlex.split(last_stage()["ENV"]))


def sidecar() -> dict[str, Any]:
    services: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.example.yaml").read_text("utf-8"))[
        "services"
    ]
    return services["jamjet-proxy"]


def test_the_base_image_is_pinned_to_a_minor_release() -> None:
    """All stages start from one Python image with at least a minor release in its tag."""
    (base,) = (rest for word, rest in instructions() if word == "ARG" and rest.startswith("BASE="))
    tag = re.fullmatch(r"BASE=python:(3\.\d+)(\.\d+)?-slim-\w+(@sha256:[0-9a-f]{64})?", base)
    assert tag
    assert Version(tag[1]) >= Version(pyproject()["project"]["requires-python"].removeprefix(">="))
    assert {rest.split()[0] for word, rest in instructions() if word == "FROM"} == {"${BASE}"}


def test_the_image_installs_nothing_without_its_hash() -> None:
    """Every pip command of the image checks hashes, or takes only what is already there."""
    commands = [part for word, rest in instructions() if word == "RUN" for part in rest.split("&&")]
    installs = [part for part in commands if re.search(r"-m pip\b", part)]
    assert installs
    for part in installs:
        assert re.search(r"--require-hashes|--no-index|--no-build-isolation", part), part


def test_the_image_does_not_run_as_root() -> None:
    """The last USER is a number other than 0, which an orchestrator can check without the image."""
    user = last_stage()["USER"].split(":")[0]
    assert user.isdecimal()
    assert int(user) != 0


def test_the_image_keeps_its_data_in_a_volume() -> None:
    """The data folder is /data, and /data is a volume."""
    assert last_stage()["VOLUME"] == "/data"
    assert image_environment()["JAMJET_PROXY_DATA_DIR"] == "/data"


def test_the_image_listens_on_the_loopback_address_unless_told_otherwise() -> None:
    """Neither the command nor the environment of the image names another address."""
    stage = last_stage()
    assert json.loads(stage["ENTRYPOINT"]) == ["jamjet-proxy"]
    assert json.loads(stage["CMD"]) == ["serve"]
    assert "0.0.0.0" not in (ROOT / "Dockerfile").read_text("utf-8")
    assert not any("LISTEN" in name for name in image_environment())


def test_the_image_is_checked_and_stopped_as_documented() -> None:
    """The health check asks /healthz on the loopback address with the standard library, and it compiles."""
    stage = last_stage()
    assert stage["EXPOSE"] == "7717"
    assert stage["STOPSIGNAL"] == "SIGTERM"
    program, option, script = json.loads(stage["HEALTHCHECK"].partition("CMD ")[2])
    assert (program, option) == ("python", "-c")
    compile(script, "HEALTHCHECK", "exec")
    assert "http://127.0.0.1:7717/healthz" in script


def test_the_build_sends_the_image_what_it_copies() -> None:
    """Each path that the Dockerfile copies exists and is let through by .dockerignore."""
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")
    }
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            for path in rest.split()[:-1]:
                assert (ROOT / path).exists(), path
                assert path in allowed, path


def test_the_example_opens_the_sidecar_to_its_own_network_alone() -> None:
    """It listens for the other container, accepts that name, publishes nothing, gives up its privileges."""
    service = sidecar()
    assert shlex.split(service["command"]) == ["serve", "--listen", "0.0.0.0:7717"]
    assert yaml.safe_load(service["environment"]["JAMJET_PROXY_SERVER__ALLOWED_HOSTS"]) == ["jamjet-proxy"]
    assert "ports" not in service
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert [entry.rpartition(":")[2] for entry in service["volumes"]] == ["/data"]
    assert "http://127.0.0.1:7717/healthz" in service["healthcheck"]["test"][-1]


def test_the_example_points_the_agent_at_the_sidecar() -> None:
    """The agent gets the sidecar's address, and its key from the environment and not from the file."""
    app = yaml.safe_load((ROOT / "compose.example.yaml").read_text("utf-8"))["services"]["app"]
    assert app["environment"]["JAMJET_API_URL"] == "http://jamjet-proxy:7717"
    assert app["environment"]["JAMJET_API_KEY"].startswith("${JAMJET_API_KEY")
    assert app["depends_on"]["jamjet-proxy"]["condition"] == "service_healthy"
