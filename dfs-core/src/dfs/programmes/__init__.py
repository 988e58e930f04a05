"""Programme, run, period, allocation: the nouns that all stages refer to."""
