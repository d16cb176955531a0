"""Commands, menus, shortcuts and keyboard focus."""
