"""The dependency build: `resolve` runs pip, `push` makes an image of what it installed. Standard library only."""
