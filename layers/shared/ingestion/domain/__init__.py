"""The rules, pure: no AWS, no clock, no logging; time and settings are arguments."""
