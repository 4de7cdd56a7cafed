"""Model records, the stages they pass through, and the conditions of each step."""
