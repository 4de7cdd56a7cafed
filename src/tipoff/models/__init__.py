"""Training: what a model is, the matrix it sees, the learner, and the saved artifact."""
