"""Coding on pages: two people read the same texts apart from each other, settle where they differ, and themes follow.

`books` keeps the codebook of a question; `labelling` what each coder finds; `settling` compares both once both are
done; `files` carries codebook and labels out and in, in the shape of Coda V2 (`consult.findings.coding`).

Rule 1: coders read what a moderator found fine (`consult.moderation`), masked and in an order that tells nothing; what
is held back is not coded.
Rule 2: two accounts code a question. Neither sees what the other found until both are done; from then on what both
found stands, and only differences are settled.
Rule 3: labels lie sealed, by names of messages that nobody can tie to a woman once her key is destroyed.
Rule 4: how far both agree is told of what each found alone; people are counted by what was agreed or settled.
"""
