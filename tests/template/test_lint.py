"""The template is clean for cfn-lint, as it is written and as CloudFormation will get it."""

import json
from typing import Any

from cfnlint.api import ManualArgs, lint

type Json = dict[str, Any]

# Amazon Personalize is offered here; resource types are checked against the region's own list.
CONFIG = ManualArgs(regions=["eu-west-1"], include_checks=["I"])


def test_the_source_is_clean(source_text: str) -> None:
    """No error, no warning, no hint, nothing ignored."""
    assert lint(source_text, config=CONFIG) == []


def test_the_translated_template_is_clean(translated: Json) -> None:
    """Only here do the rules see the policies and mappings that SAM wrote."""
    assert lint(json.dumps(translated), config=CONFIG) == []
