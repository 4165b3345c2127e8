"""TLS as we speak it to AWS: certificates are checked, against the roots of this system."""

import os
import ssl
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_BUNDLE: Final = "AWS_CA_BUNDLE"


@cache
def tls_context() -> ssl.SSLContext:
    """The context of all connections; made with the first of them, as it reads a hundred roots.

    The roots are those of the file that `AWS_CA_BUNDLE` names, or else the system's, or else, where
    the system has none, certifi's, of which botocore has a copy.
    """
    context = ssl.create_default_context(cafile=os.environ.get(_BUNDLE) or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not os.environ.get(_BUNDLE) and not _has_roots(context):
        context.load_verify_locations(_roots_of_botocore())
    return context


def _has_roots(context: ssl.SSLContext) -> bool:
    # A directory of roots is read when one is looked for, so it counts for nothing yet.
    folder = ssl.get_default_verify_paths().capath
    has_folder = bool(folder) and any(Path(folder).iterdir())
    return has_folder or context.cert_store_stats()["x509_ca"] > 0


def _roots_of_botocore() -> Path | None:
    # Finds the package without importing it.
    package = find_spec("botocore")
    folders = None if package is None else package.submodule_search_locations
    return None if not folders else Path(folders[0]) / "cacert.pem"
