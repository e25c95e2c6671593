"""You said, we heard, what happened: what was asked of whom, what they answered, and that the women heard it.

Rule 1: an ask is its events, in order; they are only added, and what it is now follows from them (`states`).
Rule 2: what women are told is in every language of the consultation, and another person looked at it first.
Rule 3: news goes to everybody who agreed to news, never to those alone who asked, and on a telephone it is a pointer
without a matter: what it is about is heard, not read.
"""
