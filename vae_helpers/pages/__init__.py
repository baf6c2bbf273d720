"""What the notebooks show and do not teach: figures, tables and measured targets, a module a notebook."""
