"""The caretaker: starts, watches, stops."""
