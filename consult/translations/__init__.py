"""The words of a draft in all its languages: what is missing, who read it as second reader, and files of it.

A string is one text of a definition (`strings`); where it stands in a language is told by its text and by the readings
that are kept (`states`, `signing`). A spreadsheet carries one language out and back (`sheets`, `bringing`).

Rule 1: nobody is the second reader of words she wrote herself, and a reading is of one text and its source: when either
changes it counts no more.
Rule 2: a language is checked when every text it has was read by a second person.
Rule 3: what comes back from a translator changes nothing before somebody has seen what it would change.
"""
