"""What a release is made and checked with; none of it is shipped."""
