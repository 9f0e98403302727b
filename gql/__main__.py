"""`python -m gql` is the console command."""

from gql.cli.main import main

main(prog_name="python -m gql")
