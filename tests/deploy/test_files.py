"""compose.yaml and docs/deploy: each file by its own rules, and what it says of picoplan is so."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from rich_click import Command

from service.commandline import serve
from service.store import whereabouts
from service.web.settings import Settings
from tests.deploy.parts import COMPOSE, DEPLOY, ROOT, image_command
from tests.web.serving import Served

KUBERNETES: list[dict[str, Any]] = list(
    yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8"))
)
SCHEMA = json.loads(Path(__file__).with_name("kubernetes.schema.json").read_text(encoding="utf-8"))
UNIT = DEPLOY / "picoplan.service"
EVERYWHERE = [ROOT / "Containerfile", ROOT / "compose.yaml", *filter(Path.is_file, DEPLOY.rglob("*"))]


def one(kind: str) -> dict[str, Any]:
    (found,) = [part for part in KUBERNETES if part["kind"] == kind]
    return found


POD = one("Deployment")["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
VOLUMES = {volume["name"]: volume for volume in POD["volumes"]}
ITEMS = VOLUMES["rulesets"]["configMap"]["items"]


def variables() -> set[str]:
    """What picoplan reads from its environment."""
    command: Command = serve.command
    named = {str(option.envvar) for option in command.params if option.envvar}
    return named | {
        *(value for name, value in vars(whereabouts).items() if name.isupper() and "PICOPLAN" in str(value)),
        "PICOPLAN_REDIS_URL",
    }


@pytest.mark.parametrize("file", EVERYWHERE, ids=lambda file: file.name)
def test_every_variable_of_picoplan_that_a_file_names_is_one_that_picoplan_reads(file: Path) -> None:
    named = set(re.findall(r"\bPICOPLAN_[A-Z_]*[A-Z]\b", file.read_text(encoding="utf-8")))
    assert named - {"PICOPLAN_RULESETS"} <= variables()  # that one is compose.yaml's own


def test_the_image_starts_a_command_that_there_is() -> None:
    program, command, *told = image_command()
    assert (program, command) == ("picoplan", "serve")
    assert serve.command.make_context("serve", told).params["rulesets"] == "/rulesets"


def test_the_image_has_all_that_an_installation_has_and_a_driver_for_postgresql() -> None:
    def locked(name: str) -> set[str]:
        return set(re.findall(r"^[\w.-]+==\S+", (ROOT / name).read_text(encoding="utf-8"), re.M))

    image = locked("requirements-postgresql.txt")
    assert "requirements-postgresql.txt" in (ROOT / "Containerfile").read_text(encoding="utf-8")
    assert locked("requirements.txt") - image == set()
    assert image - locked("requirements-dev.txt") == set()
    assert any(package.startswith("psycopg==") for package in image)


# -- compose --------------------------------------------------------------------------------------


def test_compose_yaml_is_by_the_schema_of_its_specification() -> None:
    checker = shutil.which("check-jsonschema", path=str(ROOT / ".venv/bin")) or "check-jsonschema"
    ran = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", str(ROOT / "compose.yaml")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout


def test_every_service_of_compose_yaml_has_a_health_check_and_is_started_again() -> None:
    assert {
        name for name, service in COMPOSE["services"].items() if "test" not in service["healthcheck"]
    } == set()
    assert {service["restart"] for service in COMPOSE["services"].values()} == {"unless-stopped"}


def test_every_file_that_compose_yaml_mounts_is_there_and_each_secret_is_made_or_said(tmp_path: Path) -> None:
    mounts = [mount for service in COMPOSE["services"].values() for mount in service.get("volumes", ())]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    assert len(files) == 3
    assert [file for file in files if not (ROOT / file).is_file()] == []
    make = [DEPLOY / "compose/secrets", tmp_path / "secrets"]
    subprocess.run(make, check=True, timeout=60)
    made = {path.name for path in (tmp_path / "secrets").iterdir()}
    needed = {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()}
    assert needed - made == {"tls-certificate", "tls-key"}
    again = subprocess.run(make, check=False, capture_output=True, timeout=60)
    assert again.returncode != 0, "a second password would lock the database"


# -- systemd --------------------------------------------------------------------------------------


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, where the program that it starts is installed."""
    program = tmp_path / "picoplan"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    copy = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    assert "/opt/picoplan/bin/picoplan" in text
    copy.write_text(text.replace("/opt/picoplan/bin/picoplan", str(program)), encoding="utf-8")
    return copy


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("install systemd")
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_systemd_finds_nothing_wrong_with_the_unit(unit: Path) -> None:
    ran = analyze("verify", str(unit))
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_unit_exposes_little(unit: Path) -> None:
    ran = analyze("security", "--offline=true", "--threshold=15", str(unit))
    assert ran.returncode == 0, ran.stdout


def test_the_unit_starts_a_command_that_there_is() -> None:
    (line,) = re.findall(r"^ExecStart=\S+/picoplan serve (.*)$", UNIT.read_text(encoding="utf-8"), re.M)
    assert serve.command.make_context("serve", line.split()).params["rulesets"] == "/etc/picoplan/rulesets"


# -- Kubernetes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("part", KUBERNETES, ids=lambda part: part["kind"])
def test_each_manifest_is_by_the_strict_schema_of_its_kind(part: dict[str, Any]) -> None:
    schema = {"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{SCHEMA['kinds'][part['kind']]}"}
    problems = [error.message for error in Draft202012Validator(schema).iter_errors(part)]
    assert problems == []


def test_the_schema_finds_a_member_that_there_is_not_and_a_text_for_a_number() -> None:
    schema = {"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{SCHEMA['kinds']['Deployment']}"}
    wrong = json.loads(json.dumps(one("Deployment")))
    wrong["spec"]["replicas"] = "2"
    wrong["spec"]["template"]["spec"]["containers"][0]["livenessProb"] = {}
    assert len(list(Draft202012Validator(schema).iter_errors(wrong))) == 2


def test_the_manifests_belong_together() -> None:
    labels = one("Deployment")["spec"]["template"]["metadata"]["labels"]
    for kind in ("Deployment", "PodDisruptionBudget"):
        assert one(kind)["spec"]["selector"]["matchLabels"] == labels
    assert one("Service")["spec"]["selector"] == labels
    assert VOLUMES["rulesets"]["configMap"]["name"] == one("ConfigMap")["metadata"]["name"]
    assert {item["key"] for item in ITEMS} == one("ConfigMap")["data"].keys()
    assert VOLUMES["database-url"]["secret"]["secretName"] == one("Secret")["metadata"]["name"]
    assert {mount["name"] for mount in CONTAINER["volumeMounts"]} == VOLUMES.keys()
    assert image_command()[-1] in {mount["mountPath"] for mount in CONTAINER["volumeMounts"]}


def test_each_way_to_stop_leaves_time_to_end_what_has_begun() -> None:
    ends = Settings().graceful_timeout
    waits = CONTAINER["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert POD["terminationGracePeriodSeconds"] > waits + ends
    assert int(COMPOSE["services"]["picoplan-1"]["stop_grace_period"].removesuffix("s")) > ends
    (unit,) = re.findall(r"^TimeoutStopSec=(\d+)s$", UNIT.read_text(encoding="utf-8"), re.M)
    assert int(unit) > ends


def config_map(folder: Path, version: str, number: int) -> None:
    """Put the ConfigMap into a volume as the kubelet does: a new folder, and the link ..data swung to it."""
    new = folder / f"..{number}"
    for item in ITEMS:
        path = new / item["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        text = one("ConfigMap")["data"][item["key"]]
        path.write_text(text.replace("version: 1.0.0", f"version: {version}"), encoding="utf-8")
    swung = folder / "..data_tmp"
    swung.symlink_to(new.name)
    swung.replace(folder / "..data")
    for top in {Path(item["path"]).parts[0] for item in ITEMS}:
        if not (folder / top).is_symlink():
            (folder / top).symlink_to(f"..data/{top}")


def test_an_edit_of_the_config_map_goes_live_in_a_running_service(tmp_path: Path) -> None:
    folder = tmp_path / "rulesets"
    folder.mkdir()
    config_map(folder, "1.0.0", 1)
    with Served(tmp_path, rulesets=str(folder), workers=1) as served:
        served.until_ready()
        config_map(folder, "1.1.0", 2)
        shutil.rmtree(folder / "..1")
        served.wait_for("ruleset serves", ruleset="clinic", version="1.1.0")
        body = {"ruleset": "clinic", "assessment": {"concern": "sun_spots"}}
        status, _, answer = served.ask("POST", "/v1/evaluate", body)
        assert (status, json.loads(answer)["ruleset"]["version"]) == (200, "1.1.0")
