"""What fired rules come to: cases worked by hand, the double entry, and the explanation.

`cases/*.yaml` are lists of cases. Each has a `name` (a claim), `rules` by id (what a rule does when it always
fires, or its `when` and `then`), perhaps `asked` (the assessment) and `limits`, and `expect`: members
of the answer, with ranges as [min, typical, max], `referrals` and other notes as the rules they come from
(null: built in), warnings as codes, and `steps` as "rule does of min typical max" ("-": built in).
"""
