"""Starts the server in a process of its own: ``python -m tests.web.launch '{"port": 0, ...}'``."""

import json
import sys
from pathlib import Path

from service.model.limit import read_limit
from service.store.folders import NotARulesetsFolder
from service.web.settings import CannotServe, Settings
from service.web.starting import serve

told = json.loads(sys.argv[1])
if "rulesets" in told:
    told["rulesets"] = Path(told["rulesets"])
for several in ("allow_origins", "trust_proxies"):
    told[several] = tuple(told.get(several, ()))
if told.get("limit"):
    told["limit"] = read_limit(told["limit"])
try:
    serve(Settings(**told))
except (CannotServe, NotARulesetsFolder) as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(2)
