"""What the build adds to `sam build`: compiled, checked, and stamped with its architecture."""

import marshal
import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
import yaml

from scripts import build

if TYPE_CHECKING:
    from types import CodeType

X86_64_HEADER = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00"
TEMPLATE = """\
Parameters:
  Architecture:
    Type: String
    Default: arm64
    AllowedValues:
    - arm64
    - x86_64
    Description: Processor
"""


def an_archive(folder: Path, name: str) -> Path:
    """Return a built archive with one module."""
    module = folder / name / "python" / "ingestion" / "module.py"
    module.parent.mkdir(parents=True)
    module.write_text("def f():\n    return 1\n")
    return folder / name


def test_archives_unpack_where_lambda_puts_them(tmp_path: Path) -> None:
    """Layers go to /opt, functions to /var/task, and files beside them are no archives."""
    for name in ("SharedLayer", "RecordPlaybackFunction"):
        (tmp_path / name).mkdir()
    (tmp_path / "template.yaml").touch()

    assert list(build.archives(tmp_path)) == [
        (tmp_path / "RecordPlaybackFunction", "/var/task"),
        (tmp_path / "SharedLayer", "/opt"),
    ]


def test_tracebacks_name_the_paths_of_lambda(tmp_path: Path) -> None:
    """No path of the building machine is left, and no source's time is asked."""
    archive = an_archive(tmp_path, "SharedLayer")

    build.compile_archive(archive, "/opt")

    [compiled] = archive.rglob("*.pyc")
    content = compiled.read_bytes()
    code = cast("CodeType", marshal.loads(content[16:]))  # noqa: S302 - compiled a line above
    assert code.co_filename == "/opt/python/ingestion/module.py"
    assert content[4:8] == b"\x01\x00\x00\x00"  # PEP 552: hash-based, unchecked


def test_two_builds_are_equal(tmp_path: Path) -> None:
    """The same sources compile to the same bytes wherever they were built."""
    archives = [an_archive(tmp_path / place, "SharedLayer") for place in ("here", "there")]

    for archive in archives:
        build.compile_archive(archive, "/opt")

    assert len({next(archive.rglob("*.pyc")).read_bytes() for archive in archives}) == 1


def test_a_source_that_does_not_compile_ends_the_build(tmp_path: Path) -> None:
    """It would fail in Lambda, at its first import."""
    archive = an_archive(tmp_path, "SharedLayer")
    (archive / "broken.py").write_text("def\n")

    with pytest.raises(build.BuildError, match="SharedLayer"):
        build.compile_archive(archive, "/opt")


def test_binaries_of_another_processor_end_the_build(tmp_path: Path) -> None:
    """SAM warns at most, and Lambda cannot load them."""
    (tmp_path / "core.so").write_bytes(X86_64_HEADER)

    build.check_architecture(tmp_path, "x86_64")
    with pytest.raises(build.BuildError, match=r"core\.so is not made for arm64"):
        build.check_architecture(tmp_path, "arm64")


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_the_built_template_knows_one_architecture(architecture: str, tmp_path: Path) -> None:
    """Deploying with another one than was built for is refused by CloudFormation."""
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)

    build.stamp_template(template, architecture)

    assert template.read_text() == (
        "Parameters:\n  Architecture:\n    Type: String\n"
        f"    Default: {architecture}\n    AllowedValues:\n    - {architecture}\n"
        "    Description: Processor\n"
    )


def test_a_template_without_the_parameter_ends_the_build(tmp_path: Path) -> None:
    """An unstamped template could be deployed with the wrong architecture."""
    template = tmp_path / "template.yaml"
    template.write_text("Parameters: {}\n")

    with pytest.raises(build.BuildError, match="no parameter Architecture"):
        build.stamp_template(template, "arm64")


STREAM = """\
Parameters:
  LogLevel:
    Type: String
    Default: INFO
Resources:
  ArchiveActivityFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: functions.archive_activity.handler.lambda_handler
  RecordPlaybackFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: functions.record_playback.handler.lambda_handler
"""


def test_functions_of_the_stream_publish_a_version_for_their_snapshot(tmp_path: Path) -> None:
    """A snapshot belongs to a version, and whether there is one is a parameter, off unless set."""
    template = tmp_path / "template.yaml"
    template.write_text(STREAM)

    build.publish_versions(template)

    built = yaml.safe_load(template.read_text())
    assert built["Parameters"]["SnapStart"]["Default"] == "None"
    assert built["Parameters"]["SnapStart"]["AllowedValues"] == ["None", "PublishedVersions"]
    for function in built["Resources"].values():
        properties = function["Properties"]
        assert properties["SnapStart"] == {"ApplyOn": {"Ref": "SnapStart"}}
        assert properties["AutoPublishAlias"] == "live"
        assert properties["AutoPublishAliasAllProperties"] is True


def test_a_template_without_the_functions_ends_the_build(tmp_path: Path) -> None:
    """The parameter would have no effect, and nobody would know."""
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {}\n")

    with pytest.raises(build.BuildError, match="no functions of the stream"):
        build.publish_versions(template)


def test_sizes_tell_what_is_uploaded_and_whether_it_is_compiled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A layer without compiled files starts in more than twice the time."""
    build.compile_archive(an_archive(tmp_path, "SharedLayer"), "/opt")
    an_archive(tmp_path, "RecordPlaybackFunction")

    build.show_sizes(tmp_path)

    told = capsys.readouterr().out
    assert "kB zipped, " in told
    assert "kB unpacked, 1 of 1 sources compiled" in told
    assert "A function with every layer: 0.0% of Lambda's limit" in told


def test_the_share_is_of_the_largest_function_with_all_layers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda counts both together."""
    monkeypatch.setattr(build, "UNPACKED_LIMIT", 100)
    for name, size in {"ALayer": 20, "BLayer": 15, "AFunction": 5, "BFunction": 4}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "module.py").write_bytes(bytes(size))

    assert build.share_of_limit(tmp_path) == pytest.approx(0.4)


def test_sam_finds_this_python_and_is_not_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CLI's pip runs outside an activated environment, and nothing is reported to anybody."""
    monkeypatch.setenv("PIP_REQUIRE_VIRTUALENV", "true")

    environment = build.environment()

    assert "PIP_REQUIRE_VIRTUALENV" not in environment
    assert environment["SAM_CLI_TELEMETRY"] == "0"
    assert (Path(environment["PATH"].split(":")[0]) / "python3.13").exists()


def test_services_that_nobody_asks_are_left_out(tmp_path: Path) -> None:
    """The files beside them stay: botocore reads these whatever it is asked."""
    described = tmp_path / "DependenciesLayer" / "python" / "botocore" / "data"
    for name in ("s3/2006-03-01", "ec2/2016-11-15"):
        (described / name).mkdir(parents=True)
    (described / "endpoints.json").touch()

    build.leave_out_services(tmp_path)

    assert {path.name for path in described.iterdir()} == {"s3", "endpoints.json"}


def test_a_layer_without_botocore_ends_the_build(tmp_path: Path) -> None:
    """Nothing would be left out, and the layers might be too large together."""
    with pytest.raises(build.BuildError, match="no botocore"):
        build.leave_out_services(tmp_path)


def test_parts_that_nobody_imports_are_left_out(tmp_path: Path) -> None:
    """Their neighbours stay; a part that has moved ends the build, or it would be carried along."""
    for layer, parts in build.LEFT_OUT.items():
        for part in (*parts, "boto3/session"):
            (tmp_path / layer / "python" / part).mkdir(parents=True)

    build.leave_out_parts(tmp_path)

    kept = {path.name for path in (tmp_path / "DependenciesLayer" / "python" / "boto3").iterdir()}
    assert kept == {"session"}
    with pytest.raises(build.BuildError, match="event_handler to leave out"):
        build.leave_out_parts(tmp_path)


def test_every_service_that_the_functions_ask_is_kept(root: Path) -> None:
    """A client of another one would fail at its first use, in Lambda alone.

    What operators' commands ask besides is left out; import-linter sees that no function needs it.
    """
    sources = [*(root / "functions").rglob("*.py"), *(root / "layers").rglob("*.py")]
    asked = {
        name
        for source in sources
        if source.name not in {"executions.py", "stack_outputs.py"}
        for name in re.findall(r'(?:\.client|create_client)\(\s*"([a-z0-9-]+)"', source.read_text())
    }

    assert {"s3", "personalize"} <= asked <= build.SERVICES
