"""The one definition: what every engine runs, word for word. One SELECT a file, named by it."""
