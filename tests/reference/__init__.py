"""A second reading of DESIGN parts 2, 4 and 8: slow, plain, and independent of the service.

`decide` answers an assessment, `truth` says which rules hold, and `comparable` reduces an answer of the
reference or of the service to what must be equal between the two. `files` is one ruleset without `extends` as
plain data: `{"ruleset": ruleset.yaml, "assessment": assessment.yaml, "factors": {"1-concern.yaml": ...}}`,
each as the YAML author wrote it. Readings taken where DESIGN is open stand in the docstrings of `answer`,
`plan`, `progress`, `notes`, `questions` and `conditions`.
"""

from __future__ import annotations

from tests.reference.answer import decide, truth
from tests.reference.compare import comparable
from tests.reference.plain import RefusedError

__all__ = ["RefusedError", "comparable", "decide", "truth"]
