"""The command `leadlight`: one module per noun; the result alone on stdout, everything said to people on stderr."""
