"""Lengths of time that differ from client to client: families of distributions.

A family is one record, `Family`: its name in a flow file, its parameters with their bounds, its
quantile, its length-biased quantile, its mean. Whoever needs to know something of a family asks the
record; nobody else lists them. To add one, write a module like `weibull` and put its record in the
list below.

Every family is drawn from one uniform number by its quantile, so that a change of a parameter moves
every client's duration and never hands one client's number to another. The functions of a family
are plain arithmetic on plain numbers: the readable engine calls them, and the compiled one compiles
the very same ones.
"""

from pilotsim.model.distributions.bounded import CONSTANT, TRIANGULAR, UNIFORM
from pilotsim.model.distributions.duration import OPTIONS, Duration, read_duration
from pilotsim.model.distributions.exponential import EXPONENTIAL
from pilotsim.model.distributions.family import (
    FAMILIES,
    Family,
    Parameter,
    family_named,
    register_family,
)
from pilotsim.model.distributions.gamma import ERLANG, GAMMA
from pilotsim.model.distributions.loglogistic import LOGLOGISTIC
from pilotsim.model.distributions.lognormal import LOGNORMAL
from pilotsim.model.distributions.weibull import WEIBULL

__all__ = [
    "FAMILIES",
    "OPTIONS",
    "Duration",
    "Family",
    "Parameter",
    "family_named",
    "read_duration",
    "register_family",
]

# In the order in which a fault names them.
for _family in (
    CONSTANT,
    UNIFORM,
    TRIANGULAR,
    EXPONENTIAL,
    GAMMA,
    WEIBULL,
    LOGNORMAL,
    LOGLOGISTIC,
    ERLANG,
):
    register_family(_family)
