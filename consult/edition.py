"""An edition: one published version of a consultation, compiled for conducting.

Everything a turn needs is looked up here and nothing is computed twice: prompts per question, language and choice
order, the lexicon of each language, skip rules as closures, every system sentence in her words.

Rule 1: pure. Catalogues and lexicons come in as `Pack`s; nothing is opened here.
Rule 2: an edition is immutable and shared between threads.
"""

from __future__ import annotations
