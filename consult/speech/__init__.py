"""Recorded words for the telephone: what is to be recorded, takes that come in, drafts, and where each sound is found.

A *line* is one thing said, whole, in one language; a *take* is a recording of it. Everything lies in the data folder
under `speech/`, as files, so that a recording made today is heard in the next call of a running server.

Rule 1: audio is content-addressed: a file's name is the hash of its bytes, it never changes, and it is served for ever.
Rule 2: a take is for the words, not for a consultation: the same words in the same language are recorded once.
Rule 3: recorded goes before draft, her dialect before the plain language, and a gap is told before anyone calls.
Rule 4: nothing of this is a secret of hers; nothing she says is ever kept here.
"""
