"""Load on the local stack, with trouble, and an account of every message at the end.

`python -m local.load` starts the local stack, deploys the template into it and lets producers send
for minutes: locust, in a process of its own. Meanwhile shards are split and merged, Personalize
throttles, functions are killed, a mapping rests. What was acknowledged must then be accounted for.

    audience → delivery, ledger → crowd (locust) | troubles, backlog → reconciliation → report
"""
