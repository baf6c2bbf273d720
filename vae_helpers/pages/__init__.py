"""What the notebooks show: figures, tables and panels, a module a notebook. What teaches stays in the notebooks' cells."""
