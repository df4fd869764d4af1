"""The parts of `script/bench`: each figure is held against something run beside it, in the same run."""
