"""Lock and unlock: whether the keys of a node are in memory, and what may be done while they are not.

`gate` says what may happen just now; every room that sends or shows asks it. `keeper` turns it in a running process: by
command over a socket in the data folder (`doors`), when nobody has worked for a while, by a signal. `captured` keeps
what comes meanwhile.
"""
