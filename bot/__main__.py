"""`python -m bot` is `neo-slack`."""

from bot.cli import main

main()
