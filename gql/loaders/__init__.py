"""Dataloaders, each named for what it gives and by which key, each one statement a batch."""
