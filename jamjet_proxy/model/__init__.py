"""The vocabulary every floor shares: frozen values, closed enums, the error tree."""
