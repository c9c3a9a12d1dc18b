"""A world of feeds whose hidden causes are known, so that a forecaster can be judged against what was
possible."""
