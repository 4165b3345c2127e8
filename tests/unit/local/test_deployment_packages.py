import io
import zipfile
from pathlib import Path

import pytest

from local.deployment.errors import DeploymentError
from local.deployment.packages import Package, find_packages, zip_folder


def test_functions_and_layers_name_their_folders(tmp_path: Path) -> None:
    """Paths are relative to the template; other resources have no code."""
    (tmp_path / "functions/record").mkdir(parents=True)
    (tmp_path / "layers/shared").mkdir(parents=True)
    template = {
        "Resources": {
            "RecordFunction": {
                "Type": "AWS::Serverless::Function",
                "Properties": {"CodeUri": "functions/record/"},
            },
            "SharedLayer": {
                "Type": "AWS::Serverless::LayerVersion",
                "Properties": {"ContentUri": "layers/shared/"},
            },
            "Queue": {"Type": "AWS::SQS::Queue"},
        }
    }

    assert list(find_packages(template, tmp_path)) == [
        Package("RecordFunction", "CodeUri", tmp_path / "functions/record"),
        Package("SharedLayer", "ContentUri", tmp_path / "layers/shared"),
    ]


@pytest.mark.parametrize("location", ["nowhere/", "s3://bucket/key", {"Bucket": "b"}, None])
def test_code_that_is_no_local_folder_is_refused(location: object, tmp_path: Path) -> None:
    """There is nothing here that could run it."""
    resource = {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": location}}

    with pytest.raises(DeploymentError, match="RecordFunction"):
        list(find_packages({"Resources": {"RecordFunction": resource}}, tmp_path))


def test_the_same_files_make_the_same_archive(tmp_path: Path) -> None:
    """When and where files were written does not count, so the digest changes with content only."""
    for name in ("first", "second"):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner/handler.py").write_text("pass\n")
        (tmp_path / name / "__init__.py").write_text("")
    (tmp_path / "second/inner/handler.py").touch()

    assert zip_folder(tmp_path / "first") == zip_folder(tmp_path / "second")


def test_caches_stay_out_of_the_archive(tmp_path: Path) -> None:
    """Compiled files of this machine are not the function's code."""
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/handler.cpython-313.pyc").write_bytes(b"compiled")
    (tmp_path / "handler.py").write_text("pass\n")

    with zipfile.ZipFile(io.BytesIO(zip_folder(tmp_path))) as archive:
        assert archive.namelist() == ["handler.py"]
