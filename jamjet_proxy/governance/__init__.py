"""Who may do what: projects and their keys."""
