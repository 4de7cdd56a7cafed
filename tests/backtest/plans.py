"""Drawn plans of walks through game dates."""

from hypothesis import strategies as st

plans = st.fixed_dictionaries(
    {
        "window": st.none() | st.integers(5, 40),
        "embargo": st.integers(0, 5),
        "span": st.integers(1, 9),
        "step": st.none() | st.integers(9, 15),
        "cadence": st.integers(1, 4),
        "seasons": st.sampled_from(["carry", "own"]),
        "least": st.integers(2, 5),
    }
)
