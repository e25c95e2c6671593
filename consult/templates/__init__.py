"""Templates: a consultation with what was learnt from it and no data, as one signed file for another country's team.

Rule 1: nothing local travels (`localness`): who convened it, whom to call, where, when, by which word. An importer owes
these anew, and publishing refuses until she has written them.
Rule 2: nobody's answer travels. Of a release, how many answered a question, were not sure or did not understand it, as
it stands there behind the gate; of what is not released, nothing.
Rule 3: a file is believed only when every byte of it is as a hub signed it (`sheet`), and from a hub that is new here
only when somebody compared its fingerprint. It becomes a draft, never a published version.
"""
