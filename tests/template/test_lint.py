"""The template is clean for cfn-lint as CloudFormation will get it; as written: `make static`."""

import json
from typing import Any

from cfnlint.api import ManualArgs, lint

type Json = dict[str, Any]

# As .cfnlintrc has it for the command.
CONFIG = ManualArgs(regions=["eu-west-1"], include_checks=["I"])


def test_the_translated_template_is_clean(translated: Json) -> None:
    """Only here do the rules see the policies and mappings that SAM wrote."""
    assert lint(json.dumps(translated), config=CONFIG) == []
