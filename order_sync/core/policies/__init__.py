"""Pure decisions: everything they need is an argument, everything they decide is a value."""
