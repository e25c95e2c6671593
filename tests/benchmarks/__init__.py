"""What the product costs beside its peers: `make bench`, or `python -m tests.benchmarks engine webhook`.

Rule 1: ratios taken inside one run, medians of interleaved rounds; an absolute figure of a shared machine means little.
Rule 2: nothing here is asserted by the tests. A benchmark prints; it fails only where something could not be run.
Rule 3: peers are optional: CONSULT_PEERS names the folder with their scripts, PEER_NODE_MODULES their node modules.
"""
