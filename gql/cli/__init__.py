"""The console command `sample-gateway`, a module per command."""
