"""Runs all tests of the simulator against one process of it: python3 all_tests.py build/dev [what unittest takes]."""
from simulator_case import main

if __name__ == "__main__":
    main(None)
