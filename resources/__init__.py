"""Data only: clearing-house conventions, sample market, translations, theme, icons."""
