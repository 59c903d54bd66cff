"""picoplan: how many Pico laser sessions, and may one be enough?

The layers, each importing only from those below it::

    commandline | web | embed              thin faces: a terminal, HTTP, another program
    documenting | authoring | replaying    the page that is signed; help in an editor; decisions run again
      | pages                              what browsers show: the workbench
    vetting                                read, check, prove, try, compare; an edit goes live
    serving                                the one use case: choose ruleset, validate, evaluate, record
    store                                  rulesets that serve, the archive, decisions, keys
    analysis                               checks, proofs, two versions compared
    wording                                rules, questions and answers in words
    evaluation                             compiled ruleset + assessment -> decision
    engine                                 ruleset -> engine form; the only door to durable_rules
    reading                                YAML -> ruleset with places
    model                                  frozen values: ruleset, condition, decision, problem

Below them all, ``schemas`` has the shapes of what comes in and goes out, and ``schemas.language`` the one
table of the language.
"""
