"""How files are kept: whole or not at all, equal to the byte where their content is, in formats with versions."""
