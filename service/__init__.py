"""picoplan: how many Pico laser sessions, and may one be enough?

The layers, each importing only from those below it::

    commandline | web    thin faces
    answering            the one use case: choose ruleset, validate, evaluate
    library              folder of rulesets -> snapshot of the good ones
    checking             checks and scenarios: ruleset -> problems
    evaluation           compiled ruleset + assessment -> decision
    engine               the only door to durable_rules
    lowering             ruleset -> engine form
    reading              YAML -> ruleset with places
    model                frozen values: ruleset, assessment, decision, problem
"""
