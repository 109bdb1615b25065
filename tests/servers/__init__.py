"""The real servers that tests talk to, each started on free loopback ports in a temporary folder.

`fixtures.py` is where a test begins; `programs.py` says where each program is looked for and what happens
when it is missing; `process.py` is what all servers share.
"""
