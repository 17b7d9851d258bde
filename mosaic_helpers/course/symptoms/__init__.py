"""What can be seen of a machine and of what is installed on it: the doctor's instruments.

Nothing here needs more than Python itself, and each looks at what may be missing or
broken. Names of newer Pythons are avoided, so that an old one is told that it is old.
"""
