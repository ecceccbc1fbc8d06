"""Tasks by hand: their scenes are set, what the learner built is looked at, and how far they came is remembered."""
