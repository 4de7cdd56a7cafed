"""Ids, clocks, odds, markets and picks: the trade's own rules, standard library only."""
