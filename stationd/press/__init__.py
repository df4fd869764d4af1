"""The production lines: they carry out what `stationd.model.issuance` decides, and write down what they saw."""
