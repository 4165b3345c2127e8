"""The test suites; CONTRIBUTING.md defines each kind."""
