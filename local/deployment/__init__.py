"""Deploys the real SAM template into the local stack.

`template` reads and transforms it, `packages` finds and uploads the code, `functions` says what
each function runs, and `deployer` does one after the other.
"""
