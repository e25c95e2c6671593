"""What women wrote or said in their own words, looked at by people before anybody else reads it.

`batches` opens what was written to a question and keeps it for a while; a moderator decides on each text (`deciding`);
what may be danger goes to the few who protect (`flags`); what was asked is answered to those who asked (`replies`);
themes get words that another person approved (`paraphrases`).

Rule 1: texts are read as `consult.writings` gives them and in no other way: masked, of ten people and more at a time,
in an order that tells nothing, without a number, a name, a day, a way or a language. No call gives one person's set.
Rule 2: opening takes two people (approval "texts"); what was opened lies sealed under the keys of those who wrote it,
thirty days. Her erasure and the end of the consultation's key close it in every copy.
Rule 3: where the key is elsewhere (custody "offline") nothing is opened here: consult findings texts does it.
Rule 4: what a moderator holds back is read by nobody else: no coder, no theme, no export (`writings_held`).
"""
