"""The designer's room: definitions while they are written, as versions that nobody loses.

A draft is a definition's own text. The page is a table of flat fields (`fields`), what comes back from it is merged
into what stands (`keeping`), and what a version would say and cost is looked at without publishing it (`looking`).

Rule 1: a draft may be incomplete; what cannot be kept at all is named, with what was typed.
Rule 2: nothing that was written is lost: versions are kept, undoing only steps back, and of two people who write the
same field the later one is shown both.
Rule 3: a draft asks nobody anything. Only `consult.publish` makes a version that does.
"""
