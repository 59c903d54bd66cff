"""Takes a long list through the Python client, and says how: ``stream.py URL LINES``.

It prints how much had been read when the first answer came, whether all answers came in order, and by how
many megabytes it grew after the first 2,000.
"""

import itertools
import resource
import sys

from picoplan_client import PicoplanClient

url, lines = sys.argv[1], int(sys.argv[2])
read = 0


def requests():
    global read
    for read in range(1, lines + 1):
        yield {
            "ruleset": "small",
            "assessment": {"concern": "sun_spots", "gold": False},
            "ref": f"line-{read}",
        }


def grown():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


with PicoplanClient(url) as client:
    answers = client.evaluate_many(requests())
    first = next(answers)
    ahead, early, in_order = read, 0.0, True
    for number, told in enumerate(itertools.chain([first], answers), 1):
        in_order = in_order and told["ref"] == f"line-{number}"
        early = early or (grown() if number == 2000 else 0.0)
    more = grown() - early
    for _ in client.evaluate_many(requests()):
        break  # whoever has enough may go
    print(ahead, in_order and number == lines, round(more))
