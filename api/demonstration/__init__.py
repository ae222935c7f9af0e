"""A borough with invented answers, so that everything can be tried before anybody is asked.

The same seed and month give the same answers. Nobody in it exists: there are no names, and the
provider is made up.
"""

from api.demonstration.borough import ORGANISATION
from api.demonstration.loading import load_demonstration

__all__ = ["ORGANISATION", "load_demonstration"]
