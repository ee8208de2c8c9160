"""The sample source: a year of a grocer's data, delivered as the systems of a retailer would deliver it."""

from lakevault.sample.land import land_sample

__all__ = ["land_sample"]
