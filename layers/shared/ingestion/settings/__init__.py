"""What each function reads from its environment: typed, checked, at the first invocation.

The variables are the upper-cased field names; a test holds them equal to the template's. Each
function has a module of its own, so that none loads the models of what it never meets.
"""
