"""The frame: one SMS from a node to its hub or back, that is of use alone. See `docs/frames.md`.

`frame` is the outside, `ratchet` the keys, `inside` what is said, `hello` how another chain begins.

Rule 1: pure; whatever is drawn is given. A frame's key is used once and is not there afterwards.
Rule 2: any of the frames, in any order, opens exactly itself; one that came before is none.
Rule 3: a frame is one SMS of 160 letters that no gateway changes.
"""
