"""A day of viewing, made of MovieLens ratings, through the whole system on this machine.

`python -m local.demo` starts the local stack, deploys the template into it, sends a day of playback
activities and feedback as real producers do, and accounts for every one of them from what then lies
in the stores. It trains on what arrived and shows what three films change for one viewer.

    ratings → viewing, player → day → imperfections → transport → stores, account → evening → report
"""
